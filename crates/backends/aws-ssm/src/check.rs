//! Rules of the service that are checked before a request is sent. The emulators enforce hardly any of them.
//!
//! Source: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>.

use std::collections::BTreeMap;

use airbridge_backend_aws_common::{metadata_rules, partition};
use airbridge_core::{MetadataRules, Payload, Rejection, SecretName, TextRules};

use crate::settings::Tier;

/// The maximum number of characters of a parameter's ARN, which contains the name.
const ARN_LENGTH: usize = 1_011;

/// The rules for names and values in every region and tier.
pub(crate) const RULES: TextRules = TextRules {
    service: "AWS Parameter Store",
    secret: "parameter",
    characters: "ASCII letters, digits and . - _ /",
    may_stand: |char| char.is_ascii_alphanumeric() || "._-/".contains(char),
    name: ARN_LENGTH,
    value: Tier::Advanced.value_bytes(),
    empty: false,
};

/// The maximum number of levels of a name.
const LEVELS: usize = 15;

/// The maximum number of characters of a description.
const DESCRIPTION_LENGTH: usize = 1_024;

/// The rules for metadata; `own` are the user's tags for new parameters.
pub(crate) fn metadata(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    metadata_rules(RULES.service, DESCRIPTION_LENGTH, own)
}

/// The rules in one region, for one tier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    tier: Tier,
    /// The length of an ARN up to the first slash of the name.
    arn: usize,
}

impl Rules {
    /// The rules for writing in `region` with `tier`.
    pub(crate) fn new(region: &str, tier: Tier) -> Self {
        let arn = format!("arn:{}:ssm:{region}:000000000000:parameter", partition(region));
        Self { tier, arn: arn.len() }
    }

    /// Checks that the service accepts `payload` under `name`.
    pub(crate) fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        self.check_name(name.as_str())?;
        self.check_payload(payload)
    }

    fn check_name(&self, name: &str) -> Result<(), Rejection> {
        let invalid =
            |rule: String| Err(Rejection::new("name-invalid", format!("AWS Parameter Store accepts {rule}")));
        RULES.check_characters(name)?;
        // To the service `a` and `/a` are the same parameter, and Airflow only requests `/a`.
        let Some(path) = name.strip_prefix('/') else {
            return Err(Rejection::new(
                "name-invalid",
                "in AWS Parameter Store Airflow only requests names that start with /",
            ));
        };
        if path.split('/').any(str::is_empty) {
            return invalid("no name with two consecutive / or a / at the end".to_owned());
        }
        let first: String = path.chars().take(3).collect();
        if first.eq_ignore_ascii_case("aws") || first.eq_ignore_ascii_case("ssm") {
            return invalid(format!("no name that starts with {first}, which the service reserves"));
        }
        let levels = path.split('/').count();
        if levels > LEVELS {
            return invalid(format!("names of up to {LEVELS} levels, this one has {levels}"));
        }
        let (length, most) = (name.len(), ARN_LENGTH - self.arn);
        if length > most {
            return Err(Rejection::new(
                "name-too-long",
                format!(
                    "AWS Parameter Store accepts names of up to {most} characters in this region, this one has {length}"
                ),
            ));
        }
        Ok(())
    }

    fn check_payload(&self, payload: &Payload) -> Result<(), Rejection> {
        let text = RULES.check_text(payload)?;
        let (length, most) = (text.len(), self.tier.value_bytes());
        if length > most {
            let more = Tier::Advanced.value_bytes();
            let advice = if length > more {
                String::new()
            } else {
                format!("; tier=advanced allows up to {more} for a charge")
            };
            return Err(Rejection::new(
                "value-too-large",
                format!(
                    "AWS Parameter Store accepts values of up to {most} bytes in this tier, this one has {length}{advice}"
                ),
            ));
        }
        let text = text.expose();
        if text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}")) {
            return Err(Rejection::new(
                "value-invalid",
                "AWS Parameter Store rejects {{ … }} in a value, which refers to another parameter",
            ));
        }
        // The documentation does not say whether they are stored unchanged.
        if text.chars().any(|char| char.is_control() && !"\t\n\r".contains(char)) {
            return Err(Rejection::new(
                "value-invalid",
                "airbridge sends AWS Parameter Store no control characters other than tab and line breaks",
            ));
        }
        Ok(())
    }
}

/// Whether a name can start with `prefix` or be equal to it.
///
/// Other prefixes are not sent: the service would reject them, or read what follows a `:` as a version.
pub(crate) fn can_start_name(prefix: &str) -> bool {
    RULES.can_start_name(prefix) && !prefix.contains("//") && (prefix.is_empty() || prefix.starts_with('/'))
}

#[cfg(test)]
mod tests;
