//! Credentials in files, as Google writes them: which file, and which kind it holds.

use std::fmt;
use std::path::{Path, PathBuf};

use airbridge_core::Result;
use google_cloud_auth::credentials::{
    Credentials, external_account, impersonated, service_account, user_account,
};
use serde_json::Value;

use crate::place::config;
use crate::settings::Settings;

/// One JSON object that holds credentials, and where it was found.
pub(crate) struct Key {
    json: Value,
    from: String,
    /// Whether the settings name it.
    named: bool,
}

/// What to ask tokens for, and on whose account.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) scopes: Vec<String>,
    /// The project that pays for calls; else the one that the credentials name.
    pub(crate) quota_project: Option<String>,
}

impl Key {
    /// What the settings name, else what Google's own tools would find; `None` where there is no file.
    pub(crate) fn find(settings: &Settings) -> Result<Option<Self>> {
        if let Some(key) = Self::named(settings)? {
            return Ok(Some(Self { named: true, ..key }));
        }
        if let Some(path) = settings.env.non_empty("GOOGLE_APPLICATION_CREDENTIALS") {
            return Self::read(Path::new(path), "GOOGLE_APPLICATION_CREDENTIALS").map(Some);
        }
        match well_known(settings).filter(|path| path.exists()) {
            Some(path) => Self::read(&path, "gcloud's folder").map(Some),
            None => Ok(None),
        }
    }

    /// What the settings name. Airflow refuses several, and so do we.
    fn named(settings: &Settings) -> Result<Option<Self>> {
        let mut found = Vec::new();
        // An empty path is none, as in Airflow.
        if let Some(path) = settings.gcp_key_path.as_ref().filter(|path| !path.as_os_str().is_empty()) {
            found.push(Self::read(path, "gcp_key_path")?);
        }
        if let Some(text) = &settings.gcp_keyfile_dict {
            let mut key = Self::parse(text.expose(), "gcp_keyfile_dict".to_owned())?;
            key.mend_line_ends();
            found.push(key);
        }
        if let Some(text) = &settings.gcp_credential_config_file {
            let (text, of) = (text.expose(), "gcp_credential_config_file");
            let inline = text.trim_start().starts_with('{');
            let key = if inline { Self::parse(text, of.to_owned()) } else { Self::read(Path::new(text), of) };
            found.push(key?);
        }
        if found.len() > 1 {
            return Err(config(
                "gcp_key_path, gcp_keyfile_dict and gcp_credential_config_file exclude each other",
            )
            .with_hint("leave one of them"));
        }
        Ok(found.pop())
    }

    fn read(path: &Path, of: &str) -> Result<Self> {
        let from = format!("{} ({of})", path.display());
        let text = std::fs::read_to_string(path)
            .map_err(|error| config(format!("the credentials in {from} cannot be read: {}", error.kind())))?;
        Self::parse(&text, from)
    }

    fn parse(text: &str, from: String) -> Result<Self> {
        // The parser's own words would quote the text.
        let json: Value = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            config(format!("the credentials in {from} are not JSON (line {line}, column {column})"))
        })?;
        if json.is_object() { Ok(Self { json, from, named: false }) } else { Err(unknown(&from)) }
    }

    /// Keys that went through an environment variable have `\n` as two characters; Airflow mends them as well.
    fn mend_line_ends(&mut self) {
        if let Some(Value::String(key)) = self.json.get_mut("private_key") {
            *key = key.replace("\\n", "\n");
        }
    }

    /// Where it was found, for messages.
    pub(crate) fn from(&self) -> &str {
        &self.from
    }

    /// Whether the settings name it, and not the environment.
    pub(crate) fn is_named(&self) -> bool {
        self.named
    }

    /// The project that it belongs to, which keys of service accounts name.
    pub(crate) fn project(&self) -> Option<&str> {
        self.text("project_id")
    }

    /// The cloud that it is for, if it is not Google's own.
    pub(crate) fn domain(&self) -> Option<&str> {
        self.text("universe_domain")
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.json.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// The credentials themselves. Nobody is asked yet.
    pub(crate) fn credentials(&self, terms: &Terms) -> Result<Credentials> {
        // Each kind has a builder of its own with the same methods and no trait for them.
        macro_rules! build {
            ($builder:expr) => {
                terms
                    .quota_project
                    .iter()
                    .fold($builder, |b, project| b.with_quota_project_id(project))
                    .build()
            };
        }
        let (json, scopes) = (self.json.clone(), terms.scopes.clone());
        let built = match self.text("type").ok_or_else(|| unknown(&self.from))? {
            "service_account" => {
                let scopes = service_account::AccessSpecifier::from_scopes(scopes);
                build!(service_account::Builder::new(json).with_access_specifier(scopes))
            }
            "authorized_user" => build!(user_account::Builder::new(json).with_scopes(scopes)),
            "impersonated_service_account" => build!(impersonated::Builder::new(json).with_scopes(scopes)),
            "external_account" => build!(external_account::Builder::new(json).with_scopes(scopes)),
            _ => return Err(unknown(&self.from)),
        };
        // The builder's words may quote what it could not use.
        built.map_err(|_| {
            config(format!("the credentials in {} are not complete, or a part of them is broken", self.from))
                .with_hint("download the file anew, and give it as it is")
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("from", &self.from).finish_non_exhaustive()
    }
}

fn unknown(from: &str) -> airbridge_core::Error {
    config(format!("{from} holds no credentials of a known type")).with_hint(
        "the types are service_account, authorized_user, external_account and impersonated_service_account; \
         a client secret of OAuth is none of them",
    )
}

/// Where `gcloud auth application-default login` leaves credentials.
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
