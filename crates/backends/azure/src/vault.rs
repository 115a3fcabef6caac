//! Which vault: its address, and the Microsoft cloud that it belongs to.

use airbridge_core::{Environment, Error, Result};
use airbridge_http::Address;
use azure_core::http::Url;

/// One of Microsoft's clouds. Each has its own vaults, directories and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cloud {
    /// The domain of its vaults.
    domain: &'static str,
    /// The host of its token service.
    authority: &'static str,
}

/// <https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-object-identifiers>
const CLOUDS: [Cloud; 3] = [
    Cloud { domain: "vault.azure.net", authority: "login.microsoftonline.com" },
    Cloud { domain: "vault.azure.cn", authority: "login.chinacloudapi.cn" },
    Cloud { domain: "vault.usgovcloudapi.net", authority: "login.microsoftonline.us" },
];

/// Overrides the token service. It also selects the cloud of a vault that is given by its name alone.
const AUTHORITY_HOST: &str = "AZURE_AUTHORITY_HOST";

/// The address of a vault.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    address: Address,
    cloud: Option<Cloud>,
}

impl Vault {
    /// `given` is a vault's name or its https address.
    ///
    /// # Errors
    ///
    /// `Config` for anything else. The message quotes a wrong name, but never an address: it may contain a password.
    pub(crate) fn new(given: &str, env: &Environment) -> Result<Self> {
        let given = given.trim();
        if given.is_empty() {
            return Err(Error::config("no vault is given").with_hint(
                "give it as azure:VAULT_NAME, as azure:https://VAULT_NAME.vault.azure.net, or as `vault_url`",
            ));
        }
        let url = if given.contains("://") { given.to_owned() } else { address_of(given, env)? };
        // Plain http is rejected below, on every host.
        let address = Address::parse(&url, "`vault_url`", true)?;
        if !address.is_https() {
            return Err(Error::config(
                "`vault_url` uses plain http, and Azure Key Vault is served over https only",
            )
            .with_hint("write it with https; for a test server, set `ca_file` to its certificate"));
        }
        if address.url().path() != "/" {
            return Err(Error::config("`vault_url` has a path, and the address of a vault has none")
                .with_hint("write it as https://VAULT_NAME.vault.azure.net"));
        }
        let cloud = CLOUDS.into_iter().find(|cloud| address.is_below(cloud.domain));
        Ok(Self { address, cloud })
    }

    /// The address.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The address with `/` as its path.
    pub(crate) fn url(&self) -> &Url {
        self.address.url()
    }

    /// The vault's name, as `az keyvault --vault-name` takes it.
    pub(crate) fn name(&self) -> &str {
        self.address.host().split('.').next().unwrap_or_default()
    }

    /// Whether the host is in a domain that only Microsoft can assign.
    pub(crate) fn is_microsofts(&self) -> bool {
        self.cloud.is_some()
    }

    /// The vault in messages: `azure:HOST`, the same for every spelling of the address.
    pub(crate) fn place(&self) -> String {
        let host = self.address.host();
        match self.url().port() {
            Some(port) => format!("azure:{host}:{port}"),
            None => format!("azure:{host}"),
        }
    }

    /// The address of the token service. `AZURE_AUTHORITY_HOST` takes precedence over the vault's cloud, as in
    /// Microsoft's libraries.
    pub(crate) fn authority(&self, env: &Environment) -> Result<String> {
        let Some(given) = env.non_empty(AUTHORITY_HOST) else {
            return Ok(format!("https://{}", self.cloud.unwrap_or(CLOUDS[0]).authority));
        };
        let url = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
        let good = Url::parse(&url).is_ok_and(|url| url.scheme() == "https" && url.username().is_empty());
        good.then_some(url).ok_or_else(|| {
            Error::config(format!("{AUTHORITY_HOST} is not a valid https address"))
                .with_hint("write it as https://login.microsoftonline.com, or unset it")
        })
    }
}

/// The address of the vault called `name`, in the cloud that the environment selects.
fn address_of(name: &str, env: &Environment) -> Result<String> {
    let good = (3..=24).contains(&name.len())
        && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !name.ends_with('-')
        && !name.contains("--");
    if !good {
        let message = format!("`{name}` is not a valid vault name (3 to 24 letters, digits and hyphens)");
        return Err(Error::config(message).with_hint(
            "list your vaults with `az keyvault list`, or give the address: https://VAULT_NAME.vault.azure.net",
        ));
    }
    let authority = env.non_empty(AUTHORITY_HOST).unwrap_or_default();
    let cloud = CLOUDS.into_iter().find(|cloud| authority.contains(cloud.authority)).unwrap_or(CLOUDS[0]);
    Ok(format!("https://{name}.{}", cloud.domain))
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Environment, ErrorKind};

    use super::Vault;

    fn in_cloud(authority: &str) -> Environment {
        [("AZURE_AUTHORITY_HOST", authority)].into_iter().collect()
    }

    #[test]
    fn all_spellings_of_an_address_give_the_same_place() {
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
    fn cloud_follows_from_the_vault_address_or_from_authority_host() {
        let none = Environment::default();
        let china = Vault::new("https://acme.vault.azure.cn", &none).unwrap();
        assert_eq!(china.authority(&none).unwrap(), "https://login.chinacloudapi.cn");
        let env = in_cloud("https://login.microsoftonline.us/");
        let government = Vault::new("acme", &env).unwrap();
        assert_eq!(government.address().host(), "acme.vault.usgovcloudapi.net");
        assert_eq!(government.authority(&none).unwrap(), "https://login.microsoftonline.us");
        assert_eq!(government.authority(&env).unwrap(), "https://login.microsoftonline.us/");
        assert_eq!(government.authority(&in_cloud("login.test:8443")).unwrap(), "https://login.test:8443");
        assert_eq!(
            government.authority(&in_cloud("http://login.test")).unwrap_err().kind(),
            ErrorKind::Config
        );
    }

    #[test]
    fn invalid_vault_is_rejected_without_showing_a_password() {
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
}
