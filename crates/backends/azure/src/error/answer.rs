//! What an answer that is no success means: its status, its code, the code inside, and how long to wait.

use std::time::Duration;

use airbridge_core::{Error, ErrorKind};
use azure_core::error::ErrorResponse;
use azure_core::http::RawResponse;
use azure_core::http::headers::{HeaderName, Headers};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::{Call, Cause, Fault};
use crate::challenge::Challenge;
use crate::vault::Vault;

/// An answer, as far as it matters.
#[derive(Debug)]
pub(crate) struct Said {
    status: u16,
    /// The code of the error, empty if there is none.
    code: String,
    /// The codes inside it, outermost first.
    inner: Vec<String>,
    /// The service's own words; only ever searched, for they quote names and callers.
    words: String,
    /// Whether anything but JSON was sent.
    foreign: bool,
    /// The directory that the vault trusts, if it says so.
    tenant: Option<String>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
}

impl Said {
    pub(crate) fn of(response: &RawResponse) -> Self {
        let header = |name| header(response.headers(), name);
        let body: &[u8] = response.body();
        let parsed = serde_json::from_slice::<ErrorResponse>(body).ok();
        let foreign = parsed.is_none() && !body.is_empty();
        let detail = parsed.and_then(|parsed| parsed.error);
        let mut inner = Vec::new();
        let mut next = detail.as_ref().and_then(|detail| detail.inner_error.as_ref());
        while let Some(error) = next {
            inner.extend(error.code.clone());
            next = error.inner_error.as_deref();
        }
        let text = |part: Option<&String>| part.cloned().unwrap_or_default();
        Self {
            status: response.status().into(),
            code: text(detail.as_ref().and_then(|detail| detail.code.as_ref())),
            inner,
            words: text(detail.as_ref().and_then(|detail| detail.message.as_ref())).to_lowercase(),
            foreign,
            tenant: header("www-authenticate").and_then(Challenge::parse).and_then(|asked| asked.tenant),
            retry_after: retry_after(response.headers()),
            request_id: header("x-ms-request-id").map(str::to_owned),
        }
    }

    fn has(&self, code: &str) -> bool {
        self.code == code || self.inner.iter().any(|inner| inner == code)
    }

    /// What the store and its callers make of it.
    pub(crate) fn meaning(&self, call: Call, vault: &Vault) -> Fault {
        let (cause, error) = self.judge(call, vault);
        let error = error.with_retry_after(self.retry_after).with_request_id(self.request_id.clone());
        Fault::new(cause, error)
    }

    fn judge(&self, call: Call, vault: &Vault) -> (Cause, Error) {
        let place = vault.place();
        let code = plain(&self.code);
        let error = |kind, message: String| Error::new(kind, call.operation(), message);
        let other = |kind, message: String| (Cause::Other, error(kind, message));
        match self.status {
            429 => other(ErrorKind::RateLimited, format!("{place} is asked too often")),
            407 => (
                Cause::Other,
                error(ErrorKind::Config, format!("the proxy on the way to {place} wants a password"))
                    .with_hint("write it into the proxy's address: http://user:password@host:port"),
            ),
            408 | 500 | 502.. => {
                other(call.doubt(), format!("{place} failed (HTTP {}, {code})", self.status))
            }
            _ if self.foreign || matches!(self.status, 200..=399) => (
                Cause::Other,
                error(
                    ErrorKind::Config,
                    format!("what answers at {place} is not Azure Key Vault (HTTP {})", self.status),
                )
                .with_hint("a proxy or login page stands in between, or vault_url leads elsewhere"),
            ),
            401 => (Cause::Other, self.unauthenticated(call, vault)),
            403 if self.has("SecretDisabled") => {
                let off =
                    error(ErrorKind::PermissionDenied, format!("the secret is switched off in {place}"));
                let hint = format!(
                    "switch it on: az keyvault secret set-attributes --vault-name {} --enabled true --name …",
                    vault.name()
                );
                (Cause::Disabled, off.with_hint(hint))
            }
            403 => self.denied(call, vault),
            404 => (Cause::Absent, error(ErrorKind::NotFound, format!("{place} has no secret of this name"))),
            409 if self.has("ObjectIsDeletedButRecoverable") => (
                Cause::Deleted,
                error(ErrorKind::NameReserved, format!("a deleted secret holds the name in {place}")),
            ),
            // Being deleted, being recovered, or changed by somebody else this very moment: nothing was done.
            409 => other(
                ErrorKind::Unavailable,
                format!("{place} is busy with the secret ({})", self.innermost()),
            ),
            413 => other(ErrorKind::InvalidPayload, format!("{place} does not take a value this large")),
            400 if call == Call::Set && !self.words.contains("name") => other(
                ErrorKind::InvalidPayload,
                format!("{place} does not take the value or its tags ({code})"),
            ),
            400 | 405 if matches!(call, Call::Get | Call::Look | Call::Set | Call::Delete) => {
                other(ErrorKind::InvalidName, format!("{place} does not take the name ({code})"))
            }
            status => {
                other(ErrorKind::Unexpected, format!("{place} answers {call:?} with HTTP {status} ({code})"))
            }
        }
    }

    fn unauthenticated(&self, call: Call, vault: &Vault) -> Error {
        let place = vault.place();
        // Key Vault numbers its reasons: `AKV10022: Invalid audience.`
        let number = self.words.split(':').next().map(plain).filter(|number| number.starts_with("akv"));
        let number = number.map(str::to_uppercase);
        let shown = number.as_deref().unwrap_or("HTTP 401");
        let message = format!("{place} does not accept the token ({shown})");
        let error = Error::new(ErrorKind::Unauthenticated, call.operation(), message);
        match (number.as_deref(), &self.tenant) {
            (Some("AKV10022"), _) => {
                error.with_hint("the token is for another cloud: check vault_url and AZURE_AUTHORITY_HOST")
            }
            (_, Some(tenant)) => error.with_hint(format!(
                "the vault belongs to the directory {tenant}: az login --tenant {tenant}, or tenant_id={tenant}"
            )),
            _ => error.with_hint("sign in anew (az login), then run it again; this machine's clock must be right"),
        }
    }

    fn denied(&self, call: Call, vault: &Vault) -> (Cause, Error) {
        let (place, name) = (vault.place(), vault.name());
        let firewall = self.has("ForbiddenByFirewall")
            || self.has("ForbiddenByConnection")
            || self.words.contains("client address is not authorized")
            || self.words.contains("public network access is disabled");
        if firewall {
            let message = format!("the firewall of {place} does not let this machine in");
            let error = Error::new(ErrorKind::Config, call.operation(), message);
            return (
                Cause::Other,
                error.with_hint(format!("see who may: az keyvault network-rule list --name {name}")),
            );
        }
        let (action, policy) = call.right();
        let message = format!("{place} does not allow secrets/{action} ({})", self.innermost());
        let error = Error::new(ErrorKind::PermissionDenied, call.operation(), message);
        let hint = if self.has("ForbiddenByPolicy") || self.has("AccessDenied") {
            format!(
                "give it in the vault's access policy: az keyvault set-policy --name {name} --secret-permissions {policy} …"
            )
        } else {
            let role = if matches!(call, Call::Set | Call::Delete) {
                "Key Vault Secrets Officer"
            } else {
                "Key Vault Secrets User"
            };
            format!("the role {role} has it; a role that was just given takes some minutes to count")
        };
        (Cause::Denied, error.with_hint(hint))
    }

    fn innermost(&self) -> &str {
        plain(self.inner.last().unwrap_or(&self.code))
    }
}

/// Only what looks like a code is shown.
fn plain(code: &str) -> &str {
    let good = !code.is_empty() && code.len() <= 60 && code.chars().all(|char| char.is_ascii_alphanumeric());
    if good { code } else { "no code" }
}

/// How long the server asks to wait: in milliseconds, seconds or until a time. Key Vault mostly says nothing.
pub(crate) fn retry_after(headers: &Headers) -> Option<Duration> {
    let number = |name| header(headers, name).and_then(|text| text.trim().parse::<u64>().ok());
    if let Some(millis) = number("retry-after-ms").or_else(|| number("x-ms-retry-after-ms")) {
        return Some(Duration::from_millis(millis));
    }
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTimeParser::new().parse_timestamp(header(headers, "retry-after")?.trim()).ok()?;
    Duration::try_from(until.duration_since(Timestamp::now())).ok()
}

fn header<'a>(headers: &'a Headers, name: &'static str) -> Option<&'a str> {
    headers.get_optional_str(&HeaderName::from_static(name))
}
