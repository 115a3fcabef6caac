import kombu
from kombu import Connection
from company.pools import get_connection

pool.get_connection("main")
get_connection("main")
Connection.get("queue")
kombu.Connection("amqp://").get("queue")
settings.get("conn_id")
self.get_hook("hook_params")
