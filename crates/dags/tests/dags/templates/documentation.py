"""Uses {{ var.value.not_used }} in text only."""

from airflow import DAG

with DAG("a", doc_md="See {{ conn.not_used.host }}", description="{{ var.value.not_used }}"):
    "A string {{ var.value.not_used }} alone."


def f():
    """{{ conn.not_used }}"""
