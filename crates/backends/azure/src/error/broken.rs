//! A connection that was not made, or broke.

use std::error::Error as _;
use std::fmt::Write as _;

use airbridge_core::{Error, ErrorKind, Operation};

/// What a fault of the connection to `place` means; `doubt` is its kind once the request may have left. A vendor's
/// error is looked through for what happened and then dropped.
pub(crate) fn broken(operation: Operation, doubt: ErrorKind, place: &str, fault: &reqwest::Error) -> Error {
    let error = |kind, message: String| Error::new(kind, operation, message);
    let said = chain(fault);
    let has = |part: &str| said.contains(part);
    if has("proxy auth") {
        return error(ErrorKind::Config, format!("the proxy on the way to {place} wants a password"))
            .with_hint("write it into the proxy's address: http://user:password@host:port");
    }
    if has("certificate") {
        let why = match () {
            () if has("expired") => "it has expired",
            () if has("not valid for name") => "it is for another name",
            () if has("not valid yet") => "it is not valid yet, or this machine's clock is wrong",
            () => "nobody whom this machine trusts has signed it",
        };
        return error(ErrorKind::Config, format!("the certificate of {place} is not trusted: {why}"))
            .with_hint("name the certificate authority's file: ca_file=… or SSL_CERT_FILE");
    }
    if has("invalidcontenttype") {
        return error(ErrorKind::Config, format!("{place} does not speak TLS"))
            .with_hint("check the port of the address, and the proxy");
    }
    if fault.is_connect() {
        let (why, hint) = match () {
            () if has("dns error") => (
                "no such host",
                "check the name: a vault that does not exist, or was deleted, has no address; a private one needs its network",
            ),
            () if fault.is_timeout() => {
                ("no connection in time", "check whether a proxy or a private network is needed")
            }
            () => ("no connection", "check the address, and whether a proxy is needed"),
        };
        return error(ErrorKind::Unreachable, format!("{place} cannot be reached: {why}")).with_hint(hint);
    }
    let what = if fault.is_timeout() { "did not answer in time" } else { "cut the connection" };
    error(doubt, format!("{place} {what}"))
}

/// What the error and its causes say, in small letters; only ever searched.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(text, "{cause}; ");
        next = cause.source();
    }
    text.to_lowercase()
}
