//! The web servers of both Airflows, and entries with names that no other test uses.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails where it cannot continue")]

use std::sync::atomic::{AtomicU32, Ordering};

use airbridge_backend_airflow_api::{ApiVersion, Settings};
use airbridge_core::SecretText;
use serde_json::{Value, json};

pub(crate) const USER: &str = "admin";
pub(crate) const PASSWORD: &str = "made-up-admin-password";

/// A web server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) version: ApiVersion,
    http: reqwest::Client,
}

impl Server {
    pub(crate) fn new(version: ApiVersion) -> Self {
        let name = match version {
            ApiVersion::V1 => "AIRBRIDGE_TEST_AIRFLOW_API_2",
            ApiVersion::V2 => "AIRBRIDGE_TEST_AIRFLOW_API_3",
        };
        let url =
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run the tests with tests/run"));
        Self { url, version, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    /// Settings of the administrator.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            url: Some(self.url.clone()),
            username: Some(USER.to_owned()),
            password: Some(SecretText::new(PASSWORD)),
            ..Settings::default()
        }
    }

    /// A token of a user of Airflow 3.
    pub(crate) async fn token(&self, user: &str, password: &str) -> String {
        let body = json!({ "username": user, "password": password });
        let answer = self.http.post(format!("{}/auth/token", self.url)).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Adds a connection or a variable.
    pub(crate) async fn add(&self, kind: &str, entry: &Value) {
        let path = match self.version {
            ApiVersion::V1 => "/api/v1",
            ApiVersion::V2 => "/api/v2",
        };
        let request = self.http.post(format!("{}{path}/{kind}", self.url)).json(entry);
        let request = match self.version {
            ApiVersion::V1 => request.basic_auth(USER, Some(PASSWORD)),
            ApiVersion::V2 => request.bearer_auth(self.token(USER, PASSWORD).await),
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{status}: {}", answer.text().await.unwrap());
    }
}

/// A name that no other test has.
pub(crate) fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    format!(
        "{what}_{}_{}_{}",
        time % 1_000_000_000_000,
        std::process::id(),
        NEXT.fetch_add(1, Ordering::SeqCst)
    )
}
