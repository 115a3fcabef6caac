//! The service's rules for names and values, checked before a request is sent.
//!
//! Sources: <https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create> and
//! <https://cloud.google.com/secret-manager/quotas>. Emulators do not enforce them.

use airbridge_core::TextRules;

/// The rules for names and values.
pub(crate) const RULES: TextRules = TextRules {
    service: "Google Secret Manager",
    secret: "secret",
    characters: "ASCII letters, digits, - and _",
    may_stand: |char| char.is_ascii_alphanumeric() || "-_".contains(char),
    name: 255,
    value: 65_536,
    empty: false,
};

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
        for valid in ["airflow-connections-a", "-a", "_", "Case_1--", &"n".repeat(255)] {
            assert_eq!(reason(valid, &value), None, "{valid}");
        }
        for invalid in ["", "a b", "ü", "a/b", "a.b", "a\n", "a:b"] {
            assert_eq!(reason(invalid, &value), Some("name-invalid"), "{invalid:?}");
        }
        assert_eq!(reason(&"n".repeat(256), &value), Some("name-too-long"));
    }

    #[test]
    fn value_size_is_measured_in_bytes() {
        assert_eq!(reason("a", &Payload::text("")), Some("value-empty"));
        assert_eq!(reason("a", &Payload::text("é".repeat(32_768))), None);
        assert_eq!(reason("a", &Payload::text("é".repeat(32_768) + "x")), Some("value-too-large"));
        assert_eq!(reason("a", &Payload::Fields(Fields::new())), Some("shape"));
    }

    #[test]
    fn prefix_that_no_name_can_start_with_is_detected() {
        assert!(RULES.can_start_name("") && RULES.can_start_name("airflow-connections-"));
        assert!(!RULES.can_start_name("airflow/") && !RULES.can_start_name(&"n".repeat(256)));
    }
}
