//! How an answer or a broken connection becomes an error of the contract.
//!
//! Vault has no error codes, so some errors are recognised by a sentence in the answer. The server's sentences are
//! compared and never passed on, because they may quote what was sent.

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::{
    ConnectError, ConnectHints, TransportError, outcome_unknown, status_error, wrong_service,
};
use reqwest::Url;

use crate::call::{Answer, Call};

const HINTS: ConnectHints = ConnectHints {
    certificate: "name the file of the certificate authority with `ca_file` or `VAULT_CACERT`",
    address: "check `url` or `VAULT_ADDR`, that the server is running, and whether it needs a `proxy`",
    proxy: "check `proxy`, `VAULT_PROXY_ADDR`, `HTTPS_PROXY` and `NO_PROXY`",
};

/// Parts of Vault's sentences, in lower case, and what they mean whatever the status.
const SENTENCES: [(&str, Sentence); 10] = [
    ("check-and-set parameter did not match", Sentence::CasMismatch),
    ("upgrading from non-versioned", Sentence::NotReady),
    ("active cluster node not found", Sentence::NotReady),
    ("namespace not found", Sentence::NoNamespace),
    ("no handler for route", Sentence::NoMount),
    ("unsupported path", Sentence::NoMount),
    ("invalid path for a versioned k/v", Sentence::OtherEngineVersion),
    ("request body too large", Sentence::TooLarge),
    ("exceeds", Sentence::TooLarge),
    ("too large", Sentence::TooLarge),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sentence {
    CasMismatch,
    NotReady,
    NoNamespace,
    NoMount,
    OtherEngineVersion,
    TooLarge,
}

fn sentence(answer: &Answer) -> Option<Sentence> {
    let envelope = answer.envelope()?;
    let sentences = envelope.errors.into_iter().chain(envelope.warnings).flatten();
    let sentences: Vec<_> = sentences.map(|sentence| sentence.to_lowercase()).collect();
    let contains = |part: &str| sentences.iter().any(|sentence| sentence.contains(part));
    SENTENCES.iter().find(|(part, _)| contains(part)).map(|(_, sentence)| *sentence)
}

/// Whether a write failed because the secret is not in the expected version.
pub(crate) fn is_cas_mismatch(answer: &Answer) -> bool {
    answer.status == 400 && sentence(answer) == Some(Sentence::CasMismatch)
}

/// Whether a 404 means that there is no such secret, and not that the mount or the namespace does not exist.
pub(crate) fn is_absent(answer: &Answer) -> bool {
    answer.status == 404 && !answer.is_foreign() && sentence(answer).is_none()
}

/// Whether a 403 comes from a policy. Vault checks the token before the policies and rejects an unknown token with a
/// bare sentence; a policy's refusal comes in a list of one.
pub(crate) fn is_policy_denial(answer: &Answer) -> bool {
    let errors = answer.envelope().and_then(|envelope| envelope.errors).unwrap_or_default();
    errors
        .iter()
        .any(|error| error.starts_with("1 error occurred") || error.starts_with("preflight capability"))
}

/// The error for an answer that is not a success. `place` is the server's address for messages.
pub(crate) fn classify(place: &str, answer: &Answer) -> Error {
    let id = answer.envelope().and_then(|envelope| envelope.request_id).filter(|id| !id.is_empty());
    by_status(place, answer).with_retry_after(answer.retry_after()).with_request_id(id)
}

fn by_status(place: &str, answer: &Answer) -> Error {
    let Call { operation, path, capability, writes, .. } = &answer.call;
    let (status, writes) = (answer.status, *writes);
    let error = |kind, message: String| Error::new(kind, *operation, message);
    // A load balancer answers with its own page when the server behind it fails; other pages mean a wrong address.
    let page = answer.is_foreign() && !matches!(status, 413 | 429 | 500..);
    if page {
        return wrong_service(status, *operation, place, "Vault or OpenBao").with_hint(
            "check `url` or `VAULT_ADDR`: the scheme, the port, and the path if a proxy needs one",
        );
    }
    match (status, sentence(answer)) {
        (_, Some(Sentence::NotReady)) => error(ErrorKind::Unavailable, format!("{place} is not ready yet")),
        (_, Some(Sentence::NoNamespace)) => {
            error(ErrorKind::Config, format!("no such namespace at {place}"))
                .with_hint("check `namespace` or `VAULT_NAMESPACE`; the token must belong to that namespace")
        }
        (_, Some(Sentence::NoMount)) => {
            error(ErrorKind::Config, format!("{place} has no mount for the path `{path}`"))
                .with_hint("check `mount_point` and `namespace`; list the mounts with `vault secrets list`")
        }
        (405, _) | (_, Some(Sentence::OtherEngineVersion)) => error(
            ErrorKind::Config,
            format!("`{path}` is not a valid path in this version of the key-value engine"),
        )
        .with_hint("run the command again without `kv_engine_version`: the mount's version is different or has changed"),
        (413, _) | (400.., Some(Sentence::TooLarge)) if writes => {
            error(ErrorKind::InvalidPayload, format!("the secret is too large for {place}"))
                .with_hint("make it smaller: Vault's own storage accepts 1 MiB per secret, Consul 512 KiB")
        }
        (400, _) if writes && !has_no_body(answer) => {
            error(ErrorKind::InvalidPayload, format!("{place} rejected the content written to `{path}`"))
        }
        (400, _) => error(ErrorKind::InvalidName, format!("{place} rejected the path `{path}`")),
        (401, _) => error(
            ErrorKind::Unauthenticated,
            format!("the proxy in front of {place} requires authentication (HTTP 401)"),
        )
        .with_hint("add the user name and password to `url`: `https://USER:PASSWORD@HOST`"),
        (403, _) => error(
            ErrorKind::PermissionDenied,
            format!("the token has no permission to {capability} `{path}`"),
        )
        .with_hint(format!("add the capability `{capability}` on `{path}` to a policy of this token")),
        (404, _) => error(ErrorKind::NotFound, format!("no such path at {place}: `{path}`")),
        (412, _) => {
            error(ErrorKind::Unavailable, format!("{place} has not yet replicated the last write"))
        }
        (472, _) => error(
            ErrorKind::Config,
            format!("{place} is a disaster-recovery secondary and does not serve requests"),
        )
        .with_hint("use the address of the primary cluster"),
        (501, _) => error(ErrorKind::Config, format!("{place} is not initialised"))
            .with_hint("set the server up with `vault operator init`"),
        (503, _) => error(ErrorKind::Unavailable, format!("{place} is sealed or in maintenance")),
        (473, _) => error(ErrorKind::Unavailable, format!("{place} is a standby that does not serve requests")),
        _ => status_error(status, *operation, outcome_unknown(writes), place).unwrap_or_else(|| {
            error(ErrorKind::Unexpected, format!("{place} answered `{path}` with HTTP {status}"))
        }),
    }
}

/// Whether the answer has no body. Vault answers so to a path with an unprintable character.
fn has_no_body(answer: &Answer) -> bool {
    !answer.is_foreign() && answer.envelope().is_none()
}

/// The error for an answer that redirects from `from` to another host or another path.
pub(crate) fn redirected(call: &Call, place: &str, target: Option<&Url>, from: &Url) -> Error {
    let error = |kind, message: String| Error::new(kind, call.operation, message);
    if let Some(target) = target.filter(|target| target.origin() != from.origin()) {
        if !target.origin().is_tuple() {
            let message = format!("{place} redirects to an address that is not http or https");
            return error(ErrorKind::Config, message)
                .with_hint("check `url` or `VAULT_ADDR`, and the proxies and gateways in between");
        }
        let other = target.origin().ascii_serialization();
        return error(
            ErrorKind::Config,
            format!("{place} redirects to {other}; airbridge does not send the token to another host"),
        )
        .with_hint(format!("if {other} is your Vault server, set `url` or `VAULT_ADDR` to it"));
    }
    // While opening, no secret's path is involved, so only the base path can be wrong.
    let kind = if call.operation == Operation::Open { ErrorKind::Config } else { ErrorKind::InvalidName };
    error(kind, format!("{place} redirects the path `{}` to another path", call.path)).with_hint(
        "remove empty, `.` and `..` segments from the path; if `url` has a path, it must be that of the proxy",
    )
}

/// The error for a request without a complete answer.
pub(crate) fn no_answer(call: &Call, place: &str, cause: TransportError) -> Error {
    let error = cause.into_error(call.operation, outcome_unknown(call.writes), place, &HINTS);
    match cause {
        TransportError::Connect(ConnectError::ClientCertificateRequired) => error.with_hint(
            "name the certificate and its key with `cert`, or with `VAULT_CLIENT_CERT` and `VAULT_CLIENT_KEY`",
        ),
        _ => error,
    }
}

/// Credentials that are missing or that the server rejected.
pub(crate) fn unauthenticated(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, Operation::Open, message)
}
