//! The server's address and the URLs of its API.

use airbridge_core::Result;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use crate::settings::Settings;

/// Every character except RFC 3986's unreserved ones and the separator.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The server's address.
pub(crate) struct Address {
    base: airbridge_http::Address,
    /// For messages, without user and password.
    shown: String,
}

impl Address {
    /// The address from the settings or the environment.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let (text, origin) = match (&settings.url, settings.variable("ADDR")) {
            (Some(url), _) => (url.as_str(), "`url`".to_owned()),
            (None, Some(address)) => (address, format!("`{}`", settings.variable_name("ADDR"))),
            (None, None) => ("https://127.0.0.1:8200", "the default address".to_owned()),
        };
        let base = airbridge_http::Address::parse_with_user(text, &origin, settings.allow_http)?;
        let shown = base.to_string();
        Ok(Self { base, shown })
    }

    /// The address for messages, without user and password.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether the server is reached over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.base.is_https()
    }

    /// The URL of an API path, without user and password. `path` is below `/v1/` and not encoded.
    ///
    /// `.` and `..` segments would be removed here, even if they were encoded; `name::is_addressable` rejects them.
    pub(crate) fn of(&self, path: &str, query: Option<&str>) -> Url {
        let mut url = self.base.url().clone();
        let base = url.path().trim_end_matches('/').to_owned();
        // Only URLs without a host reject this, and http and https URLs have one.
        let _ = (url.set_username(""), url.set_password(None));
        url.set_path(&format!("{base}/v1/{}", utf8_percent_encode(path, ENCODED)));
        url.set_query(query);
        url
    }

    /// `url` with the user and password of the address.
    pub(crate) fn with_credentials(&self, mut url: Url) -> Url {
        let base = self.base.url();
        let _ = (url.set_username(base.username()), url.set_password(base.password()));
        url
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::ErrorKind;

    use super::{Address, Settings};

    fn address(url: &str) -> airbridge_core::Result<Address> {
        Address::new(&Settings { url: Some(url.to_owned()), ..Settings::default() })
    }

    #[test]
    fn base_path_comes_before_the_version() {
        for url in ["https://h/vault", "https://h/vault/"] {
            assert_eq!(
                address(url).unwrap().of("secret/data/a", None).as_str(),
                "https://h/vault/v1/secret/data/a"
            );
        }
    }

    #[test]
    fn reserved_characters_in_paths_are_encoded() {
        let url = address("https://h").unwrap().of("m/a b/%2F?#+é~-._", Some("list=true"));
        assert_eq!(url.as_str(), "https://h/v1/m/a%20b/%252F%3F%23%2B%C3%A9~-._?list=true");
    }

    #[test]
    fn password_in_the_address_is_not_shown() {
        let with_password = address("https://u:canary@h:1/x/").unwrap();
        assert_eq!(with_password.shown(), "https://h:1/x");
        let url = with_password.of("a", None);
        assert_eq!(url.as_str(), "https://h:1/x/v1/a");
        assert_eq!(with_password.with_credentials(url).as_str(), "https://u:canary@h:1/x/v1/a");
        let error = address("u:canary@h").err().unwrap();
        assert!(!error.to_string().contains("canary"));
    }

    #[test]
    fn plain_http_is_rejected_except_on_loopback_or_with_allow_http() {
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
    fn address_comes_from_the_environment_then_the_default() {
        let env = [("VAULT_ADDR", "https://a"), ("BAO_ADDR", "https://b")].into_iter().collect();
        let settings = Settings { env, ..Settings::default() };
        assert_eq!(Address::new(&settings).unwrap().shown(), "https://b");
        assert_eq!(Address::new(&Settings::default()).unwrap().shown(), "https://127.0.0.1:8200");
    }
}
