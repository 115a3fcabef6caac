//! The keys of endpoints on the network. A kind declares them once, and gets their values as [`Network`].

use std::fmt;
use std::path::{Path, PathBuf};

use airbridge_core::Json;
use airbridge_http::{Address, HttpOptions};

use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::value::{Effect, Key};

/// The network keys of a kind. Each field is a decision: a kind that lacks a key, or cannot honour it, says so.
#[derive(Clone, Copy, Debug)]
pub struct NetworkKeys {
    /// The address of the service.
    pub endpoint_url: Option<Key>,
    /// Other keys that hold the address; plain http is checked for them, too.
    pub addresses: &'static [&'static str],
    /// The timeout of one request.
    pub timeout: Key,
    /// Certificates to trust.
    pub ca_file: Key,
    /// The proxy.
    pub proxy: Key,
    /// Whether plain http is allowed; `None` if the service never accepts it.
    pub allow_http: Option<Key>,
    /// The kwarg of Airflow's class that sets `ca_file` or turns verification off.
    pub verify: Option<Key>,
    /// The kwarg of Airflow's class that sets `proxy`.
    pub proxies: Option<Key>,
}

/// A request's timeout, as a kwarg of Airflow's class.
pub(crate) const TIMEOUT: Key = Key::kwarg("timeout", "Seconds until a request fails");

impl NetworkKeys {
    /// All keys that are airbridge's own.
    pub const STANDARD: Self = Self {
        endpoint_url: Some(Key::own(
            "endpoint_url",
            "Address of the service, for a private endpoint or an emulator",
        )),
        addresses: &[],
        timeout: TIMEOUT.of_airbridge().default_is("20"),
        ca_file: Key::own("ca_file", "PEM file of CA certificates to trust").default_is("the system's"),
        proxy: Key::own("proxy", "Address of the proxy: `http://host:port`").default_is("`HTTPS_PROXY`"),
        allow_http: Some(
            Key::own("allow_http", "Whether plain http is allowed for hosts other than this machine")
                .default_is("`false`"),
        ),
        verify: None,
        proxies: None,
    };

    /// The declared keys.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        let own = [&self.timeout, &self.ca_file, &self.proxy];
        let kwargs = [&self.allow_http, &self.verify, &self.proxies];
        self.endpoint_url.iter().chain(own).chain(kwargs.into_iter().flatten())
    }
}

/// How to reach the service of one endpoint. `Debug` shows no address.
#[derive(Default)]
pub(crate) struct Network {
    /// The address, if it is not the service's usual one. May contain a password.
    pub(crate) endpoint_url: Option<String>,
    /// Timeout, certificates, proxy, and whether plain http is allowed.
    pub(crate) http: HttpOptions,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("endpoint_url", &self.endpoint_url.is_some())
            .field("http", &self.http)
            .finish()
    }
}

impl Network {
    /// Reads the values of `declared`. Plain http to another machine is an error unless `allow_http` is set.
    pub(crate) fn read(keys: &mut Keys, declared: &NetworkKeys) -> Result<Self> {
        let used = |key: &Key| key.effect == Effect::Used;
        for key in declared.iter().filter(|key| key.name != declared.timeout.name) {
            keys.check_trust(key.name)?;
        }
        let allow_http = match declared.allow_http {
            Some(_) => keys.flag("allow_http")?.unwrap_or(false),
            None => false,
        };
        let addresses =
            declared.endpoint_url.iter().map(|key| key.name).chain(declared.addresses.iter().copied());
        for name in addresses.clone().filter(|_| declared.allow_http.is_some()) {
            refuse_plain_http(keys, name, allow_http)?;
        }
        let proxy = if used(&declared.proxy) { proxy(keys, declared.proxies)? } else { None };
        if proxy.is_some() && !allow_http {
            refuse_plain_http_through_a_proxy(keys, addresses)?;
        }
        Ok(Self {
            endpoint_url: declared.endpoint_url.map_or(Ok(None), |key| keys.url(key.name))?,
            http: HttpOptions {
                timeout: if used(&declared.timeout) { keys.seconds("timeout")? } else { None },
                ca_file: if used(&declared.ca_file) { ca_file(keys, declared.verify)? } else { None },
                proxy,
                allow_http,
            },
        })
    }
}

/// Whether an address is valid otherwise is for the backend to say.
fn refuse_plain_http(keys: &Keys, name: &'static str, allow_http: bool) -> Result<()> {
    let given = keys.given(name);
    let address = given.as_ref().and_then(Json::as_str).unwrap_or_default();
    let is_plain = address.trim_start().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"));
    let parses = |allow_http| Address::parse_with_user(address, &format!("`{name}`"), allow_http);
    if is_plain && !allow_http && parses(true).is_ok() {
        parses(false)?;
    }
    Ok(())
}

/// Plain http to this machine is allowed because it does not leave it. Through a proxy, it would.
fn refuse_plain_http_through_a_proxy(
    keys: &Keys,
    addresses: impl Iterator<Item = &'static str>,
) -> Result<()> {
    for name in addresses {
        let given = keys.given(name);
        let address = given.as_ref().and_then(Json::as_str).unwrap_or_default();
        if address.trim_start().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://")) {
            return Err(Error::usage(format!(
                "`{name}` uses plain http, and `proxy` would carry it off this machine"
            ))
            .hint("remove `proxy`, use https, or set allow_http=true if you trust the network in between"));
        }
    }
    Ok(())
}

/// `ca_file`, or what the kwarg of Airflow's class says: `true`, `false`, or a path.
fn ca_file(keys: &mut Keys, kwarg: Option<Key>) -> Result<Option<PathBuf>> {
    let own = keys.path("ca_file")?;
    let Some(kwarg) = kwarg.map(|key| key.name) else { return Ok(own) };
    let verify = match keys.json(kwarg) {
        None | Some(Json::Null | Json::Bool(true)) => None,
        Some(Json::Bool(false)) => return Err(unverified(kwarg)),
        Some(Json::String(text)) => match text.expose() {
            "true" | "True" => None,
            "false" | "False" => return Err(unverified(kwarg)),
            path => {
                keys.uses_path(kwarg, Path::new(path));
                Some(PathBuf::from(path))
            }
        },
        Some(_) => {
            return Err(Error::configuration(format!("`{kwarg}` must be true or the path of a PEM file")));
        }
    };
    if own.is_some() && verify.is_some() {
        return Err(Error::configuration(format!(
            "`ca_file` and `{kwarg}` both name a file of certificates"
        ))
        .hint("remove one of the two"));
    }
    let file = own.or(verify);
    keys.understand(kwarg, file.as_deref().and_then(Path::to_str));
    Ok(file)
}

fn unverified(kwarg: &str) -> Error {
    Error::configuration(format!(
        "`{kwarg}=false` is not supported: airbridge always verifies TLS certificates"
    ))
    .hint(format!("set `ca_file` to a PEM file with the server's CA certificate, and {kwarg}:=null"))
}

/// `proxy`, or the entry `https` of `proxies`, a kwarg of Python's HTTP libraries.
fn proxy(keys: &mut Keys, kwarg: Option<Key>) -> Result<Option<String>> {
    let own = keys.url("proxy")?;
    let Some(kwarg) = kwarg.map(|key| key.name) else { return Ok(own) };
    let Some(proxies) = keys.urls(kwarg)? else { return Ok(own) };
    if own.is_some() {
        return Err(
            Error::configuration(format!("`proxy` and `{kwarg}` are both set")).hint("remove one of the two")
        );
    }
    match proxies.get("https") {
        Some(Json::String(url)) => Ok(Some(url.expose().to_owned())),
        None | Some(Json::Null) => Ok(None),
        Some(_) => Err(Error::configuration(format!("`https` in `{kwarg}` must be a string"))),
    }
}

#[cfg(test)]
mod tests {
    use airbridge_http::HttpOptions;

    use super::Network;

    #[test]
    fn debug_shows_no_password_of_an_address() {
        let endpoint_url = Some("https://user:canary@h.test".to_owned());
        let http =
            HttpOptions { proxy: Some("http://user:canary@p.test".to_owned()), ..HttpOptions::default() };
        let shown = format!("{:?}", Network { endpoint_url, http });
        assert!(shown.contains("endpoint_url: true") && !shown.contains("canary"), "{shown}");
    }
}
