//! Where the server is, and whether it may be spoken to in the clear.

use std::net::IpAddr;

use airbridge_core::Result;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use crate::settings::{Settings, wrong};

/// Everything but RFC 3986's unreserved characters and the separator.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The server's address.
#[derive(Clone)]
pub(crate) struct Address {
    base: Url,
    /// Without user and password.
    shown: String,
}

impl Address {
    /// From the settings or the environment.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let (text, from) = match (&settings.url, settings.variable("ADDR")) {
            (Some(url), _) => (url.as_str(), "url".to_owned()),
            (None, Some(address)) => (address, settings.variable_name("ADDR")),
            (None, None) => ("https://127.0.0.1:8200", "the usual address".to_owned()),
        };
        // What does not parse is not shown either: it may hold a password in an odd place.
        let base = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.filter(|url| url.query().is_none() && url.fragment().is_none()).ok_or_else(|| {
            wrong(format!("{from} is not the address of a Vault server")).with_hint(
                "write it as `https://HOST:8200`, with the path of a proxy in front if there is one",
            )
        })?;
        let mut shown = base.clone();
        // Only addresses without a host refuse this, and http and https have one.
        let _ = (shown.set_username(""), shown.set_password(None));
        let shown = shown.as_str().trim_end_matches('/').to_owned();
        if base.scheme() == "http" && !is_loopback(&base) && !settings.allow_http {
            return Err(wrong(format!("{shown} would carry the token and every secret in the clear"))
                .with_hint("use https, or accept the risk with `allow_http=true`"));
        }
        Ok(Self { base, shown })
    }

    /// The address for people, without user and password.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether it speaks TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// The full address of a path of the API, given as it reads, below `/v1/`.
    ///
    /// A segment `.` or `..` would vanish on the way, encoded or not; `name::is_addressable` keeps them out.
    pub(crate) fn of(&self, path: &str, query: Option<&str>) -> Url {
        let mut url = self.base.clone();
        let base = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{base}/v1/{}", utf8_percent_encode(path, ENCODED)));
        url.set_query(query);
        url
    }
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    ip.map_or(host == "localhost", |ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use airbridge_core::ErrorKind;

    use super::{Address, Settings};

    fn address(url: &str) -> airbridge_core::Result<Address> {
        Address::new(&Settings { url: Some(url.to_owned()), ..Settings::default() })
    }

    #[test]
    fn a_base_path_comes_before_the_version() {
        for url in ["https://h/vault", "https://h/vault/"] {
            assert_eq!(
                address(url).unwrap().of("secret/data/a", None).as_str(),
                "https://h/vault/v1/secret/data/a"
            );
        }
    }

    #[test]
    fn only_unreserved_characters_travel_bare() {
        let url = address("https://h").unwrap().of("m/a b/%2F?#+é~-._", Some("list=true"));
        assert_eq!(url.as_str(), "https://h/v1/m/a%20b/%252F%3F%23%2B%C3%A9~-._?list=true");
    }

    #[test]
    fn a_password_in_the_address_is_not_shown() {
        assert_eq!(address("https://u:canary@h:1/x/").unwrap().shown(), "https://h:1/x");
        let error = address("u:canary@h").err().unwrap();
        assert!(!error.to_string().contains("canary"));
    }

    #[test]
    fn clear_text_stays_on_this_machine() {
        for url in ["http://127.0.0.1:8200", "http://[::1]", "http://localhost", "https://vault"] {
            assert!(address(url).is_ok(), "{url}");
        }
        for url in ["http://vault", "http://10.0.0.1", "http://localhost.example"] {
            assert_eq!(address(url).err().map(|error| error.kind()), Some(ErrorKind::Config), "{url}");
        }
        let allowed =
            Settings { url: Some("http://vault".to_owned()), allow_http: true, ..Settings::default() };
        assert!(Address::new(&allowed).is_ok());
    }

    #[test]
    fn the_environment_is_asked_and_then_the_usual_place() {
        let env = [("VAULT_ADDR", "https://a"), ("BAO_ADDR", "https://b")].into_iter().collect();
        let settings = Settings { env, ..Settings::default() };
        assert_eq!(Address::new(&settings).unwrap().shown(), "https://b");
        assert_eq!(Address::new(&Settings::default()).unwrap().shown(), "https://127.0.0.1:8200");
    }
}
