A = "conn.a and var.value.b"
B = "{{ ds }} {{ params.conn.a }} {{ dag_run.conf.var }}"
C = {"conn": 1, "var": {"value": 2}}
D = conn.a
E = var.value.b
F = "{% raw %}{{ var.value.raw }}{% endraw %}{# {{ conn.comment }} #}"
G = "{% for conn in connections %}{{ conn.name }}{% endfor %}"
# conn_id="comment", {{ var.value.comment }}, Variable.get("comment")
