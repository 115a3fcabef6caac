//! Environment variables as one endpoint sees them.

use std::collections::BTreeMap;

use crate::SecretText;

/// The environment variables that an endpoint may look at, given by the program; adapters never ask the process.
///
/// With `env_prefix=OLD_` the program lays `OLD_AWS_PROFILE` over `AWS_PROFILE` before an endpoint sees them, so that
/// both sides of a copy can have credentials of their own. `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, SecretText>);

impl Environment {
    /// The value of `name`, also when it is empty. Whoever calls this answers for where it goes.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(SecretText::expose)
    }

    /// The value of `name` if it is set and not empty.
    pub fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretText)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// One side's own set: every variable that starts with `prefix`, under its usual name.
    ///
    /// A family that has a set of its own (`OLD_AWS_PROFILE`: all of `AWS_*`) is taken from it alone: the other
    /// side's `AWS_ACCESS_KEY_ID` must not win over this side's profile. Everything else is seen as it is.
    pub fn with_prefix(&self, prefix: &str) -> Self {
        let own = self.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value.clone())));
        self.overlaid(&own.collect())
    }

    /// These variables under `own` ones, families as in [`with_prefix`](Self::with_prefix).
    pub fn overlaid(&self, own: &Self) -> Self {
        let families: Vec<&str> = own.0.keys().map(|name| family(name)).collect();
        let shared = self.iter().filter(|(name, _)| !families.contains(&family(name)));
        shared.chain(own.iter()).map(|(name, value)| (name, value.clone())).collect()
    }
}

/// The tools whose variables belong together: the first word of a name; OpenBao reads Vault's.
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
    fn a_side_with_a_set_of_its_own_sees_that_alone() {
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
