from airflow.models import Variable
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.providers.postgres.operators.postgres import PostgresOperator

PostgresHook(f"pg_{env}")  # => dynamic conn Inserted
PostgresHook(Variable.get("which"))  # => dynamic conn Call, var:which VariableMethod
PostgresHook(params["conn"])  # => dynamic conn Attribute
PostgresOperator(task_id="a", postgres_conn_id="{{ params.conn_id }}")  # => dynamic conn Template
PostgresOperator(task_id="b", postgres_conn_id="{{ var.value.which }}")  # => dynamic conn Template, var:which Jinja
for region in ("eu", "us"):
    PostgresOperator(task_id=region, postgres_conn_id="pg_" + region)  # => dynamic conn Inserted
    PostgresOperator(task_id=region, postgres_conn_id=region)  # => dynamic conn Loop
PostgresHook("select 1; -- not an id")  # => dynamic conn Other
PostgresHook("select 1")  # => dynamic conn Other
