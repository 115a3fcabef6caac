//! Where a status, a known sentence of Vault, or a broken connection becomes a kind.
//!
//! Vault has no error codes, so beside the status its sentences have to be read; they are compared, never passed on,
//! for a sentence may quote what was sent.

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::ConnectError;
use reqwest::Url;

use crate::transport::{Answer, Call};

/// Parts of Vault's sentences in small letters, and what they mean whatever the status.
const SENTENCES: [(&str, Sentence); 10] = [
    ("check-and-set parameter did not match", Sentence::CasMismatch),
    ("upgrading from non-versioned", Sentence::Passing),
    ("active cluster node not found", Sentence::Passing),
    ("namespace not found", Sentence::NoNamespace),
    ("no handler for route", Sentence::NoMount),
    ("unsupported path", Sentence::NoMount),
    ("invalid path for a versioned k/v", Sentence::OtherVersion),
    ("request body too large", Sentence::TooLarge),
    ("exceeds", Sentence::TooLarge),
    ("too large", Sentence::TooLarge),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sentence {
    CasMismatch,
    Passing,
    NoNamespace,
    NoMount,
    OtherVersion,
    TooLarge,
}

fn sentence(answer: &Answer) -> Option<Sentence> {
    let envelope = answer.envelope()?;
    let said = envelope.errors.into_iter().chain(envelope.warnings).flatten();
    let said: Vec<_> = said.map(|sentence| sentence.to_lowercase()).collect();
    let known = |part: &str| said.iter().any(|sentence| sentence.contains(part));
    SENTENCES.iter().find(|(part, _)| known(part)).map(|(_, sentence)| *sentence)
}

/// Whether a write was refused because the secret is in another version than expected.
pub(crate) fn is_cas_mismatch(answer: &Answer) -> bool {
    answer.status == 400 && sentence(answer) == Some(Sentence::CasMismatch)
}

/// Whether a 404 says "nothing has this name", and not that the mount or the namespace is gone.
pub(crate) fn is_absent(answer: &Answer) -> bool {
    answer.status == 404 && !answer.is_foreign() && sentence(answer).is_none()
}

/// Whether a 403 is a policy's. A token that is not known is refused before policies are asked, with a bare sentence;
/// a policy's refusal comes in a list of one.
pub(crate) fn is_policy_denial(answer: &Answer) -> bool {
    let errors = answer.envelope().and_then(|envelope| envelope.errors).unwrap_or_default();
    errors
        .iter()
        .any(|error| error.starts_with("1 error occurred") || error.starts_with("preflight capability"))
}

/// An answer that is no success.
pub(crate) fn classify(call: &Call, place: &str, answer: &Answer) -> Error {
    let id = answer.envelope().and_then(|envelope| envelope.request_id).filter(|id| !id.is_empty());
    judge(call, place, answer).with_retry_after(answer.retry_after).with_request_id(id)
}

fn judge(call: &Call, place: &str, answer: &Answer) -> Error {
    let (path, status) = (&call.path, answer.status);
    let error = |kind, message: String| Error::new(kind, call.operation, message);
    // A balancer's page for a fault behind it is a fault like any other; every other page is a wrong address.
    let page = answer.is_foreign() && !matches!(status, 413 | 429 | 500..);
    if page {
        let message = format!("something other than Vault answered at {place} (status {status})");
        return error(ErrorKind::Config, message).with_hint(
            "check url or VAULT_ADDR: the scheme, the port, and a path that a proxy may want in front",
        );
    }
    match (status, sentence(answer)) {
        (_, Some(Sentence::Passing)) => error(ErrorKind::Unavailable, format!("{place} is not ready yet")),
        (_, Some(Sentence::NoNamespace)) => {
            error(ErrorKind::Config, format!("{place} has no such namespace"))
                .with_hint("check namespace or VAULT_NAMESPACE; the token must belong to that namespace")
        }
        (_, Some(Sentence::NoMount)) => {
            error(ErrorKind::Config, format!("{place} has nothing mounted at `{path}`"))
                .with_hint("check mount_point and namespace; `vault secrets list` shows what is there")
        }
        (405, _) | (_, Some(Sentence::OtherVersion)) => error(
            ErrorKind::Config,
            format!("`{path}` is not a path of this version of the key-value engine"),
        )
        .with_hint("the mount was changed meanwhile, or kv_engine_version is wrong: run again without it"),
        (413, _) | (400.., Some(Sentence::TooLarge)) if call.changes() => {
            error(ErrorKind::InvalidPayload, format!("the secret is too large for {place}"))
                .with_hint("Vault's own storage takes 1 MiB for a secret, Consul 512 KiB")
        }
        (400, _) if call.changes() && !bodyless(answer) => {
            error(ErrorKind::InvalidPayload, format!("{place} does not take what was sent to `{path}`"))
        }
        (400, _) => error(ErrorKind::InvalidName, format!("{place} does not take `{path}` as a path")),
        (401 | 407, _) => {
            error(ErrorKind::Unauthenticated, format!("a proxy in front of {place} asks who we are"))
                .with_hint("put the proxy's user name and password into its address")
        }
        (403, _) => {
            let right = call.right;
            error(ErrorKind::PermissionDenied, format!("the token may not {right} `{path}`"))
                .with_hint(format!("give a policy of this token the capability `{right}` on `{path}`"))
        }
        (404, _) => error(ErrorKind::NotFound, format!("{place} has nothing at `{path}`")),
        (412, _) => {
            error(ErrorKind::Unavailable, format!("{place} has not caught up with the last write yet"))
        }
        (429, _) => error(ErrorKind::RateLimited, format!("{place} takes no more calls just now")),
        (472, _) => error(ErrorKind::Config, format!("{place} is a standby for disasters and serves nobody"))
            .with_hint("use the address of the primary cluster"),
        (501, _) => error(ErrorKind::Config, format!("{place} is not initialised"))
            .with_hint("`vault operator init` sets a new server up"),
        (503, _) => error(ErrorKind::Unavailable, format!("{place} is sealed or in maintenance")),
        (500 | 502 | 504.., _) if call.changes() => {
            let message = format!("{place} failed with status {status} while it wrote `{path}`");
            error(ErrorKind::AnswerLost, message)
        }
        (473 | 500.., _) => error(ErrorKind::Unavailable, format!("{place} failed with status {status}")),
        _ => error(ErrorKind::Unexpected, format!("{place} answered `{path}` with status {status}")),
    }
}

/// A name with an unprintable character is refused without a word, before anybody looks at the body.
fn bodyless(answer: &Answer) -> bool {
    !answer.is_foreign() && answer.envelope().is_none()
}

/// An answer that sends us somewhere else, from the address `from`.
pub(crate) fn redirected(call: &Call, place: &str, target: Option<&Url>, from: &Url) -> Error {
    let error = |kind, message: String| Error::new(kind, call.operation, message);
    if let Some(target) = target.filter(|target| target.origin() != from.origin()) {
        let other = target.origin().ascii_serialization();
        return error(
            ErrorKind::Config,
            format!("{place} sends us to {other}, and the token is not shown there"),
        )
        .with_hint(format!("if that is your Vault server, use it as url or VAULT_ADDR: {other}"));
    }
    // Before any secret is asked for, only the base path can be wrong.
    let kind = if call.operation == Operation::Open { ErrorKind::Config } else { ErrorKind::InvalidName };
    error(kind, format!("{place} spells the path `{}` differently", call.path))
        .with_hint("a path has no empty, `.` or `..` segment; a base path in url must be the proxy's own")
}

/// A broken connection. A vendor's error is looked through for what happened and then dropped.
pub(crate) fn fault(call: &Call, place: &str, fault: &reqwest::Error) -> Error {
    if let Some(unmade) = ConnectError::of(fault) {
        return Error::new(unmade.kind(), call.operation, unmade.about(place)).with_hint(way_out(unmade));
    }
    let what = if fault.is_timeout() { "did not answer in time" } else { "cut the connection" };
    // Once the request may have left, only what changes nothing can be repeated without a look.
    let kind = if call.changes() { ErrorKind::AnswerLost } else { ErrorKind::Unavailable };
    Error::new(kind, call.operation, format!("{place} {what}"))
}

fn way_out(unmade: ConnectError) -> &'static str {
    match unmade {
        ConnectError::Untrusted(_) => "name the certificate authority's file with ca_file or VAULT_CACERT",
        ConnectError::ClientCertificateRequired => {
            "name it with client_cert and client_key, or VAULT_CLIENT_CERT and VAULT_CLIENT_KEY"
        }
        ConnectError::NotTls | ConnectError::Tls => "check the scheme and the port in url or VAULT_ADDR",
        ConnectError::ProxyAuthentication => {
            "write it into the proxy's address: http://user:password@host:port"
        }
        ConnectError::Proxy
        | ConnectError::NoSuchHost
        | ConnectError::Refused
        | ConnectError::TimedOut
        | ConnectError::NoConnection => {
            "check url or VAULT_ADDR, whether the server runs, and whether a proxy is needed"
        }
    }
}

/// A token or a password that is not accepted.
pub(crate) fn unauthenticated(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, Operation::Open, message)
}
