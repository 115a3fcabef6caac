from airflow.sdk import ObjectStoragePath

A = ObjectStoragePath("s3://lake@bucket/key")  # => conn:lake StoragePath
B = ObjectStoragePath("s3://bucket/key", conn_id="by_keyword")  # => conn:by_keyword Keyword
C = ObjectStoragePath("s3://bucket/a@b")
D = ObjectStoragePath(f"gs://lake@{bucket}/{key}")  # => conn:lake StoragePath
E = ObjectStoragePath(f"gs://{conn}@bucket/{key}")  # => dynamic conn Inserted
F = ObjectStoragePath(base)  # => dynamic conn Imported
G = ObjectStoragePath("file:///tmp/x")
H = ObjectStoragePath(f"{base}/key")  # => dynamic conn Inserted
