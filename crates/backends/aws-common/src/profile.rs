//! The profile that was chosen, and the files it stands in.

use std::borrow::Cow;
use std::collections::HashMap;

use airbridge_core::{Error, Result};
use aws_config::profile::{self, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::property::PropertiesKey;
use aws_types::os_shim_internal::{Env, Fs};

use crate::service::Service;
use crate::settings::Settings;

/// Variables by name, as the SDK is to see them.
pub(crate) type Variables = HashMap<String, String>;

/// Keys that an explicitly named profile wins over.
const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// The profile and the variables that go with it.
#[derive(Debug)]
pub(crate) struct Chosen {
    profiles: ProfileSet,
    name: String,
    files: String,
}

impl Chosen {
    /// Reads the profile files and finds the chosen profile in them; one that was asked for by name must be there.
    pub(crate) async fn load(settings: &Settings, variables: &Variables) -> Result<Self> {
        let asked = settings.profile_name.clone().or_else(|| variables.get("AWS_PROFILE").cloned());
        let files = files(variables);
        let env = Env::from(variables.clone());
        let read =
            profile::load(&Fs::real(), &env, &EnvConfigFiles::default(), asked.clone().map(Cow::Owned)).await;
        // The parser's own words quote the line, which may be one with a key.
        let profiles = read.map_err(|_| config(format!("{files} cannot be understood")))?;
        let name = asked.clone().unwrap_or_else(|| "default".to_owned());
        if asked.is_some() && profiles.get_profile(&name).is_none() {
            return Err(missing(&name, &files, &profiles));
        }
        Ok(Self { profiles, name, files })
    }

    /// What the profile says under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.profiles.get_profile(&self.name)?.get(key).filter(|value| !value.is_empty())
    }

    /// The address of the service in the profile's `[services …]` section.
    ///
    /// Amazon's documentation spells one of them `secrets_manager`, the SDK looks for `secrets-manager` only.
    pub(crate) fn service_endpoint(&self, service: &Service) -> Option<&str> {
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(self.get("services")?)
            .property_name(service.section)
            .sub_property_name("endpoint_url")
            .build();
        self.profiles.other_sections().get(&key.ok()?).map(String::as_str).filter(|url| !url.is_empty())
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is there at all.
    pub(crate) fn exists(&self) -> bool {
        self.profiles.get_profile(&self.name).is_some()
    }

    /// The files it was looked for in.
    pub(crate) fn files(&self) -> &str {
        &self.files
    }

    /// Takes the keys out of the environment if a profile was named in the settings: the SDK would prefer them.
    pub(crate) fn prevail(&self, settings: &Settings, variables: &mut Variables) -> Result<()> {
        if settings.profile_name.is_none() {
            return Ok(());
        }
        if self.get("credential_source").is_some_and(|source| source == "Environment") {
            return Err(config(format!(
                "profile {} takes its keys from the environment, which a profile named in the settings shuts out",
                self.name
            ))
            .with_hint("leave profile_name out and give its role as role_arn"));
        }
        for key in KEYS {
            variables.remove(key);
        }
        Ok(())
    }
}

/// The variables of an endpoint. Empty ones count as unset, as in Amazon's own tools.
pub(crate) fn variables(settings: &Settings) -> Variables {
    let mut variables: Variables = (settings.env.iter())
        .filter(|(name, value)| !(name.starts_with("AWS_") && value.is_empty()))
        .map(|(name, value)| (name.to_owned(), value.expose().to_owned()))
        .collect();
    // boto3, and with it Airflow, knows a second name, which the SDK does not.
    if let Some(profile) = variables.get("AWS_DEFAULT_PROFILE").cloned() {
        variables.entry("AWS_PROFILE".to_owned()).or_insert(profile);
    }
    variables
}

fn files(variables: &Variables) -> String {
    let path = |name: &str, usual: &str| variables.get(name).cloned().unwrap_or_else(|| usual.to_owned());
    let config = path("AWS_CONFIG_FILE", "~/.aws/config");
    let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    format!("{config} or {credentials}")
}

fn missing(name: &str, files: &str, profiles: &ProfileSet) -> Error {
    let error = config(format!("there is no profile {name} in {files}"));
    let nearest = profiles
        .profiles()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .min()
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3));
    match nearest {
        Some((_, known)) => error.with_hint(format!("did you mean {known}?")),
        None => error.with_hint(
            "the configuration file spells it [profile NAME], the credentials file [NAME]; see: aws configure list-profiles",
        ),
    }
}

fn config(message: String) -> Error {
    Error::config(message)
}
