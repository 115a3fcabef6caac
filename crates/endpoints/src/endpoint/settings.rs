//! What `airflow.cfg` has to say for Airflow to read an endpoint.

use std::path::PathBuf;

use airbridge_airflow::{AirflowVersion, Kind};
use airbridge_core::{Fields, Json};
use indexmap::IndexMap;

use super::secrecy::{SECRET_KEYS, holds_password};
use crate::backends;

/// The `[secrets]` section for an endpoint, without secrets.
#[derive(Clone, Debug)]
pub struct AirflowConfig {
    /// `backend`
    pub class: &'static str,
    kwargs: Fields,
    /// The files of the local-filesystem backend.
    files: Vec<(Kind, PathBuf)>,
    /// Kwargs that are secrets, by name.
    pub left_out: Vec<&'static str>,
    /// Whether Airflow signs in with a `VAULT_TOKEN` of its own environment.
    pub token_from_environment: bool,
    /// The Airflow version that the section is for.
    pub version: AirflowVersion,
}

impl AirflowConfig {
    /// `understood` are the endpoint's keys, typed; those that are no kwargs of the class are left aside.
    pub(super) fn new(
        scheme: &str,
        understood: &IndexMap<&'static str, Json>,
        version: AirflowVersion,
    ) -> Option<Self> {
        let (backend, class) = backends::configurable().find(|(backend, _)| backend.scheme == scheme)?;
        let mut kwargs = Fields::new();
        let mut left_out = Vec::new();
        for key in backend.kwargs() {
            let Some(value) = understood.get(key) else { continue };
            if is_secret(key, value) {
                left_out.push(key);
            } else {
                kwargs.insert(key, as_kwarg(key, value));
            }
        }
        let by_token = kwargs.get("auth_type").is_none_or(|word| word.as_str() == Some("token"));
        let has_token = left_out.contains(&"token") || kwargs.get("token_path").is_some_and(Json::is_truthy);
        let token_from_environment = scheme == "vault" && by_token && !has_token;
        Some(Self { class, kwargs, files: Vec::new(), left_out, token_from_environment, version })
    }

    /// With the files that were found for a local-filesystem backend; `None` if that reads none of them.
    pub(super) fn with_files(self, files: Vec<(Kind, PathBuf)>) -> Option<Self> {
        let of_files = self.class.ends_with(".LocalFilesystemBackend");
        (!of_files || !files.is_empty()).then_some(Self { files, ..self })
    }

    /// `backend_kwargs`; a file that is not there, and that `written` says will not be, stops Airflow's lookups.
    pub fn kwargs(&self, written: &dyn Fn(Kind) -> bool) -> Fields {
        let name = |kind: Kind| match kind {
            Kind::Connection => "connections_file_path",
            Kind::Variable => "variables_file_path",
            Kind::Config => "configs_file_path",
        };
        let mut kwargs = self.kwargs.clone();
        for (kind, path) in &self.files {
            kwargs.remove(name(*kind));
            let known = *kind != Kind::Config || self.version != AirflowVersion::V2_11;
            if known && (path.exists() || written(*kind)) {
                kwargs.insert(name(*kind), Json::string(path.display().to_string()));
            }
        }
        kwargs
    }
}

/// `verify=true` of a command line is a text here; to Airflow a text is a path.
fn as_kwarg(key: &str, value: &Json) -> Json {
    let verify = matches!(key, "verify" | "connection_verify");
    match value.as_str() {
        Some("true" | "True") if verify => Json::Bool(true),
        _ => value.clone(),
    }
}

/// Whether a kwarg is a secret, or has one in it: an address with a password, credentials as a document.
fn is_secret(key: &str, value: &Json) -> bool {
    let document = key == "gcp_credential_config_file"
        && (value.as_object().is_some()
            || value.as_str().is_some_and(|text| text.trim_start().starts_with('{')));
    !value.is_null() && (SECRET_KEYS.contains(&key) || document || has_password(value))
}

fn has_password(value: &Json) -> bool {
    match value {
        Json::String(text) => holds_password(text.expose()),
        Json::Array(items) => items.iter().any(has_password),
        Json::Object(fields) => fields.iter().any(|(_, value)| has_password(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}
