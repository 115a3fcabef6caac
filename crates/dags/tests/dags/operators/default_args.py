from airflow import DAG
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.postgres.operators.postgres import PostgresOperator
from airflow.providers.mysql.operators.mysql import MySqlOperator

default_args = {
    "owner": "data",
    "postgres_conn_id": "shared",  # => conn:shared Dictionary
}
default_args["mysql_conn_id"] = "shared_mysql"  # => conn:shared_mysql Dictionary
default_args.update({"http_conn_id": "shared_api"})  # => conn:shared_api Dictionary

with DAG("a", default_args=default_args):
    PostgresOperator(task_id="uses_shared", sql="select 1")
    HttpOperator(task_id="uses_shared_api")
    MySqlOperator(task_id="uses_shared_mysql", sql="select 1")
