from airflow.hooks.base import BaseHook
from airflow.models import Connection
from airflow.models.connection import Connection as Conn
from airflow.sdk.bases.hook import BaseHook as Base

BaseHook.get_connection("a")  # => conn:a GetConnection
BaseHook.get_connection(conn_id="b")  # => conn:b GetConnection
Base.get_connection("c").get_uri()  # => conn:c GetConnection
BaseHook.get_hook("d")  # => conn:d GetConnection
BaseHook.get_hook(conn_id="e")  # => conn:e GetConnection
Connection.get("f")  # => conn:f GetConnection
Conn.get_connection_from_secrets("g")  # => conn:g GetConnection
Connection.get_connection_from_secrets(conn_id="h")  # => conn:h GetConnection
BaseHook("source").get_connection("i")  # => conn:i GetConnection
my_hook.get_connection("j")  # => conn:j GetConnection
super().get_connection("k")  # => conn:k GetConnection
BaseHook.get_connections("l")  # => conn:l GetConnection
anything.get_connection(conn_id="m")  # => conn:m GetConnection
