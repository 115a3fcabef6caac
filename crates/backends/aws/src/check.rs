//! What the service would refuse, found without asking it.
//!
//! Rules: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>. The emulators enforce
//! none of them.

use std::collections::BTreeMap;

use airbridge_backend_aws_common::metadata_rules;
use airbridge_core::{Error, MetadataRules, Result, TextRules};

/// What the service takes for names and values.
pub(crate) const RULES: TextRules = TextRules {
    service: "AWS Secrets Manager",
    secret: "secret",
    characters: "ASCII letters, digits and / _ + = . @ -",
    may_stand: |char| char.is_ascii_alphanumeric() || "/_+=.@-".contains(char),
    name: 512,
    value: 65_536,
    empty: false,
};

/// Characters of a description, at most.
const DESCRIPTION_LENGTH: usize = 2_048;

/// What the service takes beside a value; `own` tags are the user's.
pub(crate) fn rules(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    metadata_rules(RULES.service, DESCRIPTION_LENGTH, own)
}

/// Whether secrets of `region` can be replicated to these.
pub(crate) fn check_replicas(replicas: &[String], region: &str) -> Result<()> {
    let wrong = |message: String| {
        Err(Error::config(format!("`replica_regions`: {message}"))
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

/// Whether any name can start with `prefix`: services' own names have a `!` as well (`rds!cluster-…`).
///
/// Anything else is better not asked: the service would refuse the filter, or take a leading `!` for "not".
pub(crate) fn can_start_name(prefix: &str) -> bool {
    let may_stand = |char| (RULES.may_stand)(char) || char == '!';
    prefix.len() <= RULES.name && prefix.chars().all(may_stand)
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Fields, Payload, SecretName};

    use super::{RULES, can_start_name, check_replicas};

    fn reason(name: &str, payload: &Payload) -> Option<&'static str> {
        RULES.check(&SecretName::new(name), payload).err().map(|unfit| unfit.reason)
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
