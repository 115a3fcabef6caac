//! Rules of the service that are checked before a request is sent.
//!
//! Source: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>. The emulators enforce
//! none of them.

use std::collections::BTreeMap;

use airbridge_backend_aws_common::metadata_rules;
use airbridge_core::{Error, MetadataRules, Result, TextRules};

/// The rules for names and values.
pub(crate) const RULES: TextRules = TextRules {
    service: "AWS Secrets Manager",
    secret: "secret",
    characters: "ASCII letters, digits and / _ + = . @ -",
    may_stand: |char| char.is_ascii_alphanumeric() || "/_+=.@-".contains(char),
    name: 512,
    value: 65_536,
    empty: false,
};

/// The maximum number of characters of a description.
const DESCRIPTION_LENGTH: usize = 2_048;

/// The rules for metadata; `own` are the user's tags for new secrets.
pub(crate) fn rules(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    metadata_rules(RULES.service, DESCRIPTION_LENGTH, own)
}

/// Checks that secrets of `region` can be replicated to `replicas`.
pub(crate) fn check_replicas(replicas: &[String], region: &str) -> Result<()> {
    let wrong = |message: String| {
        Err(Error::config(format!("`replica_regions`: {message}"))
            .with_hint("list regions other than the endpoint's own, each once: [\"eu-west-1\"]"))
    };
    let is_valid = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    for (index, replica) in replicas.iter().enumerate() {
        if replica.is_empty() || !replica.chars().all(is_valid) {
            return wrong(format!("number {} is not a valid region", index + 1));
        }
        if replica == region {
            return wrong(format!("{region} is the region of the endpoint itself"));
        }
        if replicas[..index].contains(replica) {
            return wrong(format!("{replica} is listed twice"));
        }
    }
    Ok(())
}

/// Whether a name can start with `prefix`. Names that AWS services manage may also contain `!` (`rds!cluster-…`).
///
/// Other prefixes are not sent: the service would reject the filter, or read a leading `!` as "not".
pub(crate) fn can_start_name(prefix: &str) -> bool {
    let is_valid = |char| (RULES.may_stand)(char) || char == '!';
    prefix.len() <= RULES.name && prefix.chars().all(is_valid)
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Fields, Payload, SecretName};

    use super::{RULES, can_start_name, check_replicas};

    fn reason(name: &str, payload: &Payload) -> Option<&'static str> {
        RULES.check(&SecretName::new(name), payload).err().map(|rejection| rejection.reason)
    }

    #[test]
    fn name_with_an_invalid_character_or_length_is_rejected() {
        let value = Payload::text("x");
        for valid in ["airflow/connections/a", "/a", "a_+=.@-b", "ends-like1", &"n".repeat(512)] {
            assert_eq!(reason(valid, &value), None, "{valid}");
        }
        for invalid in ["", "a b", "ü", "rds!cluster", "a\n", "a:b"] {
            assert_eq!(reason(invalid, &value), Some("name-invalid"), "{invalid:?}");
        }
        assert_eq!(reason(&"n".repeat(513), &value), Some("name-too-long"));
    }

    #[test]
    fn value_length_is_measured_in_bytes() {
        assert_eq!(reason("a", &Payload::text("")), Some("value-empty"));
        assert_eq!(reason("a", &Payload::text("é".repeat(32_768))), None);
        assert_eq!(reason("a", &Payload::text("é".repeat(32_768) + "x")), Some("value-too-large"));
        assert_eq!(reason("a", &Payload::Fields(Fields::new())), Some("shape"));
    }

    #[test]
    fn replica_in_the_same_or_a_repeated_region_is_rejected() {
        let check = |regions: &[&str]| {
            let regions: Vec<_> = regions.iter().map(|region| (*region).to_owned()).collect();
            check_replicas(&regions, "us-east-1").map_err(|error| error.message().to_owned())
        };
        assert_eq!(check(&["eu-west-1", "eu-central-1"]), Ok(()));
        for (regions, part) in [
            (&["us-east-1"][..], "the region of the endpoint"),
            (&["eu-west-1", "eu-west-1"], "twice"),
            (&["EU"], "not a valid region"),
            (&[""], "not a valid region"),
        ] {
            let message = check(regions).expect_err(part);
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn prefix_with_an_invalid_character_starts_no_name() {
        assert!(can_start_name("") && can_start_name("rds!cluster") && can_start_name("a/"));
        assert!(!can_start_name("a b") && !can_start_name("é") && !can_start_name(&"n".repeat(513)));
    }
}
