from airflow.providers.postgres.operators.postgres import PostgresOperator

PostgresOperator.partial(task_id="a", postgres_conn_id="fixed").expand(sql=["select 1"])  # => conn:fixed Keyword
PostgresOperator.partial(task_id="b", sql="select 1").expand(
    postgres_conn_id=["east", "west"],  # => conn:east Keyword, conn:west Keyword
)
PostgresOperator.partial(task_id="c").expand_kwargs(
    [
        {"sql": "select 1", "postgres_conn_id": "north"},  # => conn:north Dictionary
        {"sql": "select 2", "postgres_conn_id": None},
    ]
)
