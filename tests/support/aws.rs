//! A corner of an AWS emulator.

use serde_json::{Value, json};

use crate::calls::Calls;
use crate::servers::{http, server, unique};

/// A user of an AWS emulator, with names and an access key that no other test has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsUser {
    /// The server's address.
    pub address: String,
    /// The access key id, by which this test's calls are told apart in a log.
    pub access_key: String,
    /// The first part of this test's prefixes.
    pub prefix: String,
}

impl AwsUser {
    /// A new one at a server.
    pub fn new(address: &str) -> Self {
        let number = unique();
        Self {
            address: address.to_owned(),
            access_key: format!("AKIA{number:016}"),
            prefix: format!("test-{number}"),
        }
    }

    /// A new one at moto, whose calls are counted.
    pub fn counted() -> Self {
        Self::new(&server("AIRBRIDGE_TEST_MOTO_COUNTED"))
    }

    /// The environment variables of this user.
    pub fn variables(&self) -> Vec<(String, String)> {
        self.variables_with("")
    }

    /// The same under a prefix (`env_prefix`).
    pub fn variables_with(&self, prefix: &str) -> Vec<(String, String)> {
        [
            ("AWS_ACCESS_KEY_ID", self.access_key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", self.address.as_str()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (format!("{prefix}{name}"), value.to_owned()))
        .to_vec()
    }

    /// An endpoint with this test's prefixes.
    pub fn endpoint(&self) -> String {
        format!(
            "aws:us-east-1?connections_prefix={0}/connections&variables_prefix={0}/variables&config_prefix={0}/config",
            self.prefix
        )
    }

    /// The same as Airflow's `backend_kwargs`.
    pub fn kwargs(&self) -> Value {
        json!({
            "region_name": "us-east-1",
            "connections_prefix": format!("{}/connections", self.prefix),
            "variables_prefix": format!("{}/variables", self.prefix),
            "config_prefix": format!("{}/config", self.prefix),
        })
    }

    /// The name of a secret below this test's prefix: `connections/smtp`.
    pub fn name(&self, below: &str) -> String {
        format!("{}/{below}", self.prefix)
    }

    /// One call of the service's own, as another tool would make it.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn call(&self, operation: &str, body: Value) -> Value {
        let scope = format!("{}/20260101/us-east-1/secretsmanager/aws4_request", self.access_key);
        let headers = [
            ("X-Amz-Target", format!("secretsmanager.{operation}")),
            ("Content-Type", "application/x-amz-json-1.1".to_owned()),
            (
                "Authorization",
                format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
            ),
        ];
        // Not through the counting server: these are nobody's calls.
        let (status, answer) = http("POST", &server("AIRBRIDGE_TEST_MOTO"), &headers, Some(body));
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    /// Makes a secret.
    pub fn put(&self, below: &str, text: &str) {
        self.call("CreateSecret", json!({ "Name": self.name(below), "SecretString": text }));
    }

    /// The text of a secret.
    ///
    /// # Panics
    /// If it has none.
    pub fn text(&self, below: &str) -> String {
        let answer = self.call("GetSecretValue", json!({ "SecretId": self.name(below) }));
        answer["SecretString"].as_str().expect("a text").to_owned()
    }

    /// The names of this test's secrets below its prefix, sorted, and how many versions each has had.
    ///
    /// # Panics
    /// If the server's answer is no listing.
    pub fn versions(&self) -> Vec<(String, usize)> {
        let filter = json!([{ "Key": "name", "Values": [format!("{}/", self.prefix)] }]);
        let mut request = json!({ "Filters": filter, "MaxResults": 100 });
        let mut found = Vec::new();
        loop {
            let page = self.call("ListSecrets", request.clone());
            for secret in page["SecretList"].as_array().expect("secrets") {
                let name = secret["Name"].as_str().expect("a name");
                let below = name.strip_prefix(&format!("{}/", self.prefix)).expect("this test's prefix");
                let versions = secret["SecretVersionsToStages"].as_object().map_or(0, serde_json::Map::len);
                found.push((below.to_owned(), versions));
            }
            if page["NextToken"].is_null() {
                break;
            }
            request["NextToken"] = page["NextToken"].clone();
        }
        found.sort();
        found
    }

    /// What this user has asked a counting server for so far.
    pub fn calls(&self) -> Calls {
        Calls::of_aws(&self.address, &self.access_key)
    }
}
