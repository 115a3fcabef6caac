//! `--print-airflow-config`: the `[secrets]` section of an Airflow that reads the target.

use airbridge_airflow::{AirflowVersion, Kind};
use airbridge_core::{Json, JsonStyle};
use serde_json::{Value, json};

/// The section, ready for `airflow.cfg`. Secrets are left out and named in comments.
pub(crate) fn section(config: &AirflowConfig, written: &dyn Fn(Kind) -> bool) -> String {
    let mut text = format!("[secrets]\nbackend = {}\n", config.class);
    let kwargs = config.kwargs(written);
    if !kwargs.is_empty() {
        let json = Json::Object(kwargs).to_text(JsonStyle::LINE);
        // Airflow interpolates `%` and expands `$`. So `%` is doubled, and `$` is written as a JSON escape.
        let json = json.expose().replace('%', "%%").replace('$', "\\u0024");
        text.extend(["backend_kwargs = ", &json, "\n"]);
    }
    text.extend(
        config
            .left_out
            .iter()
            .map(|key| format!("# {key} is a secret and is left out: {}\n", how_to_set(key, config.version))),
    );
    if config.token_from_environment {
        text.push_str("# the token is left out: set VAULT_TOKEN in the environment of Airflow, otherwise Airflow does not start\n");
    }
    text
}

fn how_to_set(key: &str, version: AirflowVersion) -> String {
    if key == "gcp_keyfile_dict" || key == "gcp_credential_config_file" {
        return "save it to a file and set gcp_key_path to its path".to_owned();
    }
    // A single kwarg in the environment is a string, and Airflow 2 does not read single kwargs.
    let is_object = matches!(key, "proxies" | "config_kwargs" | "assume_role_kwargs");
    if is_object || version == AirflowVersion::V2_11 {
        return "set backend_kwargs_cmd to a command that prints all kwargs".to_owned();
    }
    format!("set AIRFLOW__SECRETS__BACKEND_KWARG__{}", key.to_uppercase())
}

/// The same as JSON; null if no class of Airflow reads the target.
pub(crate) fn document(config: Option<&AirflowConfig>, written: &dyn Fn(Kind) -> bool) -> Value {
    let Some(config) = config else { return Value::Null };
    let kwargs = Json::Object(config.kwargs(written)).to_text(JsonStyle::LINE);
    // Kwargs that were accepted contain no numbers that JSON cannot express.
    let kwargs: Value = serde_json::from_str(kwargs.expose()).unwrap_or_default();
    json!({ "backend": config.class, "backend_kwargs": kwargs, "left_out": config.left_out })
}
use airbridge_endpoints::AirflowConfig;
