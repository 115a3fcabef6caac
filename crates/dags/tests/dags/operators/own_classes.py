from company.operators import S3ListOperator
from airflow.models import BaseOperator


class HttpOperator(BaseOperator):
    pass


S3ListOperator(task_id="a", bucket="b")
HttpOperator(task_id="b")
