//! What the service would refuse, found without asking it.
//!
//! Rules: <https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create> and
//! <https://cloud.google.com/secret-manager/quotas>. Emulators enforce none of them.

use airbridge_core::{Payload, SecretName, Unfit};

/// Characters of a name, at most.
const NAME_LENGTH: usize = 255;

/// Bytes of a value, at most; UTF-8, not characters.
const VALUE_BYTES: usize = 65_536;

/// Whether the service takes `payload` under `name`.
pub(crate) fn check(name: &SecretName, payload: &Payload) -> Result<(), Unfit> {
    check_name(name.as_str())?;
    check_payload(payload)
}

fn check_name(name: &str) -> Result<(), Unfit> {
    if name.is_empty() {
        return Err(Unfit::new("name-invalid", "Google Secret Manager takes no empty name"));
    }
    if let Some(refused) = name.chars().find(|char| !may_stand_in_name(*char)) {
        return Err(Unfit::new(
            "name-invalid",
            format!("Google Secret Manager takes ASCII letters, digits, - and _ in names, not {refused:?}"),
        ));
    }
    if name.len() > NAME_LENGTH {
        return Err(Unfit::new(
            "name-too-long",
            format!(
                "Google Secret Manager takes names of up to {NAME_LENGTH} characters, this one has {}",
                name.len()
            ),
        ));
    }
    Ok(())
}

fn check_payload(payload: &Payload) -> Result<(), Unfit> {
    let Payload::Text(text) = payload else {
        return Err(Unfit::new("shape", "Google Secret Manager holds one text per secret, not named fields"));
    };
    if text.is_empty() {
        return Err(Unfit::new("value-empty", "Google Secret Manager takes no empty value"));
    }
    if text.len() > VALUE_BYTES {
        return Err(Unfit::new(
            "value-too-large",
            format!(
                "Google Secret Manager takes values of up to {VALUE_BYTES} bytes, this one has {}",
                text.len()
            ),
        ));
    }
    Ok(())
}

fn may_stand_in_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-_".contains(char)
}

/// Whether any name can start with `prefix`; what cannot is not asked for.
pub(crate) fn can_start_name(prefix: &str) -> bool {
    prefix.len() <= NAME_LENGTH && prefix.chars().all(may_stand_in_name)
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
        for fit in ["airflow-connections-a", "-a", "_", "Case_1--", &"n".repeat(255)] {
            assert_eq!(reason(fit, &value), None, "{fit}");
        }
        for unfit in ["", "a b", "ü", "a/b", "a.b", "a\n", "a:b"] {
            assert_eq!(reason(unfit, &value), Some("name-invalid"), "{unfit:?}");
        }
        assert_eq!(reason(&"n".repeat(256), &value), Some("name-too-long"));
    }

    #[test]
    fn values_are_measured_in_bytes() {
        assert_eq!(reason("a", &Payload::text("")), Some("value-empty"));
        assert_eq!(reason("a", &Payload::text("é".repeat(32_768))), None);
        assert_eq!(reason("a", &Payload::text("é".repeat(32_768) + "x")), Some("value-too-large"));
        assert_eq!(reason("a", &Payload::Fields(Fields::new())), Some("shape"));
    }

    #[test]
    fn some_prefixes_start_no_name() {
        assert!(can_start_name("") && can_start_name("airflow-connections-"));
        assert!(!can_start_name("airflow/") && !can_start_name(&"n".repeat(256)));
    }
}
