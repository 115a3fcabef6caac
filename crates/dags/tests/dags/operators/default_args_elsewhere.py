from airflow import DAG
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.s3 import S3ListOperator
from company.settings import DEFAULT_ARGS

with DAG("a", default_args=DEFAULT_ARGS):
    S3ListOperator(task_id="list", bucket="b")  # => dynamic conn Unpacked
    S3Hook()  # => conn:aws_default ClassDefault Fallback
