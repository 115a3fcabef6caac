//! A project in an emulator of Google Secret Manager.

use serde_json::Value;

use crate::calls::Calls;
use crate::servers::{http, server, unique};

/// A project that no other test has.
#[derive(Clone, Debug)]
pub struct GoogleProject {
    /// The server's address.
    pub address: String,
    /// The project's id.
    pub name: String,
}

impl GoogleProject {
    /// A new one at drongo.
    pub fn new() -> Self {
        Self::at("AIRBRIDGE_TEST_DRONGO")
    }

    /// A new one at drongo, whose calls are counted.
    pub fn counted() -> Self {
        Self::at("AIRBRIDGE_TEST_DRONGO_COUNTED")
    }

    /// A new one at drongo, with Google's limit of writing calls.
    pub fn throttled() -> Self {
        Self::at("AIRBRIDGE_TEST_DRONGO_THROTTLED")
    }

    fn at(variable: &str) -> Self {
        Self { address: server(variable), name: format!("test-{}", unique()) }
    }

    /// The endpoint. The emulator needs no credentials.
    pub fn endpoint(&self) -> String {
        format!("gcp:{}?endpoint_url={}", self.name, self.address)
    }

    /// The ids of the project's secrets, sorted, and how many versions each has had.
    ///
    /// # Panics
    /// If the server's reply is not a listing.
    pub fn versions(&self) -> Vec<(String, usize)> {
        let secrets = self.get("secrets");
        let name = |secret: &Value| {
            let name = secret["name"].as_str().expect("a name");
            name.rsplit('/').next().expect("an id").to_owned()
        };
        let mut found: Vec<_> = items(&secrets, "secrets").iter().map(name).collect();
        found.sort();
        let versions = |id: &String| items(&self.get(&format!("secrets/{id}/versions")), "versions").len();
        found.into_iter().map(|id| (id.clone(), versions(&id))).collect()
    }

    /// Makes a secret without a version.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn make_empty(&self, id: &str) {
        let address = server("AIRBRIDGE_TEST_DRONGO");
        let url = format!("{address}/v1/projects/{}/secrets?secretId={id}", self.name);
        let body = serde_json::json!({ "replication": { "automatic": {} } });
        let (status, answer) = http("POST", &url, &[], Some(body));
        assert_eq!(status, 200, "{id}: {answer}");
    }

    /// The requests to this project through a counting server so far.
    pub fn calls(&self) -> Calls {
        Calls::of_google(&self.address, &self.name)
    }

    fn get(&self, path: &str) -> Value {
        // Not through a counting server: these requests are not counted.
        let address = server("AIRBRIDGE_TEST_DRONGO");
        let (status, answer) = http("GET", &format!("{address}/v1/projects/{}/{path}", self.name), &[], None);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }
}

impl Default for GoogleProject {
    fn default() -> Self {
        Self::new()
    }
}

fn items<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer[name].as_array().map(Vec::as_slice).unwrap_or_default()
}
