//! The proxy between this machine and a service.

use std::fmt;

use airbridge_core::{Environment, Error, Result};
use url::Url;

/// Hosts that a proxy from the environment is never used for.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// A proxy, and the hosts that are reached without it. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    address: String,
    exceptions: Option<String>,
}

impl Proxy {
    /// A proxy that the user chose for one endpoint; it is used for every host. Without a scheme, `http` is meant.
    ///
    /// `origin` is what messages call it, the key or variable that it comes from: `` `proxy` ``.
    ///
    /// # Errors
    /// `Config` if it is not an `http` or `https` address. The message does not quote it: it may hold a password.
    pub fn new(address: &str, origin: &str) -> Result<Self> {
        let address = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let valid =
            Url::parse(&address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !valid {
            return Err(Error::config(format!("{origin} is not a valid proxy address"))
                .with_hint("write it as `http://HOST:PORT` or `http://USER:PASSWORD@HOST:PORT`"));
        }
        Ok(Self { address, exceptions: None })
    }

    /// The proxy that the environment names for requests over https, or over plain http: `HTTPS_PROXY` or `HTTP_PROXY`,
    /// then `ALL_PROXY`, each also in lower case. It is not used for loopback addresses and the hosts in `NO_PROXY`.
    ///
    /// # Errors
    /// As [`new`](Self::new), with the variable's name.
    pub fn from_env(env: &Environment, https: bool) -> Result<Option<Self>> {
        let scheme = if https { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
        let names = scheme.into_iter().chain(["ALL_PROXY", "all_proxy"]);
        let Some((name, address)) = first(env, names) else { return Ok(None) };
        let exceptions = match first(env, ["NO_PROXY", "no_proxy"]) {
            Some((_, hosts)) => format!("{hosts},{LOOPBACK}"),
            None => LOOPBACK.to_owned(),
        };
        let proxy = Self::new(address, &format!("`{name}`"))?;
        Ok(Some(Self { exceptions: Some(exceptions), ..proxy }))
    }

    /// The proxy's address, with its password if it has one. The caller must not log it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The hosts that are reached without the proxy, in the form of `NO_PROXY`.
    pub fn exceptions(&self) -> Option<&str> {
        self.exceptions.as_deref()
    }

    /// The proxy for a `reqwest` client.
    ///
    /// # Errors
    /// `Config` if `reqwest` does not accept the address.
    pub fn to_reqwest(&self) -> Result<reqwest::Proxy> {
        let proxy = reqwest::Proxy::all(&self.address)
            .map_err(|_| Error::config("the proxy address cannot be used".to_owned()))?;
        Ok(proxy.no_proxy(self.exceptions().and_then(reqwest::NoProxy::from_string)))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("exceptions", &self.exceptions).finish_non_exhaustive()
    }
}

fn first(env: &Environment, names: impl IntoIterator<Item = &'static str>) -> Option<(&'static str, &str)> {
    names.into_iter().find_map(|name| Some((name, env.non_empty(name)?)))
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Environment, ErrorKind};

    use super::Proxy;

    fn from_env<const N: usize>(pairs: [(&str, &str); N], https: bool) -> Option<Proxy> {
        Proxy::from_env(&pairs.into_iter().collect(), https).unwrap()
    }

    #[test]
    fn environment_names_the_proxy_by_scheme_and_then_for_all() {
        let address = |proxy: Option<Proxy>| proxy.map(|proxy| proxy.address().to_owned());
        assert_eq!(from_env([], true), None);
        assert_eq!(from_env([("HTTPS_PROXY", "")], true), None);
        assert_eq!(from_env([("HTTP_PROXY", "http://p.test")], true), None);
        for (pairs, expected) in [
            ([("https_proxy", "p.test:3128"), ("ALL_PROXY", "http://all.test")], "http://p.test:3128"),
            (
                [("HTTPS_PROXY", "http://upper.test"), ("https_proxy", "http://lower.test")],
                "http://upper.test",
            ),
            ([("HTTP_PROXY", "http://p.test"), ("all_proxy", "http://all.test")], "http://all.test"),
        ] {
            assert_eq!(address(from_env(pairs, true)).as_deref(), Some(expected), "{pairs:?}");
        }
        let plain = from_env([("HTTP_PROXY", "http://p.test"), ("HTTPS_PROXY", "http://s.test")], false);
        assert_eq!(address(plain).as_deref(), Some("http://p.test"));
    }

    #[test]
    fn loopback_never_goes_through_a_proxy_from_the_environment() {
        let proxy = from_env([("HTTPS_PROXY", "p.test"), ("NO_PROXY", "a.test")], true).unwrap();
        assert_eq!(proxy.exceptions(), Some("a.test,localhost,127.0.0.0/8,::1"));
        assert_eq!(Proxy::new("p.test", "`proxy`").unwrap().exceptions(), None);
    }

    #[test]
    fn invalid_address_is_rejected_by_its_origin_and_not_quoted() {
        for invalid in ["gopher://user:canary@proxy", "http://u:canary@:x", "http://", "socks5://canary"] {
            let error = Proxy::new(invalid, "`proxy`").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_eq!(error.message(), "`proxy` is not a valid proxy address");
            let env: Environment = [("https_proxy", invalid)].into_iter().collect();
            let error = Proxy::from_env(&env, true).unwrap_err();
            assert_eq!(error.message(), "`https_proxy` is not a valid proxy address");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
        let proxy = Proxy::new("http://u:canary@p.test", "`proxy`").unwrap();
        assert!(proxy.to_reqwest().is_ok() && !format!("{proxy:?}").contains("canary"));
    }
}
