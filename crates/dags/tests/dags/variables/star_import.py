from airflow.models import *

Variable.get("a")  # => var:a VariableMethod
