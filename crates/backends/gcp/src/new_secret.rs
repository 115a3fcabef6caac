//! The settings of new secrets: where Google stores them, which keys encrypt them, and their labels.

use std::collections::BTreeMap;

use airbridge_core::{Error, Result};
use google_cloud_secretmanager_v1::model::replication::user_managed::Replica;
use google_cloud_secretmanager_v1::model::replication::{Automatic, UserManaged};
use google_cloud_secretmanager_v1::model::{CustomerManagedEncryption, Replication, Secret};

use crate::place::is_location;
use crate::secret_options::is_label;
use crate::settings::Settings;

/// The settings of new secrets. They are checked when the store is opened, not at the first write.
#[derive(Clone, Debug)]
pub(crate) struct NewSecret {
    storage: Storage,
    labels: BTreeMap<String, String>,
}

/// Where Google stores the values, with the keys that encrypt them.
#[derive(Clone, Debug)]
enum Storage {
    /// Google chooses the regions (automatic replication).
    Automatic(Option<String>),
    /// In these regions.
    Regions(Vec<(String, Option<String>)>),
    /// In the region of a regional secret. The service rejects a replication there.
    Regional(Option<String>),
}

impl NewSecret {
    /// Checks the settings.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        for key in &settings.kms_keys {
            check_key(key)?;
        }
        check_labels(&settings.labels)?;
        let storage = match (&settings.location, settings.locations.as_slice()) {
            (Some(_), [_, ..]) => {
                return Err(Error::config(
                    "`location` and `locations` exclude each other: regional secrets are not replicated",
                )
                .with_hint("set one of the two only"));
            }
            (Some(location), []) => Storage::Regional(only_key(settings, location)?),
            (None, []) => Storage::Automatic(only_key(settings, "global")?),
            (None, locations) => Storage::Regions(replicas(locations, &settings.kms_keys)?),
        };
        Ok(Self { storage, labels: settings.labels.clone() })
    }

    /// The labels of new secrets.
    pub(crate) fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }

    /// A new secret without labels and annotations.
    pub(crate) fn secret(&self) -> Secret {
        let secret = Secret::new();
        match &self.storage {
            Storage::Automatic(key) => {
                let automatic =
                    Automatic::new().set_or_clear_customer_managed_encryption(encryption(key.as_ref()));
                secret.set_replication(Replication::new().set_automatic(automatic))
            }
            Storage::Regions(replicas) => {
                let replicas = replicas.iter().map(|(location, key)| {
                    let replica = Replica::new().set_location(location);
                    replica.set_or_clear_customer_managed_encryption(encryption(key.as_ref()))
                });
                let user_managed = UserManaged::new().set_replicas(replicas);
                secret.set_replication(Replication::new().set_user_managed(user_managed))
            }
            Storage::Regional(key) => {
                secret.set_or_clear_customer_managed_encryption(encryption(key.as_ref()))
            }
        }
    }
}

fn encryption(key: Option<&String>) -> Option<CustomerManagedEncryption> {
    key.map(|key| CustomerManagedEncryption::new().set_kms_key_name(key))
}

/// The one key for secrets in `location`, if one is set.
fn only_key(settings: &Settings, location: &str) -> Result<Option<String>> {
    match settings.kms_keys.as_slice() {
        [] => Ok(None),
        [key] if location_of(key) == Some(location) => Ok(Some(key.clone())),
        [key] => {
            Err(Error::config(format!("the key {key} in `kms_keys` is not in the location {location} of the secrets"))
                .with_hint(
                    "choose a key in the location of the secrets; to store secrets in certain regions, set `locations`",
                ))
        }
        _ => Err(Error::config("`kms_keys` has several keys, and these secrets are encrypted with one")
            .with_hint("set one key, or set `locations` with one key for each")),
    }
}

/// The regions, each with its key.
fn replicas(locations: &[String], keys: &[String]) -> Result<Vec<(String, Option<String>)>> {
    let of = |location: &String| keys.iter().find(|key| location_of(key) == Some(location.as_str())).cloned();
    if let Some(wrong) = locations.iter().find(|location| !is_location(location)) {
        return Err(Error::config(format!("{wrong:?} in `locations` is not a valid location"))
            .with_hint("write it as a region: europe-west1"));
    }
    let replicas: Vec<_> = locations.iter().map(|location| (location.clone(), of(location))).collect();
    // The service requires a key for each replica, or for none.
    if let Some((location, _)) = replicas.iter().find(|(_, key)| key.is_none() && !keys.is_empty()) {
        return Err(Error::config(format!("`kms_keys` has no key in the location {location}"))
            .with_hint("set one key for each of `locations`, or none at all"));
    }
    if keys.len() > replicas.len() {
        return Err(Error::config("`kms_keys` has more keys than `locations` has locations")
            .with_hint("set one key for each of `locations`"));
    }
    Ok(replicas)
}

/// The location in the full name of a key.
fn location_of(key: &str) -> Option<&str> {
    key.split('/').nth(3)
}

fn check_key(key: &str) -> Result<()> {
    let parts: Vec<_> = key.split('/').collect();
    let full = matches!(parts.as_slice(), ["projects", p, "locations", l, "keyRings", r, "cryptoKeys", k]
        if [p, l, r, k].iter().all(|part| !part.is_empty()));
    if full {
        return Ok(());
    }
    Err(Error::config(format!("{key:?} in `kms_keys` is not the full name of a key"))
        .with_hint("write it as projects/P/locations/L/keyRings/R/cryptoKeys/K"))
}

/// <https://cloud.google.com/resource-manager/docs/labels-overview#requirements>
fn check_labels(labels: &BTreeMap<String, String>) -> Result<()> {
    match labels.iter().find(|(key, value)| !is_label(key, value)) {
        Some((key, _)) => Err(Error::config(format!("{key:?} in `labels` is not a valid label")).with_hint(
            "use up to 63 lower-case letters, digits, - and _ in key and value; a key starts with a letter",
        )),
        None if labels.len() > 64 => {
            Err(Error::config("`labels` has more than 64 labels, the maximum of a secret"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::NewSecret;
    use crate::settings::Settings;

    fn key(location: &str) -> String {
        format!("projects/p/locations/{location}/keyRings/r/cryptoKeys/k")
    }

    fn body(settings: &Settings) -> Result<Value, String> {
        let new_secret = NewSecret::new(settings).map_err(|error| error.to_string())?;
        let secret = new_secret.secret().set_labels(new_secret.labels().clone());
        serde_json::to_value(secret).map_err(|error| error.to_string())
    }

    #[test]
    fn replication_is_automatic_unless_locations_are_set() {
        let plain = body(&Settings::default());
        assert_eq!(plain, Ok(json!({"replication": {"automatic": {}}})));
        let keyed = Settings { kms_keys: vec![key("global")], ..Settings::default() };
        let automatic = json!({"customerManagedEncryption": {"kmsKeyName": key("global")}});
        assert_eq!(body(&keyed), Ok(json!({"replication": {"automatic": automatic}})));
        let places = Settings {
            locations: vec!["europe-west1".to_owned(), "europe-west3".to_owned()],
            kms_keys: vec![key("europe-west3"), key("europe-west1")],
            labels: [("team".to_owned(), "data".to_owned())].into(),
            ..Settings::default()
        };
        let replica = |location: &str| json!({"location": location, "customerManagedEncryption": {"kmsKeyName": key(location)}});
        let replicas = json!([replica("europe-west1"), replica("europe-west3")]);
        assert_eq!(
            body(&places),
            Ok(json!({"replication": {"userManaged": {"replicas": replicas}}, "labels": {"team": "data"}}))
        );
    }

    #[test]
    fn regional_secrets_have_no_replication() {
        let regional = Settings { location: Some("europe-west1".to_owned()), ..Settings::default() };
        assert_eq!(body(&regional), Ok(json!({})));
        let keyed = Settings { kms_keys: vec![key("europe-west1")], ..regional };
        assert_eq!(
            body(&keyed),
            Ok(json!({"customerManagedEncryption": {"kmsKeyName": key("europe-west1")}}))
        );
    }

    #[test]
    fn invalid_settings_of_new_secrets_are_rejected() {
        let location = || Some("europe-west1".to_owned());
        let locations = || vec!["europe-west1".to_owned()];
        let default = Settings::default;
        for (settings, part) in [
            (Settings { location: location(), locations: locations(), ..default() }, "exclude each other"),
            (Settings { location: location(), kms_keys: vec![key("global")], ..default() }, "is not in"),
            (Settings { kms_keys: vec![key("europe-west1")], ..default() }, "is not in the location global"),
            (Settings { kms_keys: vec!["k".to_owned()], ..default() }, "is not the full name"),
            (Settings { locations: locations(), kms_keys: vec![key("global")], ..default() }, "no key in"),
            (Settings { locations: vec!["a b".to_owned()], ..default() }, "is not a valid location"),
            (Settings { labels: [("Team".to_owned(), "x".to_owned())].into(), ..default() }, "label"),
        ] {
            let error = body(&settings).expect_err(part);
            assert!(error.contains(part), "{error}");
        }
    }
}
