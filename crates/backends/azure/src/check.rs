//! The service's rules for names, values and tags, checked before a request is sent.
//!
//! Sources: <https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates> and
//! <https://learn.microsoft.com/azure/key-vault/secrets/about-secrets>.

use std::collections::BTreeMap;

use airbridge_core::{Description, MetadataRules, TextRules};

use crate::descriptor::{TAG_LENGTH, TAGS};

/// The rules for names and values.
pub(crate) const RULES: TextRules = TextRules {
    service: "Azure Key Vault",
    secret: "secret",
    characters: "ASCII letters, digits and -",
    may_stand: |char| char.is_ascii_alphanumeric() || char == '-',
    name: 127,
    // The documentation says "25k". The service has accepted up to 25,600, which Microsoft does not promise.
    value: 25_000,
    empty: true,
};

/// The rules for metadata. `own` are the tags of the user's settings. One of the [`TAGS`] is reserved for the label.
pub(crate) fn rules(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    MetadataRules { service: RULES.service, description: Description::Tag, tags: TAGS - 1, tag, own }
}

fn tag(key: &str, value: &str) -> Result<(), String> {
    for (part, text) in [("name", key), ("value", value)] {
        let length = text.chars().count();
        if length > TAG_LENGTH {
            return Err(format!(
                "Azure Key Vault accepts up to {TAG_LENGTH} characters in a tag's {part}, and this one has {length}"
            ));
        }
    }
    if key.is_empty() { Err("Azure Key Vault requires a name for every tag".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Fields, Payload, SecretName};

    use super::RULES;

    fn reason(name: &str, payload: &Payload) -> Option<&'static str> {
        RULES.check(&SecretName::new(name), payload).err().map(|rejection| rejection.reason)
    }

    #[test]
    fn name_with_other_characters_or_too_long_is_rejected() {
        let value = Payload::text("x");
        for valid in ["a", "-", "A--9", &"n".repeat(127)] {
            assert_eq!(reason(valid, &value), None, "{valid}");
        }
        for invalid in ["", "a_b", "a.b", "a/b", "ü", "a b", "a\n"] {
            assert_eq!(reason(invalid, &value), Some("name-invalid"), "{invalid:?}");
        }
        assert_eq!(reason(&"n".repeat(128), &value), Some("name-too-long"));
    }

    #[test]
    fn value_size_is_measured_in_bytes() {
        assert_eq!(reason("a", &Payload::text("")), None);
        assert_eq!(reason("a", &Payload::text("é".repeat(12_500))), None);
        assert_eq!(reason("a", &Payload::text("é".repeat(12_500) + "x")), Some("value-too-large"));
        assert_eq!(reason("a", &Payload::Fields(Fields::new())), Some("shape"));
    }

    #[test]
    fn prefix_that_no_name_can_start_with_is_detected() {
        assert!(RULES.can_start_name("") && RULES.can_start_name("airflow-"));
        assert!(
            !RULES.can_start_name("a_")
                && !RULES.can_start_name("é")
                && !RULES.can_start_name(&"n".repeat(128))
        );
    }
}
