from airflow.hooks.base import BaseHook


class LedgerHook(BaseHook):
    conn_name_attr = "ledger_conn_id"
    default_conn_name = "ledger_default"

    def __init__(self, ledger_conn_id: str = "ledger_default", retries=3):  # => conn:ledger_default ParameterDefault
        self.ledger_conn_id = ledger_conn_id

    def get_conn(self):
        return self.get_connection(self.ledger_conn_id)  # => dynamic conn Attribute
