from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.postgres.operators.postgres import PostgresOperator

load = PostgresOperator(task_id="load", sql="select 1", postgres_conn_id="warehouse")  # => conn:warehouse Keyword
check = SQLExecuteQueryOperator(
    task_id="check",
    conn_id='reporting',  # => conn:reporting Keyword
    sql="select 1",
)
