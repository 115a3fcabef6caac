try:
    from airflow.sdk import Variable
except ImportError:
    from airflow.models import Variable

from .compat import Connection

Variable.get("a")  # => var:a VariableMethod
Connection.get("b")  # => conn:b GetConnection
