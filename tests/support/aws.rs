//! A user of an AWS emulator.

use serde_json::{Value, json};

use crate::calls::Calls;
use crate::servers::{http, server, unique};

/// A user of an AWS emulator, with names and an access key that no other test has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsUser {
    /// The server's address.
    pub address: String,
    /// The access key id, which identifies this test's requests in a log.
    pub access_key: String,
    /// The first part of this test's prefixes.
    pub prefix: String,
    /// The session token of a role's access key.
    session: Option<String>,
}

impl AwsUser {
    /// A new one at a server.
    pub fn new(address: &str) -> Self {
        let number = unique();
        Self {
            address: address.to_owned(),
            access_key: format!("AKIA{number:016}"),
            prefix: format!("test-{number}"),
            session: None,
        }
    }

    /// One in a separate account at moto, with counted requests and Airflow's default prefixes.
    ///
    /// # Panics
    /// If moto returns no keys for the account.
    pub fn in_account() -> Self {
        Self::in_account_as("any").0
    }

    /// The same as this role; also returns the account.
    ///
    /// # Panics
    /// As [`in_account`](Self::in_account).
    pub fn in_account_as(role: &str) -> (Self, String) {
        let account = format!("{:012}", unique() % 1_000_000_000_000);
        let role = format!("arn:aws:iam::{account}:role/{role}");
        let headers = [
            ("Authorization", authorization("AKIA", "sts")),
            ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let form = format!(
            "Action=AssumeRole&Version=2011-06-15&ContentType=JSON&RoleSessionName=test&RoleArn={role}"
        );
        let (_, answer) = http("POST", &server("AIRBRIDGE_TEST_MOTO"), &headers, Some(form.into()));
        let given = &answer["AssumeRoleResponse"]["AssumeRoleResult"]["Credentials"];
        let text =
            |field: &str| given[field].as_str().unwrap_or_else(|| panic!("no {field}: {answer}")).to_owned();
        let user = Self {
            address: server("AIRBRIDGE_TEST_MOTO_COUNTED"),
            access_key: text("AccessKeyId"),
            prefix: "airflow".to_owned(),
            session: Some(text("SessionToken")),
        };
        (user, account)
    }

    /// A new one at moto, with counted requests.
    pub fn counted() -> Self {
        Self::new(&server("AIRBRIDGE_TEST_MOTO_COUNTED"))
    }

    /// The environment variables of this user.
    pub fn variables(&self) -> Vec<(String, String)> {
        self.variables_with("")
    }

    /// The same under a prefix (`env_prefix`).
    pub fn variables_with(&self, prefix: &str) -> Vec<(String, String)> {
        let session = self.session.as_deref().map(|token| ("AWS_SESSION_TOKEN", token));
        [
            ("AWS_ACCESS_KEY_ID", self.access_key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", self.address.as_str()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .into_iter()
        .chain(session)
        .map(|(name, value)| (format!("{prefix}{name}"), value.to_owned()))
        .collect()
    }

    /// An endpoint with this test's prefixes.
    pub fn endpoint(&self) -> String {
        format!(
            "aws:us-east-1?connections_prefix={0}/connections&variables_prefix={0}/variables&config_prefix={0}/config",
            self.prefix
        )
    }

    /// The same in Parameter Store. The emulators accept a higher rate than the service.
    pub fn parameters(&self) -> String {
        format!(
            "aws-ssm:us-east-1?connections_prefix=/{0}/connections&variables_prefix=/{0}/variables\
             &config_prefix=/{0}/config&rate=100",
            self.prefix
        )
    }

    /// The prefixes as Airflow's `backend_kwargs`.
    pub fn kwargs(&self) -> Value {
        self.kwargs_below("")
    }

    /// The same for Parameter Store.
    pub fn parameter_kwargs(&self) -> Value {
        self.kwargs_below("/")
    }

    fn kwargs_below(&self, root: &str) -> Value {
        json!({
            "region_name": "us-east-1",
            "connections_prefix": format!("{root}{}/connections", self.prefix),
            "variables_prefix": format!("{root}{}/variables", self.prefix),
            "config_prefix": format!("{root}{}/config", self.prefix),
        })
    }

    /// The name of a secret below this test's prefix: `connections/smtp`.
    pub fn name(&self, below: &str) -> String {
        format!("{}/{below}", self.prefix)
    }

    /// Sends one request to Secrets Manager, as another tool would.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn call(&self, operation: &str, body: Value) -> Value {
        self.call_service("secretsmanager", "secretsmanager", operation, body)
    }

    /// Sends one request to Parameter Store.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn call_parameters(&self, operation: &str, body: Value) -> Value {
        self.call_service("ssm", "AmazonSSM", operation, body)
    }

    fn call_service(&self, service: &str, target: &str, operation: &str, body: Value) -> Value {
        let headers = [
            ("X-Amz-Target", format!("{target}.{operation}")),
            ("Content-Type", "application/x-amz-json-1.1".to_owned()),
            ("Authorization", authorization(&self.access_key, service)),
        ];
        // Not through the counting server: these requests are not counted.
        let (status, answer) = http("POST", &server("AIRBRIDGE_TEST_MOTO"), &headers, Some(body));
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    /// The parameters below this test's prefix, sorted by name: the part below it, type and version.
    ///
    /// # Panics
    /// If the server's reply is not a listing.
    pub fn parameter_versions(&self) -> Vec<(String, String, i64)> {
        let path = format!("/{}/", self.prefix);
        let mut request = json!({ "Path": path, "Recursive": true });
        let mut found = Vec::new();
        loop {
            let page = self.call_parameters("GetParametersByPath", request.clone());
            for parameter in page["Parameters"].as_array().expect("parameters") {
                let name = parameter["Name"].as_str().expect("a name");
                let below = name.strip_prefix(&path).expect("this test's prefix").to_owned();
                let kind = parameter["Type"].as_str().expect("a type").to_owned();
                found.push((below, kind, parameter["Version"].as_i64().expect("a version")));
            }
            if page["NextToken"].is_null() {
                break;
            }
            request["NextToken"] = page["NextToken"].clone();
        }
        found.sort();
        found
    }

    /// Makes a secret.
    pub fn put(&self, below: &str, text: &str) {
        self.call("CreateSecret", json!({ "Name": self.name(below), "SecretString": text }));
    }

    /// The string of a secret.
    ///
    /// # Panics
    /// If it has none.
    pub fn text(&self, below: &str) -> String {
        let answer = self.call("GetSecretValue", json!({ "SecretId": self.name(below) }));
        answer["SecretString"].as_str().expect("a string").to_owned()
    }

    /// The names of this test's secrets below its prefix, sorted, and how many versions each has had.
    ///
    /// # Panics
    /// If the server's reply is not a listing.
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

    /// The requests of this user at a counting server so far.
    pub fn calls(&self) -> Calls {
        Calls::of_aws(&self.address, &self.access_key)
    }
}

/// A signature that moto accepts: it checks the access key and the service only.
fn authorization(access_key: &str, service: &str) -> String {
    let scope = format!("{access_key}/20260101/us-east-1/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}
