//! The chosen profile, and the variables that the SDK gets to see.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use airbridge_core::{Error, Result};
use airbridge_http::check_small_file;
use aws_config::profile::{self, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::property::PropertiesKey;
use aws_types::os_shim_internal::{Env, Fs};

use crate::service::Service;
use crate::settings::Settings;

/// Environment variables by name, as the SDK gets to see them.
pub(crate) type Variables = HashMap<String, String>;

/// Variables that a profile in the settings takes precedence over.
const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// The chosen profile and the files that were searched for it.
#[derive(Debug)]
pub(crate) struct Profile {
    profiles: ProfileSet,
    name: String,
    files: String,
}

impl Profile {
    /// Reads the profile files. A profile that was asked for by name must exist, `default` need not.
    pub(crate) async fn load(settings: &Settings, variables: &Variables) -> Result<Self> {
        let asked = settings.profile_name.clone().or_else(|| variables.get("AWS_PROFILE").cloned());
        check_files(variables)?;
        let files = files(variables);
        let env = Env::from(variables.clone());
        let read =
            profile::load(&Fs::real(), &env, &EnvConfigFiles::default(), asked.clone().map(Cow::Owned)).await;
        // The parser's own error quotes the line, which may hold a key.
        let profiles = read.map_err(|_| Error::config(format!("cannot parse the profiles in {files}")))?;
        let name = asked.clone().unwrap_or_else(|| "default".to_owned());
        if asked.is_some() && profiles.get_profile(&name).is_none() {
            return Err(missing(&name, &files, &profiles));
        }
        Ok(Self { profiles, name, files })
    }

    /// The value of `key` in the profile; `None` if it is unset or empty.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.profiles.get_profile(&self.name)?.get(key).filter(|value| !value.is_empty())
    }

    /// The address of the service in the profile's `[services …]` section.
    ///
    /// The AWS documentation spells one of the services `secrets_manager`, the SDK only looks for `secrets-manager`.
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

    /// Whether one of the files has it.
    pub(crate) fn exists(&self) -> bool {
        self.profiles.get_profile(&self.name).is_some()
    }

    /// The files that were searched, for messages.
    pub(crate) fn files(&self) -> &str {
        &self.files
    }

    /// Removes access keys from `variables` if the settings name a profile, because the SDK would prefer the keys.
    pub(crate) fn override_keys(&self, settings: &Settings, variables: &mut Variables) -> Result<()> {
        if settings.profile_name.is_none() {
            return Ok(());
        }
        if self.get("credential_source").is_some_and(|source| source == "Environment") {
            return Err(Error::config(format!(
                "profile {} takes its keys from the environment, but `profile_name` takes precedence over those keys",
                self.name
            ))
            .with_hint("remove `profile_name`, and set `role_arn` to the role of the profile"));
        }
        for key in KEYS {
            variables.remove(key);
        }
        Ok(())
    }
}

/// The variables of an endpoint. Empty ones count as unset, as in the AWS CLI.
pub(crate) fn variables(settings: &Settings) -> Variables {
    let mut variables: Variables = (settings.env.iter())
        .filter(|(name, value)| !(name.starts_with("AWS_") && value.is_empty()))
        .map(|(name, value)| (name.to_owned(), value.expose().to_owned()))
        .collect();
    // boto3, and with it Airflow, reads a second variable, which the SDK does not.
    if let Some(profile) = variables.get("AWS_DEFAULT_PROFILE").cloned() {
        variables.entry("AWS_PROFILE".to_owned()).or_insert(profile);
    }
    variables
}

/// The files of profiles: the variable that names one, and where it is otherwise.
const FILES: [(&str, &str); 2] =
    [("AWS_CONFIG_FILE", ".aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")];

/// The SDK reads the files without a limit.
fn check_files(variables: &Variables) -> Result<()> {
    for (variable, usual) in FILES {
        let home = || variables.get("HOME").map(|home| Path::new(home).join(usual));
        let Some(path) = variables.get(variable).map(PathBuf::from).or_else(home) else { continue };
        check_small_file(&path).map_err(|why| {
            Error::config(format!("the profiles in {} cannot be read: {why}", path.display()))
                .with_hint(format!("set `{variable}` to a file of profiles, or remove it"))
        })?;
    }
    Ok(())
}

fn files(variables: &Variables) -> String {
    let path = |(variable, usual): (&str, &str)| {
        variables.get(variable).cloned().unwrap_or_else(|| format!("~/{usual}"))
    };
    FILES.map(path).join(" or ")
}

fn missing(name: &str, files: &str, profiles: &ProfileSet) -> Error {
    let error = Error::config(format!("no such profile in {files}: {name}"));
    let nearest = profiles
        .profiles()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .min()
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3));
    match nearest {
        Some((_, known)) => error.with_hint(format!("did you mean {known}?")),
        None => error.with_hint(
            "list the profiles with `aws configure list-profiles`; the section is [profile NAME] in the configuration \
             file and [NAME] in the credentials file",
        ),
    }
}
