from airflow.providers.amazon.aws.hooks.s3 import S3Hook as Bucket
from airflow.providers.postgres.hooks import postgres
from airflow.providers.postgres.hooks.postgres import PostgresHook
from company.hooks import LedgerHook

PostgresHook("pg").get_records("select 1")  # => conn:pg HookArgument
PostgresHook(postgres_conn_id="pg_keyword")  # => conn:pg_keyword Keyword
postgres.PostgresHook("pg_module")  # => conn:pg_module HookArgument
Bucket("lake").list_keys("b")  # => conn:lake HookArgument
LedgerHook("ledger", "second")  # => conn:ledger HookArgument
PostgresHook()  # => conn:postgres_default ClassDefault
PostgresHook("")
