//! The servers that `tests/servers/servers.py` starts, and how a test gets a corner of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// The user of both Airflows' web servers, who may do everything.
pub const API_USER: &str = "admin";
/// The password of [`API_USER`].
pub const API_PASSWORD: &str = "made-up-admin-password";

/// The address of a server.
///
/// # Panics
/// If the servers are not running: a test that needs one fails without it.
pub fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set. Run the tests with tests/run, or `tests/servers/servers.py run -- cargo test`")
    })
}

/// A number that no other test has, also none of an earlier run against the same servers.
pub(crate) fn unique() -> u64 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let run = (since.as_secs() % 1_000_000) * 100_000 + u64::from(std::process::id() % 100_000);
    run * 1_000 + u64::from(NEXT.fetch_add(1, Ordering::SeqCst) % 1_000)
}

/// One HTTP request, blocking: returns the status and the body as JSON, or null if it is not JSON. A string is sent as it is.
pub(crate) fn http(method: &str, url: &str, headers: &[(&str, String)], body: Option<Value>) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = reqwest::Client::new().request(method, url);
        if let Some(body) = body {
            request = request.body(body.as_str().map_or_else(|| body.to_string(), str::to_owned));
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{url}: {error}"));
        let status = response.status().as_u16();
        let text = response.text().await.unwrap_or_default();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    })
}
