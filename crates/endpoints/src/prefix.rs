//! `env_prefix`: the variables that one side of a copy has of its own.

use std::collections::BTreeSet;

use airbridge_core::Environment;

use crate::error::{Error, Result};
use crate::nearest::nearest;
use crate::variables::{is_credential, is_of};

/// The names that a message lists.
const LISTED: usize = 4;

/// A prefix, and the names of the variables that are set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prefix {
    text: Option<String>,
    names: BTreeSet<String>,
    /// The beginnings of the names that count, once they are known.
    families: &'static [&'static str],
    /// Whether the endpoint has credentials without variables.
    satisfied: bool,
}

impl Prefix {
    /// The value of `env_prefix`, if there is one.
    pub(crate) fn new(prefix: Option<String>, variables: &Environment) -> Self {
        let prefix = prefix.filter(|prefix| !prefix.is_empty());
        let names = variables.iter().map(|(name, _)| name.to_owned()).collect();
        Self { text: prefix, names, families: &[], satisfied: false }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The variables of `families` that are set with the prefix, without it.
    fn own<'a>(&'a self, families: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let own = self.names.iter().filter_map(|name| name.strip_prefix(self.text.as_deref()?));
        own.filter(|name| is_of(name, families))
    }

    /// Whether credentials of one of `families` are set with the prefix.
    pub(crate) fn selects(&self, families: &[&str]) -> bool {
        self.own(families).any(is_credential)
    }

    /// Takes note that the endpoint has credentials without variables, such as those in a deployment's settings.
    pub(crate) fn satisfy(&mut self) {
        self.satisfied = true;
    }

    /// The variables without those of `families` that are set without the prefix and belong to someone else.
    pub(crate) fn own_only(&self, variables: &Environment, families: &[&str]) -> Environment {
        let Some(prefix) = &self.text else { return variables.clone() };
        let is_own = |name: &str| self.names.contains(&format!("{prefix}{name}"));
        let kept = variables
            .iter()
            .filter(|(name, _)| !is_of(name, families) || Environment::is_shared(name) || is_own(name));
        kept.map(|(name, value)| (name, value.clone())).collect()
    }

    /// Rejects a prefix under which no credentials of `families` are set: without them, the endpoint would use those
    /// without the prefix, which belong to someone else.
    pub(crate) fn check(&mut self, scheme: &str, families: &'static [&'static str]) -> Result<()> {
        self.families = families;
        let Some(prefix) = &self.text else { return Ok(()) };
        if self.satisfied {
            return Ok(());
        }
        if families.is_empty() {
            return Err(Error::usage(format!("`env_prefix` has no effect on {scheme}: endpoints"))
                .hint("remove it: these endpoints use no variables"));
        }
        if self.selects(families) {
            return Ok(());
        }
        let wanted: Vec<_> = families.iter().map(|family| format!("{prefix}{family}…")).collect();
        let (prefix_shown, wanted) = (prefix.escape_debug(), wanted.join(" or "));
        let other: Vec<_> = self.own(families).take(LISTED).map(|name| format!("{prefix}{name}")).collect();
        let message = if other.is_empty() {
            format!("`env_prefix={prefix_shown}`: no variable {wanted} is set")
        } else {
            let hold = if other.len() == 1 { "holds" } else { "hold" };
            let other = other.join(", ");
            format!(
                "`env_prefix={prefix_shown}`: no variable {wanted} with credentials is set; {other} {hold} none"
            )
        };
        Err(Error::usage(message).hint(self.near(prefix, families)))
    }

    /// The prefix that the user probably meant.
    fn near(&self, prefix: &str, families: &[&str]) -> String {
        let found = self.names.iter().filter_map(|name| {
            let start = families.iter().find_map(|family| name.find(family)).filter(|start| *start > 0)?;
            Some((name.get(..start)?, name)).filter(|_| name.get(start..).is_some_and(is_credential))
        });
        let found: Vec<_> = found.collect();
        let best = nearest(prefix, found.iter().map(|(prefix, _)| *prefix)).or(match found.as_slice() {
            [(only, _)] => Some(*only),
            _ => None,
        });
        let name = best.and_then(|best| found.iter().find(|(prefix, _)| *prefix == best));
        match name {
            Some((prefix, name)) => format!("`{name}` is set: did you mean env_prefix={prefix}?"),
            None => {
                "set the credentials of this endpoint under the prefix, or remove `env_prefix`".to_owned()
            }
        }
    }

    /// What to say about the variables that the prefix hides.
    pub(crate) fn ignored(&self) -> Option<String> {
        let prefix = self.text.as_deref()?;
        let of_family = |name: &str| self.families.iter().any(|family| name.starts_with(family));
        let hidden: Vec<_> = self
            .names
            .iter()
            .filter(|name| of_family(name) && !Environment::is_shared(name))
            .filter(|name| !self.names.contains(&format!("{prefix}{name}")))
            .take(LISTED)
            .collect();
        if hidden.is_empty() {
            return None;
        }
        let ignored: Vec<_> = hidden.iter().map(|name| format!("`{name}`")).collect();
        let own: Vec<_> = hidden.iter().map(|name| format!("`{prefix}{name}`")).collect();
        let (is, them) = if hidden.len() == 1 { ("is", "it") } else { ("are", "them") };
        Some(format!(
            "set {} if the endpoint needs {them}: {} {is} ignored, because of env_prefix={prefix}",
            own.join(", "),
            ignored.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::Environment;

    use super::Prefix;

    fn prefix(prefix: &str, names: &[&str]) -> Prefix {
        let variables: Environment = names.iter().map(|name| (*name, "canary")).collect();
        Prefix::new(Some(prefix.to_owned()), &variables)
    }

    #[test]
    fn prefix_without_variables_is_rejected_with_the_nearest_that_is_set() {
        let names = ["AWS_ACCESS_KEY_ID", "NEW_AWS_ACCESS_KEY_ID", "HOME"];
        assert!(prefix("NEW_", &names).check("aws", &["AWS_"]).is_ok());
        for wrong in ["NEW", "NWE_", "new_", "OLD_"] {
            let error = prefix(wrong, &names).check("aws", &["AWS_"]).unwrap_err();
            assert!(error.message.contains(&format!("no variable {wrong}AWS_… is set")), "{error}");
            assert!(error.hint.unwrap().contains("did you mean env_prefix=NEW_?"));
        }
        assert!(prefix("NEW_", &names).check("vault", &["VAULT_", "BAO_"]).is_err());
        assert!(prefix("NEW_", &names).check("file", &[]).is_err());
        assert!(prefix("", &names).check("aws", &["AWS_"]).is_ok());
    }

    #[test]
    fn file_of_settings_alone_is_no_set_of_credentials() {
        assert!(prefix("NEW_", &["NEW_AWS_CONFIG_FILE"]).check("aws", &["AWS_"]).is_err());
    }

    #[test]
    fn variable_without_credentials_does_not_select_an_identity() {
        for (scheme, families, name) in [
            ("aws", &["AWS_"][..], "NEW_AWS_REGION"),
            ("vault", &["VAULT_", "BAO_"], "NEW_VAULT_ADDR"),
            ("gcp", &["GOOGLE_", "CLOUDSDK_", "GCE_"], "NEW_CLOUDSDK_CORE_PROJECT"),
            ("azure", &["AZURE_", "IDENTITY_", "MSI_"], "NEW_AZURE_TENANT_ID"),
        ] {
            let error = prefix("NEW_", &[name]).check(scheme, families).unwrap_err();
            assert!(error.message.contains(&format!("{name} holds none")), "{error}");
        }
    }

    #[test]
    fn hidden_variables_are_named_with_their_prefixed_form() {
        let mut old = prefix("OLD_", &["VAULT_ADDR", "OLD_VAULT_TOKEN", "VAULT_CACERT"]);
        old.check("vault", &["VAULT_", "BAO_"]).unwrap();
        let hint = old.ignored().unwrap();
        assert!(hint.contains("set `OLD_VAULT_ADDR`") && hint.contains("`VAULT_ADDR` is ignored"), "{hint}");
        assert!(!hint.contains("CACERT"), "{hint}");
    }
}
