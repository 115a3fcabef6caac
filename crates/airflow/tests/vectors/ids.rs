//! Which connection ids Airflow accepts.

use airbridge_airflow::{constructor_keeps, key_rule_accepts};
use serde_json::json;

use crate::cases::check;

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
