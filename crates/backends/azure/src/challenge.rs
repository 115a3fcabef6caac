//! What a vault asks for of somebody who shows no token: whose directory, and a token for what.

use airbridge_core::{Error, ErrorKind, Operation, Result};
use azure_core::http::headers::WWW_AUTHENTICATE;
use azure_core::http::{HttpClient, Method, Request, StatusCode, Url};

use crate::error::{Call, Said, classify};
use crate::vault::{Vault, is_below};

/// The answer of a vault to a call without a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// The header as it was sent.
    pub(crate) header: String,
    /// The directory that the vault trusts.
    pub(crate) tenant: Option<String>,
    /// What the token must be for, as token services want it said.
    pub(crate) scope: String,
}

impl Challenge {
    /// Asks a vault without a token. The only call that the SDK would have made more than once.
    pub(crate) async fn of(vault: &Vault, http: &reqwest::Client, api_version: &str) -> Result<Self> {
        let mut url = vault.url().clone();
        url.set_path("secrets");
        url.query_pairs_mut().append_pair("api-version", api_version).append_pair("maxresults", "1");
        let fault = |error: azure_core::Error| classify(Call::Open, vault, &error).error;
        let response = http.execute_request(&Request::new(url, Method::Get)).await.map_err(fault)?;
        let response = response.try_into_raw_response().await.map_err(fault)?;
        let header = response.headers().get_optional_str(&WWW_AUTHENTICATE);
        if let Some(challenge) =
            header.and_then(Self::parse).filter(|_| response.status() == StatusCode::Unauthorized)
        {
            return Ok(challenge);
        }
        let status = u16::from(response.status());
        if matches!(status, 403 | 407 | 408 | 429 | 500..) {
            return Err(Said::of(&response).meaning(Call::Open, vault).error);
        }
        let message = format!("what answers at {} is not Azure Key Vault (HTTP {status})", vault.place());
        Err(stranger(message).with_hint("check vault_url: a vault asks who we are before it says anything"))
    }

    /// Reads a `WWW-Authenticate` header; `None` if it is none of a vault.
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

    /// Whether the token that is asked for is one for this vault. Else whoever answers at a mistyped address could
    /// collect tokens for real vaults.
    pub(crate) fn check(&self, vault: &Vault, verify: Option<bool>) -> Result<()> {
        if verify == Some(false) && !vault.is_microsofts() {
            return Ok(());
        }
        let resource = Url::parse(&self.scope).ok();
        let resource = resource.as_ref().and_then(Url::host_str).unwrap_or_default().to_lowercase();
        if !resource.is_empty() && is_below(vault.host(), &resource) {
            return Ok(());
        }
        let what = if resource.is_empty() { "nobody knows what".to_owned() } else { resource };
        let error = stranger(format!("{} asks for a token for {what}, and gets none", vault.place()));
        Err(error.with_hint(
            "check vault_url; for a test server that stands in for a vault, say verify_challenge_resource=false",
        ))
    }
}

/// Whoever answers there is not the vault that the settings mean.
fn stranger(message: String) -> Error {
    Error::new(ErrorKind::Config, Operation::Open, message)
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
    fn a_recorded_challenge_is_understood() {
        let challenge = Challenge::parse(RECORDED).unwrap();
        assert_eq!(challenge.tenant.as_deref(), Some("72f988bf-86f1-41af-91ab-2d7cd011db47"));
        assert_eq!(challenge.scope, "https://vault.azure.net/.default");
        let other = r#"Bearer resource="https://vault.azure.net",authorization_uri="https://login.test/t/""#;
        assert_eq!(Challenge::parse(other).unwrap().tenant.as_deref(), Some("t"));
        let scope = r#"Bearer authorization="https://login.test", scope="https://vault.azure.cn/.default""#;
        assert_eq!(Challenge::parse(scope).unwrap().scope, "https://vault.azure.cn/.default");
        assert_eq!(Challenge::parse(scope).unwrap().tenant, None);
        for none in
            ["", "Basic realm=\"x\"", "Bearer resource", "Bearer myresource=\"https://vault.azure.net\""]
        {
            assert_eq!(Challenge::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_token_goes_only_where_it_belongs() {
        let challenge = Challenge::parse(RECORDED).unwrap();
        let check = |url: &str, verify| challenge.check(&vault(url), verify).map_err(|error| error.kind());
        assert_eq!(check("https://a.vault.azure.net", None), Ok(()));
        assert_eq!(check("https://a.vault.azure.net", Some(false)), Ok(()));
        assert_eq!(check("https://a.vault.azure.cn", None), Err(ErrorKind::Config));
        // Switched off for one of Microsoft's own hosts it stays on.
        assert_eq!(check("https://a.vault.azure.cn", Some(false)), Err(ErrorKind::Config));
        assert_eq!(check("https://a.vault.azure.net.test", None), Err(ErrorKind::Config));
        assert_eq!(check("https://localhost:1", Some(true)), Err(ErrorKind::Config));
        assert_eq!(check("https://localhost:1", Some(false)), Ok(()));
    }
}
