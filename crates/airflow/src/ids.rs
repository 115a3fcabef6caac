//! Which ids Airflow takes.

use crate::AirflowVersion;

/// What the constructor of a connection keeps of an id; `None` when it drops it (the connection then has no id).
pub fn constructor_keeps(conn_id: &str, version: AirflowVersion) -> Option<String> {
    let _ = (conn_id, version);
    None
}

/// Whether the import command and the REST API of Airflow 2 take an id.
pub fn key_rule_accepts(conn_id: &str, version: AirflowVersion) -> bool {
    let _ = (conn_id, version);
    false
}
