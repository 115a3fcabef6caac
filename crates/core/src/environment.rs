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
    /// profile. [Shared](Self::is_shared) variables stay, unless they are set with the prefix, and so do all others.
    pub fn with_prefix(&self, prefix: &str) -> Self {
        self.overlaid(&self.prefixed(prefix))
    }

    /// The variables that start with `prefix`, under their names without it.
    pub fn prefixed(&self, prefix: &str) -> Self {
        let own = self.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value.clone())));
        own.collect()
    }

    /// These variables, overridden by `own`; families are handled as in [`with_prefix`](Self::with_prefix).
    pub fn overlaid(&self, own: &Self) -> Self {
        let families: Vec<&str> = own.0.keys().map(|name| family(name)).collect();
        let kept = self.iter().filter(|(name, _)| Self::is_shared(name) || !families.contains(&family(name)));
        kept.chain(own.iter()).map(|(name, value)| (name, value.clone())).collect()
    }

    /// Whether a variable belongs to no set of credentials: it names a file of settings, certificates to trust, or the
    /// address of a service that every account uses. `VAULT_ADDR` is not shared: it is the place to which a token
    /// belongs.
    pub fn is_shared(name: &str) -> bool {
        // OpenBao reads Vault's variables under both names.
        let vault = name.strip_prefix("VAULT_").or_else(|| name.strip_prefix("BAO_"));
        SHARED.contains(&name)
            || name.starts_with("AWS_ENDPOINT_URL_")
            || vault.is_some_and(|rest| SHARED_OF_VAULT.contains(&rest))
    }
}

const SHARED: [&str; 17] = [
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CONFIG_DIR",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER",
    "CLOUDSDK_CONFIG",
    "GCE_METADATA_HOST",
    "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
];

/// Those of Vault, without `VAULT_` and `BAO_`.
const SHARED_OF_VAULT: [&str; 6] =
    ["CACERT", "CACERT_BYTES", "CAPATH", "CLIENT_TIMEOUT", "SKIP_VERIFY", "TLS_SERVER_NAME"];

/// The family of a variable: the first word of its name, or another name for it. OpenBao reads Vault's variables, for
/// example, and Azure's managed identities have variables of their own.
fn family(name: &str) -> &str {
    match name.split_once('_').map_or(name, |(word, _)| word) {
        "BAO" => "VAULT",
        "IDENTITY" | "MSI" => "AZURE",
        "CLOUDSDK" | "GCE" => "GOOGLE",
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

    fn old(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().copied().collect::<Environment>().with_prefix("OLD_")
    }

    #[test]
    fn family_with_a_prefixed_variable_hides_its_unprefixed_ones() {
        let old = old(&[
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_REGION", "r"),
            ("OLD_AWS_PROFILE", "b"),
            ("HOME", "h"),
            ("VAULT_TOKEN", "t"),
        ]);
        assert_eq!(old.get("AWS_PROFILE"), Some("b"));
        assert_eq!((old.get("AWS_ACCESS_KEY_ID"), old.get("AWS_REGION")), (None, None));
        assert_eq!((old.get("HOME"), old.get("VAULT_TOKEN")), (Some("h"), Some("t")));
    }

    #[test]
    fn family_includes_all_variables_that_one_service_reads() {
        let old = old(&[
            ("OLD_CLOUDSDK_CORE_PROJECT", "p"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "f"),
            ("OLD_IDENTITY_HEADER", "i"),
            ("AZURE_CLIENT_SECRET", "s"),
            ("OLD_BAO_TOKEN", "t"),
            ("VAULT_ADDR", "a"),
        ]);
        for name in ["GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_SECRET", "VAULT_ADDR"] {
            assert_eq!(old.get(name), None, "{name}");
        }
    }

    #[test]
    fn files_certificates_and_service_addresses_are_inherited_unless_they_are_prefixed() {
        let old = old(&[
            ("OLD_AWS_PROFILE", "b"),
            ("AWS_CONFIG_FILE", "f"),
            ("AWS_CA_BUNDLE", "c"),
            ("OLD_AWS_CA_BUNDLE", "own"),
            ("AWS_ENDPOINT_URL_SSM", "e"),
            ("OLD_VAULT_TOKEN", "t"),
            ("VAULT_ADDR", "other server"),
            ("BAO_CACERT", "v"),
            ("VAULT_NAMESPACE", "n"),
        ]);
        assert_eq!((old.get("AWS_CONFIG_FILE"), old.get("AWS_CA_BUNDLE")), (Some("f"), Some("own")));
        assert_eq!((old.get("AWS_ENDPOINT_URL_SSM"), old.get("BAO_CACERT")), (Some("e"), Some("v")));
        assert_eq!((old.get("VAULT_ADDR"), old.get("VAULT_NAMESPACE")), (None, None));
    }

    #[test]
    fn debug_shows_names_only() {
        let all: Environment = [("A", "canary")].into_iter().collect();
        assert_eq!(format!("{all:?}"), r#"{"A"}"#);
    }
}
