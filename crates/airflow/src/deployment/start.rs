//! Kwargs that a backend class refuses in its constructor: Airflow imports its configuration, and no process starts.
//! (The classes of the providers that `AirflowVersion` names.)

use airbridge_core::Json;

use super::Fault;
use crate::AirflowVersion;

const TEXTS: [&str; 4] = ["connections_prefix", "variables_prefix", "config_prefix", "sep"];
const VAULT_SIGN_INS: [&str; 11] = [
    "approle",
    "azure",
    "aws_iam",
    "github",
    "gcp",
    "jwt",
    "kubernetes",
    "ldap",
    "radius",
    "token",
    "userpass",
];
const NEEDED: [(&str, &[&str]); 7] = [
    ("approle", &["role_id"]),
    ("kubernetes", &["kubernetes_role"]),
    ("jwt", &["jwt_role", "jwt_token|jwt_token_path"]),
    ("azure", &["azure_resource", "azure_tenant_id"]),
    ("radius", &["radius_host", "radius_secret"]),
    ("gcp", &["gcp_scopes", "role_id"]),
    ("github", &["token|token_path"]),
];

/// Why Airflow could not start with these kwargs of `class`, if so; `kwarg` gives the value of one, `vault_token` says
/// whether `VAULT_TOKEN` is set. The kwarg at fault comes first.
pub fn cannot_start<'a>(
    class: &str,
    version: AirflowVersion,
    kwarg: &dyn Fn(&str) -> Option<&'a Json>,
    vault_token: bool,
) -> Option<(&'static str, Fault)> {
    let class = class.rsplit('.').next().unwrap_or(class);
    match class {
        "VaultBackend" => vault(kwarg, vault_token),
        "LocalFilesystemBackend" => {
            let early = version == AirflowVersion::V2_11 && kwarg("configs_file_path").is_some();
            early.then(|| fault("configs_file_path", "is not known to Airflow 2.11", "leave it out"))
        }
        _ => texts(class, kwarg),
    }
}

/// Prefixes and separator are used in the constructor. (A null `sep` gets past that of AWS and Azure, into every name.)
fn texts<'a>(class: &str, kwarg: &dyn Fn(&str) -> Option<&'a Json>) -> Option<(&'static str, Fault)> {
    let keys = if class == "SystemsManagerParameterStoreBackend" { &TEXTS[..3] } else { &TEXTS[..] };
    let wrong = |key: &str| {
        kwarg(key).is_some_and(|value| value.as_str().is_none() && !(value.is_null() && key != "sep"))
    };
    let key = *keys.iter().find(|key| wrong(key))?;
    let message = format!("`{key}` is no text, and Airflow can do nothing with it");
    Some((key, Fault::new(None, message, "write it in quotes")))
}

fn vault<'a>(kwarg: &dyn Fn(&str) -> Option<&'a Json>, vault_token: bool) -> Option<(&'static str, Fault)> {
    let truthy = |key: &str| kwarg(key).is_some_and(Json::is_truthy);
    let version = kwarg("kv_engine_version").filter(|version| version.is_truthy());
    if let Some(version) = version {
        let number = match version {
            Json::Bool(_) => Some(1.0),
            Json::Number(text) => text.expose().parse::<f64>().ok(),
            _ => None,
        };
        if !number.is_some_and(|number| [1.0, 2.0].contains(&number)) {
            let hint = "write 1 or 2 without quotes, in backend_kwargs: a single …_KWARG__KV_ENGINE_VERSION is always a text";
            return Some(fault("kv_engine_version", "is neither the number 1 nor 2", hint));
        }
    }
    let auth_type = match kwarg("auth_type") {
        None => "token",
        Some(value) => value.as_str().unwrap_or_default(),
    };
    if !VAULT_SIGN_INS.contains(&auth_type) {
        return Some(fault(
            "auth_type",
            "is no way to sign in",
            format!("it is one of {}", VAULT_SIGN_INS.join(", ")),
        ));
    }
    if auth_type == "token" && !truthy("token") && !truthy("token_path") && !vault_token {
        let hint = "set VAULT_TOKEN in the environment, as the deployment does, or give token or token_path";
        return Some(fault("auth_type", "is `token`, and there is no token", hint));
    }
    if auth_type == "kubernetes" && kwarg("kubernetes_jwt_path").is_some_and(|path| !path.is_truthy()) {
        return Some(fault("kubernetes_jwt_path", "is empty", "leave it out for the usual place"));
    }
    let (_, needed) = NEEDED.iter().find(|(word, _)| *word == auth_type)?;
    let missing = needed.iter().find(|keys| !keys.split('|').any(truthy))?;
    let names = missing.replace('|', " or ");
    let key = missing.split('|').next().unwrap_or(missing);
    Some(fault(key, format!("is missing for auth_type `{auth_type}`"), format!("give {names}")))
}

fn fault(key: &'static str, what: impl AsRef<str>, hint: impl Into<String>) -> (&'static str, Fault) {
    (key, Fault::new(None, format!("`{key}` {}; Airflow would not start with it", what.as_ref()), hint))
}
