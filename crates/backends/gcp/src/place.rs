//! Which project and location a store is, and at which address the service answers.

use airbridge_core::{Error, Result};
use airbridge_http::Address;

use crate::descriptor::BACKEND;

/// Google's own domain. Partner clouds have others.
pub(crate) const GOOGLE: &str = "googleapis.com";

/// A project, with its global secrets or those of one region.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    project: String,
    location: Option<String>,
    /// The configured address of the service.
    address: Option<Address>,
}

impl Place {
    /// Checks that `project` and `location` can be part of an address.
    ///
    /// # Errors
    ///
    /// `Config` if one of them has other characters.
    pub(crate) fn new(project: String, location: Option<String>, address: Option<Address>) -> Result<Self> {
        // The id of a project in a domain has a colon and dots: example.com:my-project.
        if project.is_empty() || !project.chars().all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c)) {
            return Err(Error::config("the project is not a valid project id or number")
                .with_hint("list the ids of your projects: gcloud projects list"));
        }
        if location.as_deref().is_some_and(|location| !is_location(location)) {
            return Err(Error::config("`location` is not a valid location")
                .with_hint("write it as a region: europe-west1"));
        }
        Ok(Self { project, location, address })
    }

    /// The project, as the user gave it.
    pub(crate) fn project(&self) -> &str {
        &self.project
    }

    /// The parent of all secrets, in the service's terms.
    pub(crate) fn parent(&self) -> String {
        match &self.location {
            Some(location) => format!("projects/{}/locations/{location}", self.project),
            None => format!("projects/{}", self.project),
        }
    }

    /// The address to send requests to. Regional secrets are served by an address of their region only.
    pub(crate) fn service_url(&self, domain: &str) -> String {
        match (&self.address, &self.location) {
            (Some(address), _) => address.to_string(),
            (None, Some(location)) => format!("https://secretmanager.{location}.rep.{domain}"),
            (None, None) => format!("https://secretmanager.{domain}"),
        }
    }

    /// The place in messages. It has the configured address, unless that is one of Google's, which lead to the same
    /// secrets.
    pub(crate) fn text(&self) -> String {
        let address = self.address.as_ref().filter(|address| !address.is_below(GOOGLE));
        let details: Vec<_> = self.location.iter().cloned().chain(address.map(Address::to_string)).collect();
        if details.is_empty() {
            format!("{BACKEND}:{}", self.project)
        } else {
            format!("{BACKEND}:{} ({})", self.project, details.join(", "))
        }
    }
}

/// Whether this can be the name of a region.
pub(crate) fn is_location(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use airbridge_http::Address;

    use super::Place;

    fn place(location: Option<&str>, url: Option<&str>) -> Place {
        let address = url.map(|url| Address::parse(url, "`endpoint_url`", false).unwrap());
        Place::new("acme".to_owned(), location.map(str::to_owned), address).unwrap()
    }

    #[test]
    fn global_and_regional_secrets_are_different_places() {
        let global = place(None, None);
        assert_eq!(global.text(), "gcp:acme");
        assert_eq!(global.parent(), "projects/acme");
        assert_eq!(global.service_url("googleapis.com"), "https://secretmanager.googleapis.com");
        let regional = place(Some("europe-west1"), None);
        assert_eq!(regional.text(), "gcp:acme (europe-west1)");
        assert_eq!(regional.parent(), "projects/acme/locations/europe-west1");
        let address = "https://secretmanager.europe-west1.rep.googleapis.com";
        assert_eq!(regional.service_url("googleapis.com"), address);
    }

    #[test]
    fn configured_address_is_part_of_the_place_unless_it_is_googles() {
        assert_eq!(place(None, Some("http://127.0.0.1:1/")).text(), "gcp:acme (http://127.0.0.1:1)");
        assert_eq!(place(None, Some("https://secretmanager-x.p.googleapis.com")).text(), "gcp:acme");
        assert_eq!(
            place(Some("europe-west1"), Some("https://notgoogleapis.com")).text(),
            "gcp:acme (europe-west1, https://notgoogleapis.com)"
        );
    }

    #[test]
    fn project_or_location_that_would_change_an_address_is_rejected() {
        for project in ["", "a/b", "a b", "a?b", "ü"] {
            assert!(Place::new(project.to_owned(), None, None).is_err(), "{project}");
        }
        assert!(Place::new("example.com:acme".to_owned(), None, None).is_ok());
        assert!(Place::new("acme".to_owned(), Some("evil.test/".to_owned()), None).is_err());
    }
}
