from airflow.operators.bash import BashOperator

KEY = "const"
SQL = "select {{ var.value.limit }}"  # => var:limit Jinja
F = f"{{{{ var.value.four }}}}"  # => var:four Jinja
G = f"{{{{ var.value.{KEY} }}}}"  # => var:const Jinja
H = f"{{{{ var.value.{name} }}}}"  # => dynamic var Inserted
I = f"{{{{ var.json.x_{name}.y }}}}"  # => dynamic var Inserted
J = "{{{{ var.json.{}.{} }}}}".format("conf", field)  # => var:conf Jinja
K = "{{{{ var.json.{}.{} }}}}".format(key, field)  # => dynamic var Inserted
L = "{{ var.value.%s }}" % KEY  # => var:const Jinja
M = "{{ var.value.%(name)s }}" % {"name": name}  # => dynamic var Inserted
N = "{{ var.value." + KEY + " }}"  # => var:const Jinja
O = "{{ var.value." + name + " }}"  # => dynamic var Inserted
P = f"{SQL} where {name}"
Q = f"{name} {{ var.value.only_one_brace }}"
R = f"{Variable.get('inner')}"  # => var:inner VariableMethod
S = SQL + " where x"
T = "{{ conn.%s.host }}" % name  # => dynamic conn Inserted
