//! How new secrets are made: where they are kept, which keys encrypt them, which labels they get.

use std::collections::BTreeMap;

use airbridge_core::Result;
use google_cloud_secretmanager_v1::model::replication::user_managed::Replica;
use google_cloud_secretmanager_v1::model::replication::{Automatic, UserManaged};
use google_cloud_secretmanager_v1::model::{CustomerManagedEncryption, Replication, Secret};

use crate::beside::is_label;
use crate::place::{config, is_location};
use crate::settings::Settings;

/// The container that each new secret gets; checked when the store is opened, not at the first write.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    kept: SupportedMetadata,
    labels: BTreeMap<String, String>,
}

/// Where values are kept, each with the key that encrypts it.
#[derive(Clone, Debug)]
enum SupportedMetadata {
    /// Wherever Google likes.
    Anywhere(Option<String>),
    /// In these regions.
    In(Vec<(String, Option<String>)>),
    /// In the region whose own secret it is, which therefore must not be said again.
    Region(Option<String>),
}

impl Template {
    /// What the settings say.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        for key in &settings.kms_keys {
            check_key(key)?;
        }
        check_labels(&settings.labels)?;
        let kept = match (&settings.location, settings.locations.as_slice()) {
            (Some(_), [_, ..]) => {
                return Err(config("regional secrets (location) are not replicated (locations)")
                    .with_hint("leave one of the two out"));
            }
            (Some(location), []) => SupportedMetadata::Region(only_key(settings, location)?),
            (None, []) => SupportedMetadata::Anywhere(only_key(settings, "global")?),
            (None, locations) => SupportedMetadata::In(replicas(locations, &settings.kms_keys)?),
        };
        Ok(Self { kept, labels: settings.labels.clone() })
    }

    /// The labels of every new secret.
    pub(crate) fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }

    /// A container without labels and annotations.
    pub(crate) fn secret(&self) -> Secret {
        let secret = Secret::new();
        match &self.kept {
            SupportedMetadata::Anywhere(key) => {
                let automatic =
                    Automatic::new().set_or_clear_customer_managed_encryption(encryption(key.as_ref()));
                secret.set_replication(Replication::new().set_automatic(automatic))
            }
            SupportedMetadata::In(replicas) => {
                let replicas = replicas.iter().map(|(location, key)| {
                    let replica = Replica::new().set_location(location);
                    replica.set_or_clear_customer_managed_encryption(encryption(key.as_ref()))
                });
                let user_managed = UserManaged::new().set_replicas(replicas);
                secret.set_replication(Replication::new().set_user_managed(user_managed))
            }
            SupportedMetadata::Region(key) => {
                secret.set_or_clear_customer_managed_encryption(encryption(key.as_ref()))
            }
        }
    }
}

fn encryption(key: Option<&String>) -> Option<CustomerManagedEncryption> {
    key.map(|key| CustomerManagedEncryption::new().set_kms_key_name(key))
}

fn only_key(settings: &Settings, location: &str) -> Result<Option<String>> {
    match settings.kms_keys.as_slice() {
        [] => Ok(None),
        [key] if location_of(key) == Some(location) => Ok(Some(key.clone())),
        [key] => {
            Err(config(format!("the key {key} is not in the location {location}, where the secrets are"))
                .with_hint(
                    "a key must be where the secrets are; for secrets kept in certain places say locations=…",
                ))
        }
        _ => Err(config("one key encrypts these secrets, and several are set")
            .with_hint("several keys are for several locations=…")),
    }
}

fn replicas(locations: &[String], keys: &[String]) -> Result<Vec<(String, Option<String>)>> {
    let of = |location: &String| keys.iter().find(|key| location_of(key) == Some(location.as_str())).cloned();
    if let Some(wrong) = locations.iter().find(|location| !is_location(location)) {
        return Err(
            config(format!("{wrong:?} in locations is no location")).with_hint("write it like europe-west1")
        );
    }
    let replicas: Vec<_> = locations.iter().map(|location| (location.clone(), of(location))).collect();
    // The service wants a key for each replica, or for none.
    if let Some((location, _)) = replicas.iter().find(|(_, key)| key.is_none() && !keys.is_empty()) {
        return Err(config(format!("kms_keys has no key in the location {location}"))
            .with_hint("name one key in each of the locations, or none at all"));
    }
    if keys.len() > replicas.len() {
        return Err(config("kms_keys has more keys than there are locations"));
    }
    Ok(replicas)
}

/// The location in a key's name.
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
    Err(config(format!("{key:?} in kms_keys is no full name of a key"))
        .with_hint("write it as projects/P/locations/L/keyRings/R/cryptoKeys/K"))
}

/// <https://cloud.google.com/resource-manager/docs/labels-overview#requirements>
fn check_labels(labels: &BTreeMap<String, String>) -> Result<()> {
    match labels.iter().find(|(key, value)| !is_label(key, value)) {
        Some((key, _)) => Err(config(format!("the label {key:?} is none")).with_hint(
            "key and value have up to 63 lower-case letters, digits, - and _; a key starts with a letter",
        )),
        None if labels.len() > 64 => Err(config("a secret has at most 64 labels")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Template;
    use crate::settings::Settings;

    fn key(location: &str) -> String {
        format!("projects/p/locations/{location}/keyRings/r/cryptoKeys/k")
    }

    fn made(settings: &Settings) -> Result<Value, String> {
        let template = Template::new(settings).map_err(|error| error.to_string())?;
        let secret = template.secret().set_labels(template.labels().clone());
        serde_json::to_value(secret).map_err(|error| error.to_string())
    }

    #[test]
    fn replication_is_automatic_unless_places_are_named() {
        let plain = made(&Settings::default());
        assert_eq!(plain, Ok(json!({"replication": {"automatic": {}}})));
        let keyed = Settings { kms_keys: vec![key("global")], ..Settings::default() };
        let automatic = json!({"customerManagedEncryption": {"kmsKeyName": key("global")}});
        assert_eq!(made(&keyed), Ok(json!({"replication": {"automatic": automatic}})));
        let places = Settings {
            locations: vec!["europe-west1".to_owned(), "europe-west3".to_owned()],
            kms_keys: vec![key("europe-west3"), key("europe-west1")],
            labels: [("team".to_owned(), "data".to_owned())].into(),
            ..Settings::default()
        };
        let replica = |location: &str| json!({"location": location, "customerManagedEncryption": {"kmsKeyName": key(location)}});
        let replicas = json!([replica("europe-west1"), replica("europe-west3")]);
        assert_eq!(
            made(&places),
            Ok(json!({"replication": {"userManaged": {"replicas": replicas}}, "labels": {"team": "data"}}))
        );
    }

    #[test]
    fn regional_secrets_have_no_replication() {
        let regional = Settings { location: Some("europe-west1".to_owned()), ..Settings::default() };
        assert_eq!(made(&regional), Ok(json!({})));
        let keyed = Settings { kms_keys: vec![key("europe-west1")], ..regional };
        assert_eq!(
            made(&keyed),
            Ok(json!({"customerManagedEncryption": {"kmsKeyName": key("europe-west1")}}))
        );
    }

    #[test]
    fn what_cannot_be_made_is_said_at_once() {
        let location = || Some("europe-west1".to_owned());
        let locations = || vec!["europe-west1".to_owned()];
        let default = Settings::default;
        for (settings, part) in [
            (Settings { location: location(), locations: locations(), ..default() }, "not replicated"),
            (Settings { location: location(), kms_keys: vec![key("global")], ..default() }, "is not in"),
            (Settings { kms_keys: vec![key("europe-west1")], ..default() }, "is not in the location global"),
            (Settings { kms_keys: vec!["k".to_owned()], ..default() }, "no full name"),
            (Settings { locations: locations(), kms_keys: vec![key("global")], ..default() }, "no key in"),
            (Settings { locations: vec!["a b".to_owned()], ..default() }, "no location"),
            (Settings { labels: [("Team".to_owned(), "x".to_owned())].into(), ..default() }, "label"),
        ] {
            let error = made(&settings).expect_err(part);
            assert!(error.contains(part), "{error}");
        }
    }
}
