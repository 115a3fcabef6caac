//! The HTTP client of the SDK: certificates, proxy, and the size of answers.

use std::path::PathBuf;

use airbridge_core::{Error, Result};
use airbridge_http::{
    Address, BodyTooLarge, Certificates, LIST_LIMIT, Proxy, SECRET_LIMIT, require_system_certificates,
};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http_body_util::{BodyExt, LengthLimitError};

use crate::profile::{Profile, Variables};
use crate::service::Service;
use crate::settings::Settings;

/// The operations whose answers have the limit of listings.
const LARGE: [&str; 4] = [".ListSecrets", ".BatchGetSecretValue", ".GetParametersByPath", ".GetParameters"];

/// The HTTP client of one endpoint, for the service and for obtaining credentials. `own` is the address in the settings.
///
/// The SDK's default client ignores `AWS_CA_BUNDLE`, takes its proxy from the process, and panics on an invalid
/// certificate. This one is built from settings that have been checked.
pub(crate) fn http_client(
    settings: &Settings,
    service: &Service,
    variables: &Variables,
    profile: &Profile,
    own: Option<&Address>,
) -> Result<SharedHttpClient> {
    // For https only. Plain http is used for loopback and for the metadata services that provide credentials.
    let proxy = proxy_config(settings.http.proxy(&settings.env, true)?)?;
    let named = settings.http.ca_file.clone().or_else(|| {
        variables
            .get("AWS_CA_BUNDLE")
            .map(String::as_str)
            .or_else(|| profile.get("ca_bundle"))
            .map(PathBuf::from)
    });
    let is_plain = own.is_some_and(|address| !address.is_https());
    let trust = TlsContext::builder().with_trust_store(trust_store(named, service, is_plain)?).build();
    let trust = trust.map_err(|_| Error::config("the CA certificates cannot be used"))?;
    let http = Builder::new().build_with_connector_fn(move |settings, _| {
        let mut connector = Connector::builder()
            .proxy_config(proxy.clone())
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(trust.clone());
        connector.set_connector_settings(settings.cloned());
        connector.build()
    });
    Ok(SharedHttpClient::new(Limited(http)))
}

/// An HTTP client whose answers have a limit. The SDK would read answers of any size.
#[derive(Debug)]
struct Limited(SharedHttpClient);

impl HttpClient for Limited {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(LimitedConnector(self.0.http_connector(settings, components)))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        self.0.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        self.0.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

/// A connector of [`Limited`].
#[derive(Debug)]
struct LimitedConnector(SharedHttpConnector);

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // The operation: `secretsmanager.ListSecrets`. Several secrets come in one answer, as in a listing.
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let many = LARGE.iter().any(|operation| target.ends_with(operation));
        let limit = if many { LIST_LIMIT } else { SECRET_LIMIT };
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            Ok(answer.await?.map(|body| {
                let body = http_body_util::Limited::new(body, limit).map_err(|error| {
                    if error.is::<LengthLimitError>() { BodyTooLarge.into() } else { error }
                });
                SdkBody::from_body_1_x(body)
            }))
        })
    }
}

/// The system's certificates and those in the user's file.
fn trust_store(file: Option<PathBuf>, service: &Service, is_plain: bool) -> Result<TrustStore> {
    let system = require_system_certificates(service.name);
    // The SDK panics if it is to use the system's certificates and there are none.
    let store = TrustStore::empty().with_native_roots(system.is_ok());
    match file {
        Some(file) => Ok(store.with_pem_certificate(Certificates::read(&file)?.pem())),
        None if is_plain => Ok(store),
        None => system.map(|()| store),
    }
}

fn proxy_config(proxy: Option<Proxy>) -> Result<ProxyConfig> {
    let Some(proxy) = proxy else { return Ok(ProxyConfig::disabled()) };
    // The SDK's own error would quote the address, and with it a password.
    let config =
        ProxyConfig::https(proxy.address()).map_err(|_| Error::config("the proxy address cannot be used"))?;
    Ok(match proxy.exceptions() {
        Some(exceptions) => config.no_proxy(exceptions),
        None => config,
    })
}

#[cfg(test)]
mod tests {
    use airbridge_http::Proxy;

    use super::proxy_config;

    #[test]
    fn proxy_keeps_its_address_and_exceptions() {
        assert!(proxy_config(None).unwrap().is_disabled());
        let env = [("HTTPS_PROXY", "proxy.test:3128"), ("NO_PROXY", "direct.test")].into_iter().collect();
        let shown = format!("{:?}", proxy_config(Proxy::from_env(&env, true).unwrap()).unwrap());
        assert!(shown.contains("proxy.test:3128") && shown.contains("direct.test"), "{shown}");
    }
}
