//! Which place a store is, and at which address it answers.

use std::net::IpAddr;

use airbridge_core::{Error, Result};

use crate::descriptor::BACKEND;
use crate::settings::Settings;

/// Google's own domain; other clouds run by partners have others.
pub(crate) const GOOGLE: &str = "googleapis.com";

/// A project, and in it the global secrets or those of one region.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    project: String,
    location: Option<String>,
    /// The address that was set.
    url: Option<String>,
}

impl Place {
    /// A place whose parts can stand in an address.
    pub(crate) fn new(project: String, settings: &Settings) -> Result<Self> {
        // Ids of projects in a domain have a colon and dots: example.com:my-project.
        if project.is_empty() || !project.chars().all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c)) {
            return Err(config("what is named as the project is no project's id")
                .with_hint("ids have 6 to 30 lower-case letters, digits and hyphens: gcloud projects list"));
        }
        let location = settings.location.clone();
        if location.as_deref().is_some_and(|location| !is_location(location)) {
            return Err(
                config("what is named as the location is none").with_hint("write it like europe-west1")
            );
        }
        let url = settings.endpoint_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
        Ok(Self { project, location, url })
    }

    /// The project, as it was named.
    pub(crate) fn project(&self) -> &str {
        &self.project
    }

    /// What the service calls the place.
    pub(crate) fn parent(&self) -> String {
        match &self.location {
            Some(location) => format!("projects/{}/locations/{location}", self.project),
            None => format!("projects/{}", self.project),
        }
    }

    /// Where it answers: regional secrets are served by the region alone.
    pub(crate) fn address(&self, domain: &str) -> String {
        match (&self.url, &self.location) {
            (Some(url), _) => url.clone(),
            (None, Some(location)) => format!("https://secretmanager.{location}.rep.{domain}"),
            (None, None) => format!("https://secretmanager.{domain}"),
        }
    }

    /// The place in words.
    pub(crate) fn text(&self) -> String {
        // Private addresses of the service itself lead to the same secrets.
        let url = self.url.as_deref().filter(|url| !host(url).is_some_and(is_google));
        let apart: Vec<_> = [self.location.as_deref(), url].into_iter().flatten().collect();
        if apart.is_empty() {
            format!("{BACKEND}:{}", self.project)
        } else {
            format!("{BACKEND}:{} ({})", self.project, apart.join(", "))
        }
    }
}

/// Whether this could be the name of a region.
pub(crate) fn is_location(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether the address that was set leads to this machine.
pub(crate) fn is_loopback(settings: &Settings) -> bool {
    settings.endpoint_url.as_deref().and_then(host).is_some_and(host_is_loopback)
}

/// Whether the address that was set may be spoken to.
pub(crate) fn check_address(settings: &Settings) -> Result<()> {
    let Some(url) = settings.endpoint_url.as_deref() else { return Ok(()) };
    let Some(host) = host(url) else {
        return Err(config("endpoint_url is no address of a service")
            .with_hint("write it as https://host or https://host:port, without a user name"));
    };
    if strip_scheme(url, "http://").is_some() && !settings.allow_http && !host_is_loopback(host) {
        return Err(config("endpoint_url is plain http, on which anybody on the way can read the secrets")
            .with_hint("use https, or say allow_http=true"));
    }
    Ok(())
}

/// The host of an address, without port; `None` if it is none, or has a user name or password in it.
fn host(url: &str) -> Option<&str> {
    let rest = strip_scheme(url, "https://").or_else(|| strip_scheme(url, "http://"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0,
        None => authority.split_once(':').map_or(authority, |(host, _)| host),
    };
    let plain = !authority.contains('@') && !host.is_empty() && !host.contains(char::is_whitespace);
    plain.then_some(host)
}

fn strip_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let start = url.get(..scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
}

fn host_is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_google(host: &str) -> bool {
    host.strip_suffix(GOOGLE).is_some_and(|rest| rest.ends_with('.'))
}

/// Settings that cannot work.
pub(crate) fn config(message: impl Into<String>) -> Error {
    Error::config(message)
}

#[cfg(test)]
mod tests {
    use airbridge_core::ErrorKind;

    use super::{Place, check_address, is_loopback};
    use crate::settings::Settings;

    fn settings(location: Option<&str>, url: Option<&str>) -> Settings {
        Settings {
            location: location.map(str::to_owned),
            endpoint_url: url.map(str::to_owned),
            ..Settings::default()
        }
    }

    fn place(location: Option<&str>, url: Option<&str>) -> Place {
        Place::new("acme".to_owned(), &settings(location, url)).expect("a place")
    }

    #[test]
    fn global_and_regional_secrets_are_two_places() {
        let global = place(None, None);
        assert_eq!(global.text(), "gcp:acme");
        assert_eq!(global.parent(), "projects/acme");
        assert_eq!(global.address("googleapis.com"), "https://secretmanager.googleapis.com");
        let regional = place(Some("europe-west1"), None);
        assert_eq!(regional.text(), "gcp:acme (europe-west1)");
        assert_eq!(regional.parent(), "projects/acme/locations/europe-west1");
        let address = "https://secretmanager.europe-west1.rep.googleapis.com";
        assert_eq!(regional.address("googleapis.com"), address);
    }

    #[test]
    fn another_address_is_another_place_unless_it_is_googles() {
        assert_eq!(place(None, Some("http://127.0.0.1:1/")).text(), "gcp:acme (http://127.0.0.1:1)");
        assert_eq!(place(None, Some("https://secretmanager-x.p.googleapis.com")).text(), "gcp:acme");
        assert_eq!(
            place(None, Some("https://notgoogleapis.com")).text(),
            "gcp:acme (https://notgoogleapis.com)"
        );
    }

    #[test]
    fn names_that_would_change_an_address_are_refused() {
        for project in ["", "a/b", "a b", "a?b", "ü"] {
            assert!(Place::new(project.to_owned(), &settings(None, None)).is_err(), "{project}");
        }
        assert!(Place::new("example.com:acme".to_owned(), &settings(None, None)).is_ok());
        assert!(Place::new("acme".to_owned(), &settings(Some("evil.test/"), None)).is_err());
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for good in ["http://localhost:1", "http://127.0.0.1", "http://[::1]:2/x", "https://sm.test"] {
            assert_eq!(check_address(&settings(None, Some(good))), Ok(()), "{good}");
        }
        for bad in ["http://sm.test", "ftp://x", "https://user:canary@sm.test", "sm.test", "https://"] {
            let error = check_address(&settings(None, Some(bad))).expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!error.to_string().contains("canary"));
        }
        let allowed = Settings { allow_http: true, ..settings(None, Some("http://sm.test")) };
        assert_eq!(check_address(&allowed), Ok(()));
        assert!(is_loopback(&settings(None, Some("http://LOCALHOST:1"))));
        assert!(!is_loopback(&allowed) && !is_loopback(&settings(None, None)));
    }
}
