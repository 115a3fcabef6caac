//! Credentials in JSON, as Google's tools write them: where they are found, and which type they have.

use std::fmt;
use std::path::{Path, PathBuf};

use airbridge_core::{Error, Result};
use airbridge_http::read_small_file;
use google_cloud_auth::credentials::{
    Credentials, external_account, impersonated, service_account, user_account,
};
use serde_json::Value;

use crate::settings::Settings;

/// A JSON object with credentials, and its origin.
pub(crate) struct Key {
    json: Value,
    /// Where it was found, for messages.
    origin: String,
    /// Whether it comes from the settings, and not from the environment.
    is_configured: bool,
}

/// Options of token requests.
#[derive(Clone, Debug)]
pub(crate) struct TokenOptions {
    pub(crate) scopes: Vec<String>,
    /// The project whose quota requests use; if unset, that of the credentials.
    pub(crate) quota_project: Option<String>,
}

impl Key {
    /// Finds the credentials in the settings, otherwise where Google's own tools would; `None` if there are none.
    pub(crate) fn find(settings: &Settings) -> Result<Option<Self>> {
        if let Some(key) = Self::configured(settings)? {
            return Ok(Some(Self { is_configured: true, ..key }));
        }
        if let Some(path) = settings.env.non_empty("GOOGLE_APPLICATION_CREDENTIALS") {
            return Self::read(Path::new(path), "GOOGLE_APPLICATION_CREDENTIALS").map(Some);
        }
        match well_known(settings).filter(|path| path.exists()) {
            Some(path) => Self::read(&path, "the folder of gcloud").map(Some),
            None => Ok(None),
        }
    }

    /// The credentials in the settings. Several are an error, as in Airflow.
    fn configured(settings: &Settings) -> Result<Option<Self>> {
        let mut found = Vec::new();
        // An empty path means unset, as in Airflow.
        if let Some(path) = settings.gcp_key_path.as_ref().filter(|path| !path.as_os_str().is_empty()) {
            found.push(Self::read(path, "gcp_key_path")?);
        }
        if let Some(text) = &settings.gcp_keyfile_dict {
            let mut key = Self::parse(text.expose(), "gcp_keyfile_dict".to_owned())?;
            key.restore_line_breaks();
            found.push(key);
        }
        if let Some(text) = &settings.gcp_credential_config_file {
            let (text, setting) = (text.expose(), "gcp_credential_config_file");
            let inline = text.trim_start().starts_with('{');
            let key = if inline {
                Self::parse(text, setting.to_owned())
            } else {
                Self::read(Path::new(text), setting)
            };
            found.push(key?);
        }
        if found.len() > 1 {
            return Err(Error::config(
                "`gcp_key_path`, `gcp_keyfile_dict` and `gcp_credential_config_file` exclude each other",
            )
            .with_hint("set one of them only"));
        }
        Ok(found.pop())
    }

    fn read(path: &Path, setting: &str) -> Result<Self> {
        let origin = format!("{} ({setting})", path.display());
        let unread = |why: &str| Error::config(format!("cannot read the credentials in {origin}: {why}"));
        let content = read_small_file(path).map_err(|why| unread(&why))?;
        let text = std::str::from_utf8(&content).map_err(|_| unread("it is not UTF-8 text"))?;
        Self::parse(text, origin)
    }

    fn parse(text: &str, origin: String) -> Result<Self> {
        // The message of the parser would quote the credentials.
        let json: Value = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Error::config(format!(
                "the credentials in {origin} are not valid JSON (line {line}, column {column})"
            ))
        })?;
        if json.is_object() {
            Ok(Self { json, origin, is_configured: false })
        } else {
            Err(unknown_type(&origin))
        }
    }

    /// Keys that went through an environment variable have `\n` as two characters. Airflow restores them, too.
    fn restore_line_breaks(&mut self) {
        if let Some(Value::String(key)) = self.json.get_mut("private_key") {
            *key = key.replace("\\n", "\n");
        }
    }

    /// Where it was found, for messages.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether the credentials come from the settings, and not from the environment.
    pub(crate) fn is_configured(&self) -> bool {
        self.is_configured
    }

    /// The project of the credentials. Only keys of service accounts have one.
    pub(crate) fn project(&self) -> Option<&str> {
        self.text("project_id")
    }

    /// The domain of the cloud that the credentials are for, if it is not Google's own.
    pub(crate) fn domain(&self) -> Option<&str> {
        self.text("universe_domain")
    }

    /// A string in the credentials; `None` if it is empty.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.json.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// The credentials. No request is sent yet.
    pub(crate) fn credentials(&self, options: &TokenOptions) -> Result<Credentials> {
        // Each type has its own builder. They have the same methods, but no common trait.
        macro_rules! build {
            ($builder:expr) => {
                options
                    .quota_project
                    .iter()
                    .fold($builder, |b, project| b.with_quota_project_id(project))
                    .build()
            };
        }
        let (json, scopes) = (self.json.clone(), options.scopes.clone());
        let built = match self.text("type").ok_or_else(|| unknown_type(&self.origin))? {
            "service_account" => {
                let scopes = service_account::AccessSpecifier::from_scopes(scopes);
                build!(service_account::Builder::new(json).with_access_specifier(scopes))
            }
            "authorized_user" => build!(user_account::Builder::new(json).with_scopes(scopes)),
            "impersonated_service_account" => build!(impersonated::Builder::new(json).with_scopes(scopes)),
            "external_account" => build!(external_account::Builder::new(json).with_scopes(scopes)),
            _ => return Err(unknown_type(&self.origin)),
        };
        // The message of the builder may quote the credentials.
        built.map_err(|_| {
            Error::config(format!("the credentials in {} are incomplete or damaged", self.origin))
                .with_hint("create a new key file, or run `gcloud auth application-default login`")
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("origin", &self.origin).finish_non_exhaustive()
    }
}

fn unknown_type(origin: &str) -> Error {
    Error::config(format!("the credentials in {origin} are not of a known type")).with_hint(
        "use credentials of type service_account, authorized_user, external_account or \
         impersonated_service_account; an OAuth client secret cannot be used",
    )
}

/// The file that `gcloud auth application-default login` writes.
fn well_known(settings: &Settings) -> Option<PathBuf> {
    const FILE: &str = "application_default_credentials.json";
    let variable = |name| settings.env.non_empty(name).map(PathBuf::from);
    let folder = variable("CLOUDSDK_CONFIG").or_else(|| {
        if cfg!(windows) {
            variable("APPDATA").map(|folder| folder.join("gcloud"))
        } else {
            variable("HOME").map(|folder| folder.join(".config").join("gcloud"))
        }
    });
    folder.map(|folder| folder.join(FILE))
}
