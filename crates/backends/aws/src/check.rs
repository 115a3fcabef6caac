//! What the service would refuse, found without asking it.
//!
//! Rules: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>. The emulators enforce
//! none of them.

use std::collections::BTreeMap;

use airbridge_backend_aws_common::metadata_rules;
use airbridge_core::{Error, ErrorKind, MetadataRules, Operation, Payload, Result, SecretName, Unfit};

/// Characters of a name, at most.
const NAME_LENGTH: usize = 512;

/// Bytes of a value, at most; UTF-8, not characters.
const VALUE_BYTES: usize = 65_536;

/// Characters of a description, at most.
const DESCRIPTION_LENGTH: usize = 2_048;

/// What the service takes beside a value; `own` tags are the user's.
pub(crate) fn rules(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    metadata_rules("AWS Secrets Manager", DESCRIPTION_LENGTH, own)
}

/// Whether secrets of `region` can be replicated to these.
pub(crate) fn check_replicas(replicas: &[String], region: &str) -> Result<()> {
    let wrong = |message: String| {
        Err(Error::new(ErrorKind::Config, Operation::Configure, format!("`replica_regions`: {message}"))
            .with_hint("give other regions, each once: [\"eu-west-1\"]"))
    };
    let sound = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    for (index, replica) in replicas.iter().enumerate() {
        if replica.is_empty() || !replica.chars().all(sound) {
            return wrong(format!("{replica:?} is no region"));
        }
        if replica == region {
            return wrong(format!("{region} is where the secrets are"));
        }
        if replicas[..index].contains(replica) {
            return wrong(format!("{replica} is named twice"));
        }
    }
    Ok(())
}

/// Whether the service takes `payload` under `name`.
pub(crate) fn check(name: &SecretName, payload: &Payload) -> Result<(), Unfit> {
    check_name(name.as_str())?;
    check_payload(payload)
}

fn check_name(name: &str) -> Result<(), Unfit> {
    let length = name.chars().count();
    if name.is_empty() {
        return Err(Unfit::new("name-invalid", "AWS Secrets Manager takes no empty name"));
    }
    if let Some(refused) = name.chars().find(|char| !may_stand_in_name(*char)) {
        return Err(Unfit::new(
            "name-invalid",
            format!(
                "AWS Secrets Manager takes ASCII letters, digits and / _ + = . @ - in names, not {refused:?}"
            ),
        ));
    }
    if length > NAME_LENGTH {
        return Err(Unfit::new(
            "name-too-long",
            format!(
                "AWS Secrets Manager takes names of up to {NAME_LENGTH} characters, this one has {length}"
            ),
        ));
    }
    Ok(())
}

fn check_payload(payload: &Payload) -> Result<(), Unfit> {
    let Payload::Text(text) = payload else {
        return Err(Unfit::new("shape", "AWS Secrets Manager holds one text per secret, not named fields"));
    };
    if text.is_empty() {
        return Err(Unfit::new("value-empty", "AWS Secrets Manager takes no empty value"));
    }
    if text.len() > VALUE_BYTES {
        return Err(Unfit::new(
            "value-too-large",
            format!(
                "AWS Secrets Manager takes values of up to {VALUE_BYTES} bytes, this one has {}",
                text.len()
            ),
        ));
    }
    Ok(())
}

fn may_stand_in_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || "/_+=.@-".contains(char)
}

/// Whether any name can start with `prefix`: services' own names have a `!` as well (`rds!cluster-…`).
///
/// Anything else is better not asked: the service would refuse the filter, or take a leading `!` for "not".
pub(crate) fn can_start_name(prefix: &str) -> bool {
    prefix.len() <= NAME_LENGTH && prefix.chars().all(|char| may_stand_in_name(char) || char == '!')
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Fields, Payload, SecretName};

    use super::{can_start_name, check, check_replicas};

    fn reason(name: &str, payload: &Payload) -> Option<&'static str> {
        check(&SecretName::new(name), payload).err().map(|unfit| unfit.reason)
    }

    #[test]
    fn names_have_their_characters_and_length() {
        let value = Payload::text("x");
        for fit in ["airflow/connections/a", "/a", "a_+=.@-b", "ends-like1", &"n".repeat(512)] {
            assert_eq!(reason(fit, &value), None, "{fit}");
        }
        for unfit in ["", "a b", "ü", "rds!cluster", "a\n", "a:b"] {
            assert_eq!(reason(unfit, &value), Some("name-invalid"), "{unfit:?}");
        }
        assert_eq!(reason(&"n".repeat(513), &value), Some("name-too-long"));
    }

    #[test]
    fn values_are_measured_in_bytes() {
        assert_eq!(reason("a", &Payload::text("")), Some("value-empty"));
        assert_eq!(reason("a", &Payload::text("é".repeat(32_768))), None);
        assert_eq!(reason("a", &Payload::text("é".repeat(32_768) + "x")), Some("value-too-large"));
        assert_eq!(reason("a", &Payload::Fields(Fields::new())), Some("shape"));
    }

    #[test]
    fn replicas_are_in_other_regions() {
        let check = |regions: &[&str]| {
            let regions: Vec<_> = regions.iter().map(|region| (*region).to_owned()).collect();
            check_replicas(&regions, "us-east-1").map_err(|error| error.message().to_owned())
        };
        assert_eq!(check(&["eu-west-1", "eu-central-1"]), Ok(()));
        for (regions, part) in [
            (&["us-east-1"][..], "where the secrets are"),
            (&["eu-west-1", "eu-west-1"], "twice"),
            (&["EU"], "no region"),
            (&[""], "no region"),
        ] {
            let message = check(regions).expect_err(part);
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn some_prefixes_start_no_name() {
        assert!(can_start_name("") && can_start_name("rds!cluster") && can_start_name("a/"));
        assert!(!can_start_name("a b") && !can_start_name("é") && !can_start_name(&"n".repeat(513)));
    }
}
