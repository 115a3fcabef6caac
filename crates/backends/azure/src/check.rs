//! What the service would refuse, found without asking it.
//!
//! Rules: <https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates> and
//! <https://learn.microsoft.com/azure/key-vault/secrets/about-secrets>.

use std::collections::BTreeMap;

use airbridge_core::{Description, MetadataRules, Payload, SecretName, Unfit};

use crate::descriptor::{TAG_LENGTH, TAGS};

/// Characters of a name, at most.
const NAME_LENGTH: usize = 127;

/// Bytes of a value, at most: "25k". The service was seen to take up to 600 more, which nobody promises.
const VALUE_BYTES: usize = 25_000;

/// What the service takes beside a value; `own` tags are the user's. One tag is left for the label.
pub(crate) fn rules(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    MetadataRules { service: "Azure Key Vault", description: Description::Tag, tags: TAGS - 1, tag, own }
}

fn tag(key: &str, value: &str) -> Result<(), String> {
    for (what, text) in [("name", key), ("value", value)] {
        let length = text.chars().count();
        if length > TAG_LENGTH {
            return Err(format!(
                "Azure Key Vault takes up to {TAG_LENGTH} characters, and its {what} has {length}"
            ));
        }
    }
    if key.is_empty() { Err("Azure Key Vault takes no tag without a name".to_owned()) } else { Ok(()) }
}

/// Whether the service takes `payload` under `name`.
pub(crate) fn check(name: &SecretName, payload: &Payload) -> Result<(), Unfit> {
    let name = name.as_str();
    if name.is_empty() {
        return Err(Unfit::new("name-invalid", "Azure Key Vault takes no empty name"));
    }
    if let Some(refused) = name.chars().find(|char| !may_stand_in_name(*char)) {
        let message = format!("Azure Key Vault takes ASCII letters, digits and - in names, not {refused:?}");
        return Err(Unfit::new("name-invalid", message));
    }
    if name.len() > NAME_LENGTH {
        let length = name.len();
        let message =
            format!("Azure Key Vault takes names of up to {NAME_LENGTH} characters, this one has {length}");
        return Err(Unfit::new("name-too-long", message));
    }
    let Payload::Text(text) = payload else {
        return Err(Unfit::new("shape", "Azure Key Vault holds one text per secret, not named fields"));
    };
    if text.len() > VALUE_BYTES {
        let length = text.len();
        let message =
            format!("Azure Key Vault takes values of up to {VALUE_BYTES} bytes, this one has {length}");
        return Err(Unfit::new("value-too-large", message));
    }
    Ok(())
}

/// Whether a secret can have this name at all. Anything else is not asked for: it would be another address.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=NAME_LENGTH).contains(&name.len()) && name.chars().all(may_stand_in_name)
}

/// Whether any name can start with `prefix`.
pub(crate) fn can_start_name(prefix: &str) -> bool {
    prefix.is_empty() || is_name(prefix)
}

fn may_stand_in_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '-'
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Fields, Payload, SecretName};

    use super::{can_start_name, check};

    fn reason(name: &str, payload: &Payload) -> Option<&'static str> {
        check(&SecretName::new(name), payload).err().map(|unfit| unfit.reason)
    }

    #[test]
    fn names_have_their_characters_and_length() {
        let value = Payload::text("x");
        for fit in ["a", "-", "A--9", &"n".repeat(127)] {
            assert_eq!(reason(fit, &value), None, "{fit}");
        }
        for unfit in ["", "a_b", "a.b", "a/b", "ü", "a b", "a\n"] {
            assert_eq!(reason(unfit, &value), Some("name-invalid"), "{unfit:?}");
        }
        assert_eq!(reason(&"n".repeat(128), &value), Some("name-too-long"));
    }

    #[test]
    fn values_are_measured_in_bytes() {
        assert_eq!(reason("a", &Payload::text("")), None);
        assert_eq!(reason("a", &Payload::text("é".repeat(12_500))), None);
        assert_eq!(reason("a", &Payload::text("é".repeat(12_500) + "x")), Some("value-too-large"));
        assert_eq!(reason("a", &Payload::Fields(Fields::new())), Some("shape"));
    }

    #[test]
    fn some_prefixes_start_no_name() {
        assert!(can_start_name("") && can_start_name("airflow-"));
        assert!(!can_start_name("a_") && !can_start_name("é") && !can_start_name(&"n".repeat(128)));
    }
}
