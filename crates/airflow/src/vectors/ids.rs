//! Which connection ids Airflow accepts.

use serde_json::json;

use super::cases::check;
use crate::ids::{constructor_keeps, key_rule_accepts};

#[test]
fn conn_id_is_accepted_like_airflow() {
    check("conn_id", |input, reader| {
        let id = input["conn_id"].as_str().unwrap();
        json!({
            "sanitized": constructor_keeps(id, reader.version()),
            "cli_and_api_key_rule": key_rule_accepts(id, reader.version()),
        })
    });
}
