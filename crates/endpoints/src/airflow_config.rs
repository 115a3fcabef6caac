//! The `[secrets]` section of `airflow.cfg` with which Airflow reads an endpoint.

use std::path::PathBuf;

use airbridge_airflow::{AirflowVersion, Kind};
use airbridge_core::{Fields, Json};
use indexmap::IndexMap;

use crate::secrecy::holds_password;
use crate::value::{Key, Owner};

/// One of Airflow's classes of secrets backends, and how it differs from the endpoint of the same place.
#[derive(Debug)]
pub struct AirflowClass {
    /// The path, as in `[secrets] backend`.
    pub path: &'static str,
    /// Whether it can be the `[secrets] backend`; the others are part of every deployment.
    pub(crate) configurable: bool,
    /// What Airflow does with a kwarg that the class does not have.
    pub(crate) unknown_kwargs: UnknownKwargs,
    /// A key and the string or number that the class assumes for it, where the endpoint would decide otherwise.
    pub(crate) assumes: Option<(&'static str, Assumed)>,
    /// Kwargs that the class tests as Python does: every string but the empty one is true.
    pub(crate) truthy: &'static [&'static str],
    /// Whether the class authenticates with a `VAULT_TOKEN` from its own environment.
    pub(crate) reads_vault_token: bool,
}

/// What a class assumes for a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Assumed {
    Word(&'static str),
    Number(i64),
}

/// What Airflow does with a kwarg that its class does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnknownKwargs {
    /// It fails to start.
    Fatal,
    /// It ignores the kwarg.
    Ignored,
    /// It belongs to a subclass, which airbridge does not know.
    OfSubclass,
    /// It passes the kwarg to this SDK.
    PassedTo(&'static str),
}

impl AirflowClass {
    /// A class that can be configured and fails with kwargs that it does not have.
    pub(crate) const fn new(path: &'static str) -> Self {
        Self {
            path,
            configurable: true,
            unknown_kwargs: UnknownKwargs::Fatal,
            assumes: None,
            truthy: &[],
            reads_vault_token: false,
        }
    }

    /// Its name without the module.
    pub(crate) fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }
}

/// The `[secrets]` section for an endpoint, without secrets.
#[derive(Clone, Debug)]
pub struct AirflowConfig {
    /// `backend`
    pub class: &'static str,
    kwargs: Fields,
    /// The files of the local-filesystem backend.
    files: Vec<(Kind, PathBuf)>,
    /// The names of kwargs that are missing because they are secrets.
    pub left_out: Vec<&'static str>,
    /// Whether Airflow authenticates with a `VAULT_TOKEN` of its own environment.
    pub token_from_environment: bool,
    /// The Airflow version that the section is for.
    pub version: AirflowVersion,
}

impl AirflowConfig {
    /// The section for a class; `None` if it cannot be configured. `understood` are the values of the endpoint's
    /// `declared` keys.
    pub(crate) fn new(
        class: &'static AirflowClass,
        understood: &IndexMap<&'static str, Json>,
        declared: &[&'static Key],
        version: AirflowVersion,
    ) -> Option<Self> {
        if !class.configurable {
            return None;
        }
        let mut kwargs = Fields::new();
        let mut left_out = Vec::new();
        for key in declared.iter().filter(|key| key.owner == Owner::Airflow) {
            let Some(value) = understood.get(key.name) else { continue };
            if is_secret(key, value) {
                left_out.push(key.name);
            } else {
                kwargs.insert(key.name, as_kwarg(key.name, value));
            }
        }
        let by_token = kwargs.get("auth_type").is_none_or(|word| word.as_str() == Some("token"));
        let has_token = left_out.contains(&"token") || kwargs.get("token_path").is_some_and(Json::is_truthy);
        let token_from_environment = class.reads_vault_token && by_token && !has_token;
        let class = class.path;
        Some(Self { class, kwargs, files: Vec::new(), left_out, token_from_environment, version })
    }

    /// With the files of the local-filesystem backend; `None` if it is that backend and there are none.
    pub(crate) fn with_files(self, files: Vec<(Kind, PathBuf)>) -> Option<Self> {
        let of_files = self.class.ends_with(".LocalFilesystemBackend");
        (!of_files || !files.is_empty()).then_some(Self { files, ..self })
    }

    /// `backend_kwargs`. A file is left out if it does not exist and `written` says that the run does not create it:
    /// Airflow's lookups fail for such a file.
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

/// `verify=true` on the command line is a string; to Airflow a string is a path.
fn as_kwarg(key: &str, value: &Json) -> Json {
    let verify = matches!(key, "verify" | "connection_verify");
    match value.as_str() {
        Some("true" | "True") if verify => Json::Bool(true),
        _ => value.clone(),
    }
}

/// Whether a kwarg is a secret or contains one: an address with a password, credentials as a document.
fn is_secret(key: &Key, value: &Json) -> bool {
    let document = key.name == "gcp_credential_config_file"
        && (value.as_object().is_some()
            || value.as_str().is_some_and(|text| text.trim_start().starts_with('{')));
    !value.is_null() && (key.secret.is_some() || document || has_password(value))
}

fn has_password(value: &Json) -> bool {
    match value {
        Json::String(text) => holds_password(text.expose()),
        Json::Array(items) => items.iter().any(has_password),
        Json::Object(fields) => fields.iter().any(|(_, value)| has_password(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}
