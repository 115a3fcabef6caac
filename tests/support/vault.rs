//! A secrets engine in OpenBao for one test.

use serde_json::{Value, json};

use crate::calls::Calls;
use crate::servers::{http, server, unique};

/// A secrets engine of one's own in an OpenBao.
#[derive(Clone, Debug)]
pub struct VaultMount {
    /// The server's address.
    pub address: String,
    /// Where the engine is mounted.
    pub name: String,
    version: u8,
    token: String,
}

impl VaultMount {
    /// Mounts a KV engine of version 1 or 2.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn new(address: &str, version: u8) -> Self {
        // The server's own token is `root`, which is also a word of the output. One made for the test is not.
        let (token, name) = (server("AIRBRIDGE_TEST_OPENBAO_TOKEN"), format!("test-{}", unique()));
        let root = Self { address: address.to_owned(), name, version, token };
        let made = root.request("POST", "auth/token/create", Some(json!({ "policies": ["root"] })));
        let token = made["auth"]["client_token"].as_str().expect("a token").to_owned();
        let mount = Self { token, ..root };
        let options = json!({ "type": "kv", "options": { "version": version.to_string() } });
        mount.request("POST", &format!("sys/mounts/{}", mount.name), Some(options));
        mount
    }

    /// One at the server whose calls are counted.
    pub fn counted(version: u8) -> Self {
        Self::new(&server("AIRBRIDGE_TEST_OPENBAO_COUNTED"), version)
    }

    /// The environment variables of a user of this server.
    pub fn variables(&self) -> Vec<(String, String)> {
        vec![("VAULT_ADDR".to_owned(), self.address.clone()), ("VAULT_TOKEN".to_owned(), self.token.clone())]
    }

    /// The endpoint.
    pub fn endpoint(&self) -> String {
        format!("vault:{}", self.name)
    }

    /// The same as Airflow's `backend_kwargs`; Airflow reads config options only where it is told a path.
    pub fn kwargs(&self) -> Value {
        json!({
            "url": self.address, "token": self.token, "mount_point": self.name,
            "kv_engine_version": self.version,
        })
    }

    /// One request below `/v1/` with the root token; the answer's body, or null.
    ///
    /// # Panics
    /// If the server does not answer 2xx.
    pub fn request(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let headers = [("X-Vault-Token", self.token.clone())];
        let (status, answer) = http(method, &format!("{}/v1/{path}", self.address), &headers, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// The same engine for a token that has this policy, and the policy `default` only if asked for.
    ///
    /// # Panics
    /// If the server refuses the policy or the token.
    pub fn with_policy(&self, text: &str, with_default: bool) -> Self {
        let policy = format!("test-{}", unique());
        self.request("PUT", &format!("sys/policies/acl/{policy}"), Some(json!({ "policy": text })));
        let wanted = json!({ "policies": [policy], "no_default_policy": !with_default, "no_parent": true });
        let made = self.request("POST", "auth/token/create", Some(wanted));
        let token = made["auth"]["client_token"].as_str().expect("a token").to_owned();
        Self { token, ..self.clone() }
    }

    /// The status of one request below `/v1/`.
    pub fn status(&self, method: &str, path: &str, body: Option<Value>) -> u16 {
        let headers = [("X-Vault-Token", self.token.clone())];
        http(method, &format!("{}/v1/{path}", self.address), &headers, body).0
    }

    /// The fields of a secret.
    pub fn fields(&self, path: &str) -> Value {
        match self.version {
            1 => self.request("GET", &format!("{}/{path}", self.name), None)["data"].clone(),
            _ => self.request("GET", &format!("{}/data/{path}", self.name), None)["data"]["data"].clone(),
        }
    }

    /// The names below a path that ends in `/`, sorted.
    ///
    /// # Panics
    /// If there are none.
    pub fn names(&self, path: &str) -> Vec<String> {
        let metadata = if self.version == 1 { "" } else { "metadata/" };
        let answer = self.request("GET", &format!("{}/{metadata}{path}?list=true", self.name), None);
        let keys = answer["data"]["keys"].as_array().expect("keys");
        keys.iter().map(|key| key.as_str().expect("a string").to_owned()).collect()
    }

    /// The requests to this engine through a counting server so far.
    pub fn calls(&self) -> Calls {
        Calls::of_vault(&self.address, &self.name)
    }
}
