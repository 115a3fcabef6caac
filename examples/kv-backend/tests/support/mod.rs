//! The server of this folder, and the subject of the suite at it.

#![expect(clippy::unwrap_used, reason = "a failure ends the test")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use airbridge_conformance::{Binary, Bound, Subject, text_of, texts};
use airbridge_core::{Capabilities, Descriptor, Fields, Limits, Metadata, Payload, Rates, SecretName, Undo};
use airbridge_example_kv::{Settings, open};
use airbridge_http::HttpOptions;

pub(crate) const TOKEN: &str = "kv-9b1f6c0e";

/// A running `server.py`. It stops when it is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/server.py");
        let mut process = Command::new("python3")
            .arg(script)
            .env("KV_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim_end().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Writes past the adapter, with the test's own client.
async fn put(url: String, name: SecretName, bytes: Vec<u8>) {
    let request = reqwest::Client::new().put(format!("{url}/default/{}", name.as_str().replace('/', "%2F")));
    let answer = request.bearer_auth(TOKEN).body(bytes).send().await.unwrap();
    assert_eq!(answer.status(), 201);
}

pub(crate) async fn subject(url: String) -> Subject {
    let http = HttpOptions { timeout: Some(Duration::from_secs(2)), ..HttpOptions::default() };
    let settings =
        Settings { endpoint_url: Some(url.clone()), token: Some(TOKEN.into()), http, ..Settings::default() };
    let unfit = |name: &str, payload, reason| (SecretName::new(name), payload, reason);
    let text = || Payload::text("x");
    Subject {
        store: open(settings).await.unwrap(),
        // By hand: a capability that gets lost then fails the suite.
        expected: Descriptor {
            backend: "kv",
            place: format!("kv:{url}/default"),
            // Who acts, if the service says so without a further permission; never a credential.
            actor: None,
            capabilities: Capabilities {
                write: true,
                atomic_write: true,
                versions: true,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 16 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &[],
            undo: Undo::NONE,
        },
        prefix: "suite/".to_owned(),
        separator: "/",
        names: ["with space", "a//b", "..", "%2F", "?a=b&c#d", "+", "A", "a"].map(str::to_owned).into(),
        payloads: texts().into_iter().chain([String::new()]).map(Payload::text).collect(),
        unfit: vec![
            unfit("", text(), "name-invalid"),
            unfit("..", text(), "name-invalid"),
            unfit("ümlaut", text(), "name-invalid"),
            unfit("line\nbreak", text(), "name-invalid"),
            unfit("fields", Payload::Fields(Fields::default()), "shape"),
        ],
        longest_name: Bound::At(200),
        largest_value: Bound::At(32_768),
        sized: text_of,
        // `put` writes past the adapter, with the test's own client.
        binary: Binary::planted(move |name, bytes| put(url.clone(), name, bytes)),
        secrets: vec![TOKEN.into()],
        existing: vec![],
        page: Some(50),
        deletes: true,
        metadata: Metadata::default(),
    }
}
