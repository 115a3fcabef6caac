//! What the service would refuse, found without asking it. The emulators enforce hardly any of it.
//!
//! Rules: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>.

use std::collections::BTreeMap;

use airbridge_backend_aws_common::metadata_rules;
use airbridge_core::{MetadataRules, Payload, Rejection, SecretName, TextRules};

use crate::settings::Tier;

/// Characters of a name with the ARN around it, at most.
const ARN_LENGTH: usize = 1_011;

/// What the service takes for names and values, wherever and in whichever tier.
pub(crate) const TEXTS: TextRules = TextRules {
    service: "AWS Parameter Store",
    secret: "parameter",
    characters: "ASCII letters, digits and . - _ /",
    may_stand: |char| char.is_ascii_alphanumeric() || "._-/".contains(char),
    name: ARN_LENGTH,
    value: Tier::Advanced.value_bytes(),
    empty: false,
};

/// Levels of a name, at most.
const LEVELS: usize = 15;

/// Characters of a description, at most.
const DESCRIPTION_LENGTH: usize = 1_024;

/// What the service takes beside a value; `own` tags are the user's.
pub(crate) fn metadata(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    metadata_rules(TEXTS.service, DESCRIPTION_LENGTH, own)
}

/// What holds in one region, for one tier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    tier: Tier,
    /// Characters of an ARN up to the slash that every name has in it.
    arn: usize,
}

impl Rules {
    /// The rules for what is written in `region` with `tier`.
    pub(crate) fn new(region: &str, tier: Tier) -> Self {
        let arn = format!("arn:{}:ssm:{region}:000000000000:parameter", partition(region));
        Self { tier, arn: arn.len() }
    }

    /// Whether the service takes `payload` under `name`.
    pub(crate) fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        self.check_name(name.as_str())?;
        self.check_payload(payload)
    }

    fn check_name(&self, name: &str) -> Result<(), Rejection> {
        let invalid =
            |rule: String| Err(Rejection::new("name-invalid", format!("AWS Parameter Store takes {rule}")));
        TEXTS.check_characters(name)?;
        // The service takes `a` and `/a` for one parameter, and Airflow asks for `/a` alone.
        let Some(path) = name.strip_prefix('/') else {
            return Err(Rejection::new(
                "name-invalid",
                "in AWS Parameter Store Airflow asks only for names that start with /",
            ));
        };
        if path.split('/').any(str::is_empty) {
            return invalid("no name with two / in a row or one at the end".to_owned());
        }
        let first: String = path.chars().take(3).collect();
        if first.eq_ignore_ascii_case("aws") || first.eq_ignore_ascii_case("ssm") {
            return invalid(format!("no name that starts with {first}: the service keeps those for itself"));
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
                    "AWS Parameter Store takes names of up to {most} characters here, this one has {length}"
                ),
            ));
        }
        Ok(())
    }

    fn check_payload(&self, payload: &Payload) -> Result<(), Rejection> {
        let text = TEXTS.check_text(payload)?;
        let (length, most) = (text.len(), self.tier.value_bytes());
        if length > most {
            let more = Tier::Advanced.value_bytes();
            let way_out = if length > more {
                String::new()
            } else {
                format!("; tier=advanced takes up to {more}, for a charge")
            };
            return Err(Rejection::new(
                "value-too-large",
                format!(
                    "AWS Parameter Store takes values of up to {most} bytes in this tier, this one has {length}{way_out}"
                ),
            ));
        }
        let text = text.expose();
        if text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}")) {
            return Err(Rejection::new(
                "value-invalid",
                "AWS Parameter Store takes {{ … }} for the name of another parameter, and refuses it",
            ));
        }
        // Nobody says what becomes of them on the way.
        if text.chars().any(|char| char.is_control() && !"\t\n\r".contains(char)) {
            return Err(Rejection::new(
                "value-invalid",
                "AWS Parameter Store is sent no control characters but tab and line ends",
            ));
        }
        Ok(())
    }
}

/// Amazon's word for the part of its cloud that a region is in, as ARNs have it.
fn partition(region: &str) -> &'static str {
    let partitions = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    let found = partitions.into_iter().find(|(start, _)| region.starts_with(start));
    found.map_or("aws", |(_, partition)| partition)
}

/// Whether any name can start with `prefix`, or be it.
///
/// Anything else is better not asked: the service would refuse it, or take what follows a `:` for a version.
pub(crate) fn can_start_name(prefix: &str) -> bool {
    TEXTS.can_start_name(prefix) && !prefix.contains("//") && (prefix.is_empty() || prefix.starts_with('/'))
}

#[cfg(test)]
mod tests;
