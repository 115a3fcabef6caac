use std::io::Write;

use airbridge_core::{ErrorKind, Result};

use super::{certificates, check_endpoint, host, proxy};
use crate::profile::Variables;
use crate::settings::Settings;

fn variables<const N: usize>(pairs: [(&str, &str); N]) -> Variables {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn kind<T>(outcome: Result<T>) -> Option<ErrorKind> {
    outcome.err().map(|error| error.kind())
}

#[test]
fn hosts_are_found() {
    assert_eq!(host("https://sm.test:8443/path"), Some("sm.test"));
    assert_eq!(host("HTTP://[::1]:80"), Some("::1"));
    for none in
        ["", "sm.test", "ftp://sm.test", "https://", "https://user:pw@sm.test", "http://:80", "https://a b"]
    {
        assert_eq!(host(none), None, "{none}");
    }
}

#[test]
fn plain_http_is_for_this_machine() {
    let strict = Settings::default();
    let lax = Settings { allow_http: true, ..Settings::default() };
    for fine in ["http://127.0.0.1:5000", "http://localhost", "http://[::1]:1", "https://sm.test"] {
        assert_eq!(kind(check_endpoint(fine, "endpoint_url", &strict)), None, "{fine}");
    }
    for plain in ["http://sm.test", "http://127.0.0.1.sm.test", "http://localhost.sm.test"] {
        assert_eq!(kind(check_endpoint(plain, "endpoint_url", &strict)), Some(ErrorKind::Config), "{plain}");
        assert_eq!(kind(check_endpoint(plain, "endpoint_url", &lax)), None, "{plain}");
    }
}

#[test]
fn a_bad_address_is_not_quoted() {
    let settings = Settings::default();
    let error = check_endpoint("https://user:canary@sm.test", "AWS_ENDPOINT_URL", &settings).unwrap_err();
    assert!(error.message().contains("AWS_ENDPOINT_URL") && !format!("{error:?}").contains("canary"));
    let settings = Settings { proxy: Some("gopher://user:canary@proxy".to_owned()), ..settings };
    let error = proxy(&settings, &Variables::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[test]
fn a_proxy_comes_from_the_settings_or_the_endpoints_environment() {
    let shown =
        |settings: &Settings, variables: &Variables| format!("{:?}", proxy(settings, variables).unwrap());
    let none = Settings::default();
    assert!(proxy(&none, &Variables::new()).unwrap().is_disabled());
    assert!(proxy(&none, &variables([("HTTPS_PROXY", "")])).unwrap().is_disabled());
    assert!(shown(&none, &variables([("https_proxy", "proxy.test:3128")])).contains("proxy.test:3128"));
    assert!(shown(&none, &variables([("ALL_PROXY", "http://all.test")])).contains("all.test"));
    let own = Settings { proxy: Some("http://own.test:1".to_owned()), ..Settings::default() };
    let both = shown(&own, &variables([("HTTPS_PROXY", "http://env.test")]));
    assert!(both.contains("own.test") && !both.contains("env.test"));
}

#[test]
fn a_file_of_certificates_is_checked_before_the_sdk_sees_it() {
    let file = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    };
    for broken in [
        "",
        "no PEM at all",
        "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n",
    ] {
        assert_eq!(kind(certificates(file(broken).path())), Some(ErrorKind::Config), "{broken}");
    }
    let missing = certificates(std::path::Path::new("/nowhere/ca.pem")).unwrap_err();
    assert!(missing.message().contains("/nowhere/ca.pem"));
}
