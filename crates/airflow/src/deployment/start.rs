//! Kwargs that the constructor of a backend class rejects. Airflow creates the backend when it loads its
//! configuration, so no process starts. (Provider versions: see `AirflowVersion`.)

use airbridge_core::Json;

use super::fault::Fault;
use crate::reader::AirflowVersion;

const STRINGS: [&str; 4] = ["connections_prefix", "variables_prefix", "config_prefix", "sep"];
const VAULT_AUTH_TYPES: [&str; 11] = [
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
const REQUIRED: [(&str, &[&str]); 7] = [
    ("approle", &["role_id"]),
    ("kubernetes", &["kubernetes_role"]),
    ("jwt", &["jwt_role", "jwt_token|jwt_token_path"]),
    ("azure", &["azure_resource", "azure_tenant_id"]),
    ("radius", &["radius_host", "radius_secret"]),
    ("gcp", &["gcp_scopes", "role_id"]),
    ("github", &["token|token_path"]),
];

/// The first kwarg of `class` with which Airflow does not start, and why. `kwarg` returns the value of a kwarg, and
/// `vault_token` is true if `VAULT_TOKEN` is set.
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
            early.then(|| {
                fault("configs_file_path", "is not supported in Airflow 2.11", "remove `configs_file_path`")
            })
        }
        _ => strings(class, kwarg),
    }
}

/// The constructors use the prefixes and the separator as strings. (Those of AWS and Azure accept a null `sep`, which
/// then becomes a part of every name.)
fn strings<'a>(class: &str, kwarg: &dyn Fn(&str) -> Option<&'a Json>) -> Option<(&'static str, Fault)> {
    let keys = if class == "SystemsManagerParameterStoreBackend" { &STRINGS[..3] } else { &STRINGS[..] };
    let wrong = |key: &str| {
        kwarg(key).is_some_and(|value| value.as_str().is_none() && !(value.is_null() && key != "sep"))
    };
    let key = *keys.iter().find(|key| wrong(key))?;
    Some(fault(key, "must be a string", format!("put the value of `{key}` in quotes")))
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
            let hint = "write 1 or 2 without quotes in `backend_kwargs`; an environment variable …_KWARG__KV_ENGINE_VERSION \
                        is always a string";
            return Some(fault("kv_engine_version", "must be the number 1 or 2", hint));
        }
    }
    let auth_type = match kwarg("auth_type") {
        None => "token",
        Some(value) => value.as_str().unwrap_or_default(),
    };
    if !VAULT_AUTH_TYPES.contains(&auth_type) {
        return Some(fault(
            "auth_type",
            "is not a valid auth type",
            format!("set `auth_type` to one of {}", VAULT_AUTH_TYPES.join(", ")),
        ));
    }
    if auth_type == "token" && !truthy("token") && !truthy("token_path") && !vault_token {
        let hint =
            "set `VAULT_TOKEN` in the environment, as in the deployment, or set `token` or `token_path`";
        return Some(fault("auth_type", "is `token`, but there is no token", hint));
    }
    if auth_type == "kubernetes" && kwarg("kubernetes_jwt_path").is_some_and(|path| !path.is_truthy()) {
        return Some(fault(
            "kubernetes_jwt_path",
            "is empty",
            "remove `kubernetes_jwt_path` to use the default path",
        ));
    }
    let (_, required) = REQUIRED.iter().find(|(word, _)| *word == auth_type)?;
    let missing = required.iter().find(|keys| !keys.split('|').any(truthy))?;
    let names = missing.replace('|', "` or `");
    let key = missing.split('|').next().unwrap_or(missing);
    Some(fault(key, format!("is required for auth_type `{auth_type}`"), format!("set `{names}`")))
}

fn fault(key: &'static str, what: impl AsRef<str>, hint: impl Into<String>) -> (&'static str, Fault) {
    (key, Fault::new(None, format!("`{key}` {}, so Airflow does not start", what.as_ref()), hint))
}
