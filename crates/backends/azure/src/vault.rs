//! Which vault: its address, and the cloud that it is in.

use airbridge_core::{Environment, Result};
use azure_core::http::Url;

use crate::error::config;

/// A cloud of Microsoft's, each with vaults, directories and tokens of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cloud {
    /// What vaults' hosts end in.
    domain: &'static str,
    /// Who signs users in.
    authority: &'static str,
}

/// <https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-object-identifiers>
const CLOUDS: [Cloud; 3] = [
    Cloud { domain: "vault.azure.net", authority: "login.microsoftonline.com" },
    Cloud { domain: "vault.azure.cn", authority: "login.chinacloudapi.cn" },
    Cloud { domain: "vault.usgovcloudapi.net", authority: "login.microsoftonline.us" },
];

/// Says which of them is meant where nothing else does.
const AUTHORITY_HOST: &str = "AZURE_AUTHORITY_HOST";

/// The address of a vault.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    url: Url,
    host: String,
    cloud: Option<Cloud>,
}

impl Vault {
    /// `given` is a vault's name or its address.
    pub(crate) fn new(given: &str, env: &Environment) -> Result<Self> {
        let given = given.trim();
        if given.is_empty() {
            return Err(config("no vault is named").with_hint(
                "name it: azure:VAULT_NAME, azure:https://VAULT_NAME.vault.azure.net, or vault_url=…",
            ));
        }
        let url = if given.contains("://") { given.to_owned() } else { named(given, env)? };
        let no_address = || {
            config("vault_url is no address of a vault").with_hint(
                "write it as https://VAULT_NAME.vault.azure.net, without a path and without a user name",
            )
        };
        let url = Url::parse(&url).map_err(|_| no_address())?;
        if url.scheme() == "http" {
            return Err(config("vault_url is plain http, on which Key Vault is not spoken anywhere")
                .with_hint("write it with https; for a test server, name its certificate with ca_file=…"));
        }
        let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let nameless = url.username().is_empty() && url.password().is_none();
        let host = url.host_str().map(str::to_lowercase).ok_or_else(no_address)?;
        if url.scheme() != "https" || !bare || !nameless {
            return Err(no_address());
        }
        let cloud = CLOUDS.into_iter().find(|cloud| is_below(&host, cloud.domain));
        Ok(Self { url, host, cloud })
    }

    /// The address, with `/` as its path.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The host, in small letters.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// What Microsoft's command line calls it.
    pub(crate) fn name(&self) -> &str {
        self.host.split('.').next().unwrap_or_default()
    }

    /// Whether Microsoft gives such hosts out.
    pub(crate) fn is_microsofts(&self) -> bool {
        self.cloud.is_some()
    }

    /// What messages call it, the same for every spelling of the address.
    pub(crate) fn place(&self) -> String {
        match self.url.port() {
            Some(port) => format!("azure:{}:{port}", self.host),
            None => format!("azure:{}", self.host),
        }
    }

    /// The address of who signs users in. `AZURE_AUTHORITY_HOST` wins, as in Microsoft's tools.
    pub(crate) fn authority(&self, env: &Environment) -> Result<String> {
        let Some(given) = env.non_empty(AUTHORITY_HOST) else {
            return Ok(format!("https://{}", self.cloud.unwrap_or(CLOUDS[0]).authority));
        };
        let url = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
        let good = Url::parse(&url).is_ok_and(|url| url.scheme() == "https" && url.username().is_empty());
        good.then_some(url).ok_or_else(|| {
            config(format!("{AUTHORITY_HOST} is no https address"))
                .with_hint("write it as https://login.microsoftonline.com, or leave it out")
        })
    }
}

/// The address of a vault of this name, in the cloud that the environment names.
fn named(name: &str, env: &Environment) -> Result<String> {
    let good = (3..=24).contains(&name.len())
        && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !name.ends_with('-')
        && !name.contains("--");
    if !good {
        return Err(config(format!("`{name}` is no name of a vault")).with_hint(
            "vaults have names of 3 to 24 letters, digits and single hyphens, or give its https address",
        ));
    }
    let authority = env.non_empty(AUTHORITY_HOST).unwrap_or_default();
    let cloud = CLOUDS.into_iter().find(|cloud| authority.contains(cloud.authority)).unwrap_or(CLOUDS[0]);
    Ok(format!("https://{name}.{}", cloud.domain))
}

/// Whether `host` lies below `domain`; both in small letters.
pub(crate) fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Environment, ErrorKind};

    use super::{Vault, is_below};

    fn in_cloud(authority: &str) -> Environment {
        [("AZURE_AUTHORITY_HOST", authority)].into_iter().collect()
    }

    #[test]
    fn one_vault_is_one_place() {
        let env = Environment::default();
        for spelling in
            ["Acme-Prod", "https://acme-prod.vault.azure.net", "https://ACME-PROD.vault.azure.net:443/"]
        {
            let vault = Vault::new(spelling, &env).unwrap();
            assert_eq!(vault.place(), "azure:acme-prod.vault.azure.net", "{spelling}");
            assert_eq!((vault.name(), vault.is_microsofts()), ("acme-prod", true));
        }
        let local = Vault::new("https://localhost:8443", &env).unwrap();
        assert_eq!((local.place().as_str(), local.is_microsofts()), ("azure:localhost:8443", false));
    }

    #[test]
    fn a_cloud_is_known_by_the_vault_or_by_who_signs_in() {
        let none = Environment::default();
        let china = Vault::new("https://acme.vault.azure.cn", &none).unwrap();
        assert_eq!(china.authority(&none).unwrap(), "https://login.chinacloudapi.cn");
        let env = in_cloud("https://login.microsoftonline.us/");
        let government = Vault::new("acme", &env).unwrap();
        assert_eq!(government.host(), "acme.vault.usgovcloudapi.net");
        assert_eq!(government.authority(&none).unwrap(), "https://login.microsoftonline.us");
        assert_eq!(government.authority(&env).unwrap(), "https://login.microsoftonline.us/");
        assert_eq!(government.authority(&in_cloud("login.test:8443")).unwrap(), "https://login.test:8443");
        assert_eq!(
            government.authority(&in_cloud("http://login.test")).unwrap_err().kind(),
            ErrorKind::Config
        );
    }

    #[test]
    fn what_is_no_vault_is_refused_and_not_quoted() {
        for wrong in [
            "",
            "ab",
            "-abc",
            "a--b",
            "a_b",
            "a.vault.azure.net",
            "http://v.vault.azure.net",
            "ftp://v.vault.azure.net",
            "https://v.vault.azure.net/secrets/x",
            "https://user:canary@v.vault.azure.net",
            "https://",
        ] {
            let error = Vault::new(wrong, &Environment::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{wrong}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn a_host_lies_below_a_domain_or_not() {
        assert!(is_below("a.vault.azure.net", "vault.azure.net"));
        for not in ["vault.azure.net", ".vault.azure.net", "avault.azure.net", "a.vault.azure.net.test"] {
            assert!(!is_below(not, "vault.azure.net"), "{not}");
        }
    }
}
