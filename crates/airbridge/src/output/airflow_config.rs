//! `--print-airflow-config`: the `[secrets]` section for the target.

use airbridge_airflow::{AirflowVersion, Kind};
use airbridge_core::{Json, JsonStyle};
use serde_json::{Value, json};

use crate::endpoint::AirflowConfig;

/// The section, ready to paste into `airflow.cfg`; what is a secret is a comment.
pub(crate) fn section(config: &AirflowConfig, written: &dyn Fn(Kind) -> bool) -> String {
    let mut text = format!("[secrets]\nbackend = {}\n", config.class);
    let kwargs = config.kwargs(written);
    if !kwargs.is_empty() {
        let json = Json::Object(kwargs).to_text(JsonStyle::LINE);
        // Airflow resolves `%` and expands `$`: the first is doubled, the second spelled so that JSON alone knows it.
        let json = json.expose().replace('%', "%%").replace('$', "\\u0024");
        text.extend(["backend_kwargs = ", &json, "\n"]);
    }
    text.extend(
        config
            .left_out
            .iter()
            .map(|key| format!("# {key} is a secret and left out: {}\n", way_in(key, config.version))),
    );
    if config.token_from_environment {
        text.push_str("# the token is not given here: set VAULT_TOKEN in Airflow's environment, else Airflow does not start\n");
    }
    text
}

fn way_in(key: &str, version: AirflowVersion) -> String {
    if key == "gcp_keyfile_dict" || key == "gcp_credential_config_file" {
        return "put it into a file and name that as gcp_key_path".to_owned();
    }
    // A single kwarg in the environment is a text, and Airflow 2 knows none.
    let is_object = matches!(key, "proxies" | "config_kwargs" | "assume_role_kwargs");
    if is_object || version == AirflowVersion::V2_11 {
        return "print all kwargs by a command, and name that as backend_kwargs_cmd".to_owned();
    }
    format!("set AIRFLOW__SECRETS__BACKEND_KWARG__{}", key.to_uppercase())
}

/// The same for machines; null where no class of Airflow's reads the target.
pub(crate) fn document(config: Option<&AirflowConfig>, written: &dyn Fn(Kind) -> bool) -> Value {
    let Some(config) = config else { return Value::Null };
    let kwargs = Json::Object(config.kwargs(written)).to_text(JsonStyle::LINE);
    // Numbers that JSON does not know cannot be in kwargs that were understood.
    let kwargs: Value = serde_json::from_str(kwargs.expose()).unwrap_or_default();
    json!({ "backend": config.class, "backend_kwargs": kwargs, "left_out": config.left_out })
}
