from airflow import DAG
from airflow.providers.amazon.aws.operators.s3 import S3ListOperator

with DAG("a", default_args=dict(aws_conn_id="lake", retries=2)):  # => conn:lake Keyword
    S3ListOperator(task_id="list", bucket="b")
