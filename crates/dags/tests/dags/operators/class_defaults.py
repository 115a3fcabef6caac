from airflow.providers.amazon.aws.operators.s3 import S3ListOperator
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.operators.spark_kubernetes import SparkKubernetesOperator
from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator
from airflow.providers.google.cloud.transfers.azure_blob_to_gcs import AzureBlobStorageToGCSOperator
from airflow.providers.http.operators.http import HttpOperator as Http
from airflow.providers.snowflake import operators
import airflow.providers.http.sensors.http as sensors

S3ListOperator(task_id="a", bucket="b")  # => conn:aws_default ClassDefault Fallback
KubernetesPodOperator(task_id="k")  # => conn:kubernetes_default ClassDefault Fallback
SparkKubernetesOperator(task_id="b")  # => conn:kubernetes_default ClassDefault Fallback
BigQueryInsertJobOperator(task_id="c")  # => conn:google_cloud_default ClassDefault
Http(task_id="d")  # => conn:http_default ClassDefault
Http(task_id="e", http_conn_id=None)
sensors.HttpSensor(task_id="f")  # => conn:http_default ClassDefault
AzureBlobStorageToGCSOperator(task_id="g", wasb_conn_id="az")  # => conn:az Keyword, conn:google_cloud_default ClassDefault
S3ListOperator.partial(task_id="h").expand(bucket=["a", "b"])  # => conn:aws_default ClassDefault Fallback
S3ListOperator.partial(task_id="i").expand(aws_conn_id=["x"])  # => conn:x Keyword
S3ListOperator.partial(task_id="j", bucket="b")  # => conn:aws_default ClassDefault Fallback
