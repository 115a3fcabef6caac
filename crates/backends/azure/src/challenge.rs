//! The challenge: what a vault answers to a request without a token. It names the vault's directory and the service that
//! the token must be for.

use airbridge_core::{Error, ErrorKind, Operation, Result};
use azure_core::http::Url;

use crate::vault::Vault;

/// A parsed `WWW-Authenticate` header of a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// The header as it was sent.
    pub(crate) header: String,
    /// The directory (tenant) whose tokens the vault accepts.
    pub(crate) tenant: Option<String>,
    /// The scope to request a token for.
    pub(crate) scope: String,
}

impl Challenge {
    /// Reads a `WWW-Authenticate` header; `None` if a vault would not send it.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let scope = match field(header, "scope") {
            Some(scope) => scope.to_owned(),
            None => format!("{}/.default", field(header, "resource")?),
        };
        let authority = field(header, "authorization").or_else(|| field(header, "authorization_uri"));
        let tenant = authority.and_then(|url| Url::parse(url).ok());
        let tenant = tenant.and_then(|url| url.path_segments()?.next().map(str::to_owned));
        Some(Self { header: header.to_owned(), tenant: tenant.filter(|tenant| !tenant.is_empty()), scope })
    }

    /// Checks that the requested token is for the service that `vault` belongs to. Without this check, a server at a
    /// mistyped address could collect tokens for real vaults.
    ///
    /// # Errors
    ///
    /// `Config` for any other service, unless `verify` is `Some(false)` and the vault is not in a Microsoft domain.
    pub(crate) fn check(&self, vault: &Vault, verify: Option<bool>) -> Result<()> {
        if verify == Some(false) && !vault.is_microsofts() {
            return Ok(());
        }
        let resource = Url::parse(&self.scope).ok();
        let resource = resource.as_ref().and_then(Url::host_str).unwrap_or_default().to_lowercase();
        if !resource.is_empty() && vault.address().is_below(&resource) {
            return Ok(());
        }
        let resource = if resource.is_empty() { "an unknown service".to_owned() } else { resource };
        let message = format!("{} asks for a token for {resource}; no token was sent", vault.place());
        Err(Error::new(ErrorKind::Config, Operation::Open, message)
            .with_hint("check `vault_url`; for a test server, set verify_challenge_resource=false"))
    }
}

/// The value of `name="…"`.
fn field<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = header;
    loop {
        let at = rest.find(name)?;
        let whole = at == 0 || rest[..at].ends_with([' ', ',']);
        rest = &rest[at + name.len()..];
        if let (true, Some(value)) = (whole, rest.strip_prefix("=\"")) {
            return value.split_once('"').map(|(value, _)| value);
        }
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Environment, ErrorKind};

    use super::Challenge;
    use crate::vault::Vault;

    const RECORDED: &str = r#"Bearer authorization="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47", resource="https://vault.azure.net""#;

    fn vault(url: &str) -> Vault {
        Vault::new(url, &Environment::default()).unwrap()
    }

    #[test]
    fn recorded_challenge_is_parsed() {
        let challenge = Challenge::parse(RECORDED).unwrap();
        assert_eq!(challenge.tenant.as_deref(), Some("72f988bf-86f1-41af-91ab-2d7cd011db47"));
        assert_eq!(challenge.scope, "https://vault.azure.net/.default");
    }

    #[test]
    fn other_spellings_of_a_challenge_are_parsed() {
        let other = r#"Bearer resource="https://vault.azure.net",authorization_uri="https://login.test/t/""#;
        assert_eq!(Challenge::parse(other).unwrap().tenant.as_deref(), Some("t"));
        let scope = r#"Bearer authorization="https://login.test", scope="https://vault.azure.cn/.default""#;
        assert_eq!(Challenge::parse(scope).unwrap().scope, "https://vault.azure.cn/.default");
        assert_eq!(Challenge::parse(scope).unwrap().tenant, None);
    }

    #[test]
    fn header_of_another_server_is_not_a_challenge() {
        for header in
            ["", "Basic realm=\"x\"", "Bearer resource", "Bearer myresource=\"https://vault.azure.net\""]
        {
            assert_eq!(Challenge::parse(header), None, "{header}");
        }
    }

    #[test]
    fn token_of_another_service_is_refused() {
        let challenge = Challenge::parse(RECORDED).unwrap();
        let check = |url: &str, verify| challenge.check(&vault(url), verify).map_err(|error| error.kind());
        assert_eq!(check("https://a.vault.azure.net", None), Ok(()));
        assert_eq!(check("https://a.vault.azure.net", Some(false)), Ok(()));
        assert_eq!(check("https://a.vault.azure.cn", None), Err(ErrorKind::Config));
        // In Microsoft's own domains the check cannot be turned off.
        assert_eq!(check("https://a.vault.azure.cn", Some(false)), Err(ErrorKind::Config));
        assert_eq!(check("https://a.vault.azure.net.test", None), Err(ErrorKind::Config));
        assert_eq!(check("https://localhost:1", Some(true)), Err(ErrorKind::Config));
        assert_eq!(check("https://localhost:1", Some(false)), Ok(()));
    }
}
