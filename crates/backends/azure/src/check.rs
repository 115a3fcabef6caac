//! What the service would refuse, found without asking it.
//!
//! Rules: <https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates> and
//! <https://learn.microsoft.com/azure/key-vault/secrets/about-secrets>.

use std::collections::BTreeMap;

use airbridge_core::{Description, MetadataRules, TextRules};

use crate::descriptor::{TAG_LENGTH, TAGS};

/// What the service takes for names and values.
pub(crate) const RULES: TextRules = TextRules {
    service: "Azure Key Vault",
    secret: "secret",
    characters: "ASCII letters, digits and -",
    may_stand: |char| char.is_ascii_alphanumeric() || char == '-',
    name: 127,
    // "25k". The service was seen to take up to 600 more, which nobody promises.
    value: 25_000,
    empty: true,
};

/// What the service takes beside a value; `own` tags are the user's. One tag is left for the label.
pub(crate) fn rules(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    MetadataRules { service: RULES.service, description: Description::Tag, tags: TAGS - 1, tag, own }
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

#[cfg(test)]
mod tests {
    use airbridge_core::{Fields, Payload, SecretName};

    use super::RULES;

    fn reason(name: &str, payload: &Payload) -> Option<&'static str> {
        RULES.check(&SecretName::new(name), payload).err().map(|unfit| unfit.reason)
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
        assert!(RULES.can_start_name("") && RULES.can_start_name("airflow-"));
        assert!(
            !RULES.can_start_name("a_")
                && !RULES.can_start_name("é")
                && !RULES.can_start_name(&"n".repeat(128))
        );
    }
}
