from company.operators import SyncOperator

SyncOperator(source_conn_id=None, target_conn_id="", other_conn_id=False)
