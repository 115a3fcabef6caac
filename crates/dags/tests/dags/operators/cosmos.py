from cosmos import DbtDag, ProfileConfig
from cosmos.profiles import PostgresUserPasswordProfileMapping

DbtDag(
    profile_config=ProfileConfig(
        profile_mapping=PostgresUserPasswordProfileMapping(conn_id="dbt_db"),  # => conn:dbt_db Keyword
    ),
    operator_args={"kubernetes_conn_id": "dbt_cluster", "install_deps": True},  # => conn:dbt_cluster Dictionary
    remote_target_path_conn_id="dbt_docs",  # => conn:dbt_docs Keyword
)
