//! Error responses of the vault: what a status, a code and the codes inside it mean.

use std::time::Duration;

use airbridge_core::{Error, ErrorKind};
use airbridge_http::{retry_after, status_error, wrong_service};
use azure_core::error::ErrorResponse as SdkErrorResponse;
use azure_core::http::RawResponse;
use azure_core::http::headers::{HeaderName, Headers};

use super::call::Call;
use super::fault::{Cause, Fault};
use crate::challenge::Challenge;
use crate::vault::Vault;

/// The parts of an error response that decide what it means.
#[derive(Debug)]
pub(crate) struct ErrorResponse {
    status: u16,
    /// The error code; empty if there is none.
    code: String,
    /// The inner error codes, outermost first.
    inner: Vec<String>,
    /// The service's message in lower case. It is searched but never shown: it quotes names and callers.
    message: String,
    /// Whether the body is not an error document of the service.
    is_foreign: bool,
    /// The directory (tenant) that the vault accepts tokens of, if the response names it.
    tenant: Option<String>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
}

impl ErrorResponse {
    pub(crate) fn of(response: &RawResponse) -> Self {
        let header = |name| header(response.headers(), name);
        let body: &[u8] = response.body();
        let parsed = serde_json::from_slice::<SdkErrorResponse>(body).ok();
        let is_foreign = parsed.is_none() && !body.is_empty();
        let detail = parsed.and_then(|parsed| parsed.error);
        let mut inner = Vec::new();
        let mut next = detail.as_ref().and_then(|detail| detail.inner_error.as_ref());
        while let Some(error) = next {
            inner.extend(error.code.clone());
            next = error.inner_error.as_deref();
        }
        let owned = |part: Option<&String>| part.cloned().unwrap_or_default();
        Self {
            status: response.status().into(),
            code: owned(detail.as_ref().and_then(|detail| detail.code.as_ref())),
            inner,
            message: owned(detail.as_ref().and_then(|detail| detail.message.as_ref())).to_lowercase(),
            is_foreign,
            tenant: header("www-authenticate")
                .and_then(Challenge::parse)
                .and_then(|challenge| challenge.tenant),
            retry_after: retry_after(header),
            request_id: header("x-ms-request-id").map(str::to_owned),
        }
    }

    /// What the response to `call` means.
    pub(crate) fn fault(&self, call: Call, vault: &Vault) -> Fault {
        let (cause, error) = self.classify(call, vault);
        let error = error.with_retry_after(self.retry_after).with_request_id(self.request_id.clone());
        Fault::new(cause, error)
    }

    fn has_code(&self, code: &str) -> bool {
        self.code == code || self.inner.iter().any(|inner| inner == code)
    }

    fn classify(&self, call: Call, vault: &Vault) -> (Cause, Error) {
        let place = vault.place();
        let code = printable(&self.code);
        let error = |kind, message: String| Error::new(kind, call.operation(), message);
        let other = |kind, message: String| (Cause::Other, error(kind, message));
        // 501 is permanent; the other statuses from 500 on may pass.
        if let Some(error) = status_error(self.status, call.operation(), call.kind_once_sent(), &place)
            && self.status != 501
        {
            return (Cause::Other, error);
        }
        match self.status {
            _ if self.is_foreign || matches!(self.status, 200..=399) => (
                Cause::Other,
                wrong_service(self.status, call.operation(), &place, "Azure Key Vault")
                    .with_hint("check `vault_url`, and whether a proxy or a login page answers instead"),
            ),
            401 => (Cause::Other, self.unauthenticated(call, vault)),
            403 if self.has_code("SecretDisabled") => (
                Cause::Disabled,
                error(ErrorKind::PermissionDenied, format!("the secret is disabled in {place}")).with_hint(
                    format!(
                        "enable it: az keyvault secret set-attributes --vault-name {} --enabled true --name NAME",
                        vault.name()
                    ),
                ),
            ),
            403 => self.denied(call, vault),
            404 => (Cause::Absent, error(ErrorKind::NotFound, format!("no such secret in {place}"))),
            409 if self.has_code("ObjectIsDeletedButRecoverable") => (
                Cause::Deleted,
                error(ErrorKind::NameReserved, format!("a deleted secret still holds the name in {place}")),
            ),
            // Being deleted, being recovered, or changed by another client right now. This call did nothing.
            409 => other(
                ErrorKind::Unavailable,
                format!("{place} is processing another operation on the secret ({})", self.innermost_code()),
            ),
            413 => other(ErrorKind::InvalidPayload, format!("the value is too large for {place}")),
            400 if call == Call::Set && !self.message.contains("name") => {
                other(ErrorKind::InvalidPayload, format!("{place} rejects the value or its tags ({code})"))
            }
            400 | 405 if matches!(call, Call::Get | Call::Look | Call::Set | Call::Delete | Call::Recover) => {
                other(ErrorKind::InvalidName, format!("{place} rejects the name ({code})"))
            }
            status => other(
                ErrorKind::Unexpected,
                format!("unexpected response of {place} to {call:?}: HTTP {status} ({code})"),
            ),
        }
    }

    fn unauthenticated(&self, call: Call, vault: &Vault) -> Error {
        let place = vault.place();
        // Key Vault numbers its reasons: `AKV10022: Invalid audience.`
        let number = self.message.split(':').next().map(printable).filter(|number| number.starts_with("akv"));
        let number = number.map(str::to_uppercase);
        let shown = number.as_deref().unwrap_or("HTTP 401");
        let message = format!("{place} rejects the token ({shown})");
        let error = Error::new(ErrorKind::Unauthenticated, call.operation(), message);
        match (number.as_deref(), &self.tenant) {
            (Some("AKV10022"), _) => {
                error.with_hint("check `vault_url` and AZURE_AUTHORITY_HOST: the token is for another cloud")
            }
            (_, Some(tenant)) => error.with_hint(format!(
                "sign in to the vault's directory: run `az login --tenant {tenant}`, or set tenant_id={tenant}"
            )),
            _ => error.with_hint("run `az login`, and check this machine's clock"),
        }
    }

    fn denied(&self, call: Call, vault: &Vault) -> (Cause, Error) {
        let (place, name) = (vault.place(), vault.name());
        let firewall = self.has_code("ForbiddenByFirewall")
            || self.has_code("ForbiddenByConnection")
            || self.message.contains("client address is not authorized")
            || self.message.contains("public network access is disabled");
        if firewall {
            let message = format!("the firewall of {place} blocks this machine");
            let error = Error::new(ErrorKind::Config, call.operation(), message);
            return (
                Cause::Other,
                error.with_hint(format!(
                    "list the allowed networks: az keyvault network-rule list --name {name}"
                )),
            );
        }
        let (action, policy) = call.permission();
        let message = format!("{place} denies secrets/{action} ({})", self.innermost_code());
        let error = Error::new(ErrorKind::PermissionDenied, call.operation(), message);
        let hint = if self.has_code("ForbiddenByPolicy") || self.has_code("AccessDenied") {
            format!(
                "grant it in the vault's access policy: az keyvault set-policy --name {name} --secret-permissions {policy} …"
            )
        } else {
            let role = if matches!(call, Call::Set | Call::Delete | Call::Recover) {
                "Key Vault Secrets Officer"
            } else {
                "Key Vault Secrets User"
            };
            format!("assign the role {role}; a new role assignment takes effect after some minutes")
        };
        (Cause::Denied, error.with_hint(hint))
    }

    fn innermost_code(&self) -> &str {
        printable(self.inner.last().unwrap_or(&self.code))
    }
}

/// `code` if it looks like an error code; anything else is not shown.
fn printable(code: &str) -> &str {
    let good = !code.is_empty() && code.len() <= 60 && code.chars().all(|char| char.is_ascii_alphanumeric());
    if good { code } else { "no code" }
}

/// The value of the header called `name`, which is in lower case.
pub(crate) fn header<'a>(headers: &'a Headers, name: &'static str) -> Option<&'a str> {
    headers.get_optional_str(&HeaderName::from_static(name))
}
