//! Places that airbridge copies from or to, and that Airflow reads.

use std::path::Path;

use serde_json::{Value, json};

use crate::classes::{ENVIRONMENT, FILES, GOOGLE, METASTORE, PARAMETERS, SECRETS_MANAGER, VAULT};
use crate::{AwsUser, GoogleProject, MetadataDatabase, VaultMount};

/// An endpoint, and how Airflow is pointed at the same place.
#[derive(Clone, Debug)]
pub struct Place {
    /// The endpoint.
    pub endpoint: String,
    /// The environment variables that airbridge needs to get there, under names that no other place uses.
    pub settings: Vec<(String, String)>,
    /// The class path of Airflow's backend.
    pub backend: &'static str,
    /// Its `backend_kwargs`.
    pub kwargs: Value,
    /// Environment variables of Airflow.
    pub variables: Vec<(String, String)>,
    /// The REST server that replaces Google Secret Manager.
    pub google: Option<String>,
}

impl Place {
    /// AWS Secrets Manager.
    pub fn aws(user: &AwsUser) -> Self {
        Self::of_amazon(user, &user.endpoint(), SECRETS_MANAGER, user.kwargs())
    }

    /// AWS Systems Manager Parameter Store.
    pub fn parameters(user: &AwsUser) -> Self {
        Self::of_amazon(user, &user.parameters(), PARAMETERS, user.parameter_kwargs())
    }

    fn of_amazon(user: &AwsUser, endpoint: &str, backend: &'static str, kwargs: Value) -> Self {
        let prefix = format!("{}_", user.access_key);
        Self {
            endpoint: format!("{endpoint}&env_prefix={prefix}"),
            settings: user.variables_with(&prefix),
            variables: [user.variables(), vec![("AWS_DEFAULT_REGION".into(), "us-east-1".into())]].concat(),
            ..Self::local(backend, kwargs)
        }
    }

    /// Google Secret Manager.
    pub fn google(project: &GoogleProject) -> Self {
        Self {
            endpoint: project.endpoint(),
            google: Some(project.address.clone()),
            ..Self::local(GOOGLE, json!({ "project_id": project.name }))
        }
    }

    /// Vault.
    pub fn vault(mount: &VaultMount) -> Self {
        Self { endpoint: mount.endpoint(), settings: mount.variables(), ..Self::local(VAULT, mount.kwargs()) }
    }

    /// Airflow's metadata database.
    pub fn database(database: &MetadataDatabase) -> Self {
        Self {
            endpoint: database.endpoint(),
            settings: database.settings(),
            variables: database.variables(),
            ..Self::local(METASTORE, json!({}))
        }
    }

    /// A folder of JSON files in a user's home.
    pub fn folder(home: &Path, name: &str) -> Self {
        Self { endpoint: format!("file:{name}/"), ..Self::files(home, name, "json") }
    }

    /// The files of Airflow's local-filesystem backend in a folder of a user's home, all with this extension.
    pub fn files(home: &Path, folder: &str, extension: &str) -> Self {
        let kinds = [("connections", "connections"), ("variables", "variables"), ("configs", "config")];
        let path = |name: &str| format!("{folder}/{name}.{extension}");
        let keys = kinds.map(|(key, name)| format!("{key}_file_path={}", path(name)));
        let kwargs = kinds.map(|(key, name)| {
            (format!("{key}_file_path"), Value::from(home.join(path(name)).display().to_string()))
        });
        Self {
            endpoint: format!("file:?{}", keys.join("&")),
            ..Self::local(FILES, Value::Object(kwargs.into_iter().collect()))
        }
    }

    /// Environment variables.
    pub fn environment(variables: Vec<(String, String)>) -> Self {
        Self {
            endpoint: "env:".to_owned(),
            settings: variables.clone(),
            variables,
            ..Self::local(ENVIRONMENT, json!({}))
        }
    }

    fn local(backend: &'static str, kwargs: Value) -> Self {
        let (endpoint, settings, variables) = (String::new(), Vec::new(), Vec::new());
        Self { endpoint, settings, backend, kwargs, variables, google: None }
    }
}
