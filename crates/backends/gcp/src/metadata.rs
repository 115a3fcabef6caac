//! The metadata service of Google Cloud machines.

use std::time::Duration;

use airbridge_core::Environment;
use airbridge_http::{build, client_builder};

/// Maximum time to wait for the first response. Other machines have no such service, and some networks drop the request.
pub(crate) const PROBE: Duration = Duration::from_secs(3);

/// The host of the service.
const HOST: &str = "metadata.google.internal";

/// The host of the service, if the environment sets it.
pub(crate) fn configured_host(env: &Environment) -> Option<&str> {
    env.non_empty("GCE_METADATA_HOST")
}

/// Whether the environment says that this is not a Google Cloud machine.
pub(crate) fn is_disabled(env: &Environment) -> bool {
    env.get("NO_GCE_CHECK").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The project of the machine.
pub(crate) async fn project(env: &Environment) -> Option<String> {
    get(env, "project/project-id").await
}

/// The e-mail address of the machine's service account.
pub(crate) async fn email(env: &Environment) -> Option<String> {
    get(env, "instance/service-accounts/default/email").await
}

async fn get(env: &Environment, path: &str) -> Option<String> {
    let host = configured_host(env).unwrap_or(HOST);
    // The service uses plain http, so no certificates are needed.
    let client = build(client_builder(PROBE, PROBE).tls_certs_only([])).ok()?;
    let request = client.get(format!("http://{host}/computeMetadata/v1/{path}"));
    let reply = request.header("Metadata-Flavor", "Google").send().await.ok()?;
    // Another server that answers under this name does not send this header.
    if !reply.status().is_success() || reply.headers().get("metadata-flavor")?.as_bytes() != b"Google" {
        return None;
    }
    reply.text().await.ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
