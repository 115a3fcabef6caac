//! The keys of every endpoint on the network.

use std::path::{Path, PathBuf};
use std::time::Duration;

use airbridge_core::Json;

use super::keys::Keys;
use crate::backends::Key;
use crate::error::{Error, Result};

pub(crate) const TIMEOUT: Key = ("timeout", "seconds that one call may take");
pub(crate) const CA_FILE: Key = ("ca_file", "a file of PEM certificates to trust");
pub(crate) const PROXY: Key = ("proxy", "the proxy, `http://host:port`");
pub(crate) const ALLOW_HTTP: Key = ("allow_http", "`true`: plain http also beyond this machine");
pub(crate) const VERIFY: Key = ("verify", "Airflow's kwarg: a path is `ca_file`; `false` is refused");

/// How to reach a service.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) timeout: Option<Duration>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) proxy: Option<String>,
    pub(super) allow_http: bool,
}

impl Network {
    pub(super) fn read(keys: &mut Keys) -> Result<Self> {
        Ok(Self {
            timeout: keys.seconds("timeout")?,
            ca_file: ca_file(keys, "verify")?,
            proxy: keys.url("proxy")?,
            allow_http: keys.flag("allow_http")?.unwrap_or(false),
        })
    }
}

/// `ca_file`, or what the kwarg of Airflow's class says: `true`, `false`, or a path.
pub(super) fn ca_file(keys: &mut Keys, kwarg: &'static str) -> Result<Option<PathBuf>> {
    let own = keys.path("ca_file")?;
    let verify = match keys.json(kwarg) {
        None | Some(Json::Null | Json::Bool(true)) => None,
        Some(Json::Bool(false)) => return Err(unverified(kwarg)),
        Some(Json::String(text)) => match text.expose() {
            "true" | "True" => None,
            "false" | "False" => return Err(unverified(kwarg)),
            path => Some(PathBuf::from(path)),
        },
        Some(_) => {
            return Err(Error::configuration(format!(
                "`{kwarg}` must be true or the path of a file of certificates"
            )));
        }
    };
    if own.is_some() && verify.is_some() {
        return Err(Error::configuration(format!("`ca_file` and `{kwarg}` name a file each"))
            .hint("keep the one that is meant"));
    }
    let file = own.or(verify);
    keys.understand(kwarg, file.as_deref().and_then(Path::to_str));
    Ok(file)
}

fn unverified(kwarg: &str) -> Error {
    Error::configuration(format!(
        "`{kwarg}` is false, but secrets are sent to nobody whose certificate is not checked"
    ))
    .hint(format!("trust the server's certificate with ca_file=PATH, and set {kwarg}:=null"))
}

/// `proxy`, or what `proxies` of Python's HTTP libraries says, of which the one for https counts.
pub(super) fn proxy(keys: &mut Keys, own: Option<String>) -> Result<Option<String>> {
    let Some(proxies) = keys.object("proxies")? else { return Ok(own) };
    if own.is_some() {
        return Err(Error::configuration("`proxy` and `proxies` say the same").hint("keep one of them"));
    }
    match proxies.get("https") {
        Some(Json::String(url)) => Ok(Some(url.expose().to_owned())),
        None | Some(Json::Null) => Ok(None),
        Some(_) => Err(Error::configuration("`https` in `proxies` must be a text")),
    }
}
