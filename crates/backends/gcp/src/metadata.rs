//! The service that tells Google's own machines who they are.

use std::time::Duration;

use airbridge_core::Environment;

/// Elsewhere nobody answers, and some networks swallow the question: no longer than this is waited for the first answer.
pub(crate) const PROBE: Duration = Duration::from_secs(3);

/// Where it answers on every such machine.
const HOST: &str = "metadata.google.internal";

/// Where it answers, if the environment says that it is elsewhere.
pub(crate) fn named_host(env: &Environment) -> Option<&str> {
    env.non_empty("GCE_METADATA_HOST")
}

/// Whether the environment says that this is no machine of Google's.
pub(crate) fn is_switched_off(env: &Environment) -> bool {
    env.get("NO_GCE_CHECK").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The project that the machine belongs to.
pub(crate) async fn project(env: &Environment) -> Option<String> {
    let host = named_host(env).unwrap_or(HOST);
    let client = reqwest::Client::builder().no_proxy().timeout(PROBE).build().ok()?;
    let request = client.get(format!("http://{host}/computeMetadata/v1/project/project-id"));
    let reply = request.header("Metadata-Flavor", "Google").send().await.ok()?;
    // Whoever else answers under this name does not say whose machine it is.
    if !reply.status().is_success() || reply.headers().get("metadata-flavor")?.as_bytes() != b"Google" {
        return None;
    }
    reply.text().await.ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
