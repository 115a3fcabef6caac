//! What users can set.

use airbridge_core::{Environment, SecretText};
use airbridge_http::HttpOptions;

/// How to reach the service.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The namespace; without it `default` is used.
    pub namespace: Option<String>,
    /// The address, `https://HOST/BASE`.
    pub endpoint_url: Option<String>,
    /// The token; without it `KV_TOKEN` is used.
    pub token: Option<SecretText>,
    /// Timeout, certificates, proxy, plain http.
    pub http: HttpOptions,
    /// The environment variables of this endpoint. Never read those of the process: `env_prefix` would have no effect.
    pub env: Environment,
}
