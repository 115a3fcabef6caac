from airflow.operators.bash import BashOperator

BashOperator(
    task_id="a",
    bash_command="curl {{ conn.api.host }}",  # => conn:api Jinja
    env={"KEY": "{{ var.value.token }}"},  # => var:token Jinja
)
BashOperator(
    task_id="b",
    bash_command="""
        echo {{ conn['a-b'].host }}  # => conn:a-b Jinja
        echo {{ conn.get("c", None) }}  # => conn:c Jinja HasDefault
        echo {{ var.json.settings.path }}  # => var:settings Jinja
        echo {{ var.value.get('d', 'e') }}  # => var:d Jinja HasDefault
    """,
)
TEMPLATE = (
    "{{ var.value."  # => var:joined Jinja
    "joined }}"
)
RAW = r"{{ var.value.raw }}\d"  # => var:raw Jinja
ESCAPED = "{{ var.value.get(\"escaped\") }}"  # => var:escaped Jinja
UNICODE = u"{{ var['value']['unicode'] }}"  # => var:unicode Jinja
BYTES = b"{{ var.value.bytes }}"
