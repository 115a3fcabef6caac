//! Environment variables as one endpoint sees them.

use std::collections::BTreeMap;

use crate::SecretText;

/// The environment variables that one endpoint may use. The program supplies them; adapters never read the environment
/// of the process.
///
/// With `env_prefix=OLD_` the endpoint sees the value of `OLD_AWS_PROFILE` as `AWS_PROFILE`, so that both sides of a copy
/// can have their own credentials. `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, SecretText>);

impl Environment {
    /// The value of `name`, which may be empty. The caller must not log the returned string.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(SecretText::expose)
    }

    /// The value of `name`, if it is set and not empty.
    pub fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All variables, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretText)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The variables of one side: each variable that starts with `prefix` appears under its name without it.
    ///
    /// If one variable of a family is set with the prefix (`OLD_AWS_PROFILE` of the family `AWS_*`), the family's variables
    /// without the prefix are ignored: the other side's `AWS_ACCESS_KEY_ID` must not take precedence over this side's
    /// profile. All other variables stay as they are.
    pub fn with_prefix(&self, prefix: &str) -> Self {
        let own = self.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value.clone())));
        self.overlaid(&own.collect())
    }

    /// These variables, overridden by `own`; families are handled as in [`with_prefix`](Self::with_prefix).
    pub fn overlaid(&self, own: &Self) -> Self {
        let families: Vec<&str> = own.0.keys().map(|name| family(name)).collect();
        let shared = self.iter().filter(|(name, _)| !families.contains(&family(name)));
        shared.chain(own.iter()).map(|(name, value)| (name, value.clone())).collect()
    }
}

/// The family of a variable: the first word of its name. OpenBao reads Vault's variables, so `BAO` counts as `VAULT`.
fn family(name: &str) -> &str {
    match name.split_once('_').map_or(name, |(word, _)| word) {
        "BAO" => "VAULT",
        word => word,
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: Into<String>, V: Into<SecretText>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;

    #[test]
    fn family_with_a_prefixed_variable_hides_its_unprefixed_ones() {
        let all: Environment =
            [("AWS_ACCESS_KEY_ID", "a"), ("OLD_AWS_PROFILE", "b"), ("HOME", "h"), ("VAULT_TOKEN", "t")]
                .into_iter()
                .collect();
        let old = all.with_prefix("OLD_");
        assert_eq!(old.get("AWS_PROFILE"), Some("b"));
        assert_eq!(old.get("AWS_ACCESS_KEY_ID"), None);
        assert_eq!((old.get("HOME"), old.get("VAULT_TOKEN")), (Some("h"), Some("t")));
    }

    #[test]
    fn debug_shows_names_only() {
        let all: Environment = [("A", "canary")].into_iter().collect();
        assert_eq!(format!("{all:?}"), r#"{"A"}"#);
    }
}
