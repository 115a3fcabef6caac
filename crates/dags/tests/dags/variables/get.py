from airflow.models import Variable
from airflow.models.variable import Variable as V
from airflow.sdk import Variable as Sdk
import airflow.models
from airflow import models as m

Variable.get("a")  # => var:a VariableMethod
Variable.get(key="b")  # => var:b VariableMethod
Variable.get("c", deserialize_json=True)["x"]  # => var:c VariableMethod
Variable.get("d", default_var=None)  # => var:d VariableMethod HasDefault
Variable.get("e", default="x")  # => var:e VariableMethod HasDefault
Variable.get("f", "x")  # => var:f VariableMethod HasDefault
V.get("g")  # => var:g VariableMethod
Sdk.get("h")  # => var:h VariableMethod
airflow.models.Variable.get("i")  # => var:i VariableMethod
m.Variable.get("j-k")  # => var:j-k VariableMethod
Variable.get_variable_from_secrets("l")  # => var:l VariableMethod
