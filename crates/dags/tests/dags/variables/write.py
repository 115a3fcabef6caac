from airflow.models import Variable

Variable.set("a", 1)  # => var:a VariableMethod Written
Variable.set(key="b", value=1)  # => var:b VariableMethod Written
Variable.delete("c")  # => var:c VariableMethod Written
Variable.setdefault("d", {})  # => var:d VariableMethod Written
Variable.update("e", 2)  # => var:e VariableMethod Written
