from company.operators import SyncOperator

sync = SyncOperator(
    source_conn_id="crm",  # => conn:crm Keyword
    target_conn_id="lake",  # => conn:lake Keyword
    connection="not_an_id",
    conn_ids="not_an_id",
    myconn_id="not_an_id",
    conn_id_suffix="not_an_id",
)
SCHEMA = {"conn_id": {"type": "string"}, "other_conn_id": {"a": 1, "x_conn_id": "inner"}}  # => conn:inner Dictionary
