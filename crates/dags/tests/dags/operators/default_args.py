from airflow import DAG
from airflow.providers.postgres.operators.postgres import PostgresOperator
from airflow.providers.mysql.operators.mysql import MySqlOperator

default_args = {
    "owner": "data",
    "postgres_conn_id": "shared",  # => conn:shared Dictionary
}
default_args["mysql_conn_id"] = "shared_mysql"  # => conn:shared_mysql Dictionary

with DAG("a", default_args=default_args):
    PostgresOperator(task_id="uses_shared", sql="select 1")
    MySqlOperator(task_id="uses_shared_mysql", sql="select 1")
