-- {{ var.value.in_comment }} is rendered too => var:in_comment Jinja
select *
from {{ var.json.tables.source }} -- => var:tables Jinja
where region = '{{ var.value.get("region", "eu") }}' -- => var:region Jinja HasDefault
{% if conn.warehouse.schema %} and 1 = 1 {% endif %} -- => conn:warehouse Jinja
  and x = {{ var('dbt_variable') }} and y = {{ config(materialized='view') }}
