from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.amazon.aws.operators.s3 import S3ListOperator

COMMON = {"http_conn_id": "api", "retries": 2}  # => conn:api Dictionary
OTHER = {"retries": 2}

HttpOperator(task_id="a", **COMMON)
HttpOperator(task_id="b", **OTHER)  # => conn:http_default ClassDefault
HttpOperator(task_id="c", **{"http_conn_id": "inline"})  # => conn:inline Dictionary
HttpOperator(task_id="d", **load_settings())  # => dynamic conn Unpacked
S3ListOperator(task_id="e", **{**OTHER, "aws_conn_id": "nested"})  # => conn:nested Dictionary
