//! The servers that `tests/servers/servers.py` starts, and a corner of each that is one test's own.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// The address of a server.
///
/// # Panics
/// If the servers are not running: a test that needs one fails without it.
pub fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set. Run the tests with tests/run, or `tests/servers/servers.py run -- cargo test`")
    })
}

/// A number that no other test of this run has.
fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    std::process::id().wrapping_mul(1000).wrapping_add(NEXT.fetch_add(1, Ordering::SeqCst))
}

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
            access_key: format!("AKIATEST{number:010}"),
            prefix: format!("test-{number}"),
        }
    }

    /// The environment variables of this user.
    pub fn variables(&self) -> Vec<(String, String)> {
        [
            ("AWS_ACCESS_KEY_ID", self.access_key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", self.address.as_str()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
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
}

/// A secrets engine of one's own in an OpenBao.
#[derive(Clone, Debug)]
pub struct VaultMount {
    /// The server's address.
    pub address: String,
    /// Where the engine is mounted.
    pub name: String,
    token: String,
}

impl VaultMount {
    /// Mounts a KV engine of version 1 or 2.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn new(address: &str, version: u8) -> Self {
        let token = server("AIRBRIDGE_TEST_OPENBAO_TOKEN");
        let mount = Self { address: address.to_owned(), name: format!("test-{}", unique()), token };
        let options = json!({ "type": "kv", "options": { "version": version.to_string() } });
        mount.request("POST", &format!("sys/mounts/{}", mount.name), Some(options));
        mount
    }

    /// The environment variables of a user of this server.
    pub fn variables(&self) -> Vec<(String, String)> {
        vec![("VAULT_ADDR".to_owned(), self.address.clone()), ("VAULT_TOKEN".to_owned(), self.token.clone())]
    }

    /// One request below `/v1/` with the root token; the answer's body, or null.
    ///
    /// # Panics
    /// If the server does not answer 2xx.
    pub fn request(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = http(method, &format!("{}/v1/{path}", self.address), &self.token, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }
}

/// One HTTP request, blocking.
fn http(method: &str, url: &str, token: &str, body: Option<Value>) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = reqwest::Client::new().request(method, url).header("X-Vault-Token", token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{url}: {error}"));
        let status = response.status().as_u16();
        let text = response.text().await.unwrap_or_default();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    })
}
