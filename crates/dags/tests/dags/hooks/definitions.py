from airflow.models import Connection
from airflow import settings

connection = Connection(conn_id="made_here", conn_type="http", host="example.com")
made = Connection(**{"conn_id": "made_here", "conn_type": "http"})
settings.Session().add(connection)
