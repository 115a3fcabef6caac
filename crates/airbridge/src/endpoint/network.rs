//! The keys of every endpoint on the network.

use std::path::PathBuf;
use std::time::Duration;

use airbridge_core::Json;

use super::keys::Keys;
use crate::backends::Key;
use crate::failure::{Failure, Outcome};

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
    pub(super) fn read(keys: &mut Keys) -> Outcome<Self> {
        Ok(Self {
            timeout: keys.seconds("timeout")?,
            ca_file: ca_file(keys)?,
            proxy: keys.url("proxy")?,
            allow_http: keys.flag("allow_http")?.unwrap_or(false),
        })
    }
}

/// `ca_file`, or what Airflow's `verify` says: `true`, `false`, or a path.
fn ca_file(keys: &mut Keys) -> Outcome<Option<PathBuf>> {
    let own = keys.path("ca_file")?;
    let verify = match keys.json("verify") {
        None | Some(Json::Null | Json::Bool(true)) => None,
        Some(Json::Bool(false)) => return Err(unverified()),
        Some(Json::String(text)) => match text.expose() {
            "true" | "True" => None,
            "false" | "False" => return Err(unverified()),
            path => Some(PathBuf::from(path)),
        },
        Some(_) => {
            return Err(Failure::configuration(
                "`verify` must be true or the path of a file of certificates",
            ));
        }
    };
    if own.is_some() && verify.is_some() {
        return Err(Failure::configuration("`ca_file` and `verify` name a file each")
            .hint("keep the one that is meant"));
    }
    Ok(own.or(verify))
}

fn unverified() -> Failure {
    Failure::configuration(
        "`verify` is false, but secrets are sent to nobody whose certificate is not checked",
    )
    .hint("trust the server's certificate with ca_file=PATH, and set verify:=null")
}
