//! What a kind of endpoint builds its configuration from.

use std::future::Future;
use std::sync::Arc;

use airbridge_airflow::{AirflowVersion, Dialect, Layout, Scheme};
use airbridge_core::{
    Json, JsonStyle, RateLimiters, RateLimits, Result as StoreResult, SecretStore, patiently,
};
use airbridge_engine::NewSecretSetting;
use futures::FutureExt;
use indexmap::IndexMap;

use crate::airflow_config::{AirflowClass, AirflowConfig};
use crate::bundle::BundleOptions;
use crate::endpoint::{Access, EndpointConfig, OpenStore};
use crate::environment::ProcessEnvironment;
use crate::error::Result;
use crate::files;
use crate::keys::Keys;
use crate::naming;
use crate::network::Network;
use crate::prefix::Prefix;
use crate::value::Key;

/// The keys of one endpoint, and everything that its kind needs beside them.
#[derive(Debug)]
pub(crate) struct BuildContext {
    /// How the user calls the endpoint.
    pub(crate) label: String,
    /// Its own keys. Those of every endpoint and those of the network are read already.
    pub(crate) keys: Keys,
    /// The values of the network keys; the defaults if the kind declares none.
    pub(crate) network: Network,
    /// Airflow's class for the kind.
    pub(crate) class: Option<&'static AirflowClass>,
    pub(crate) access: Access,
    pub(crate) version: AirflowVersion,
    /// The version that the user set, for kinds that find it out otherwise.
    pub(crate) chosen_version: Option<AirflowVersion>,
    pub(crate) team: Option<String>,
    /// The environment variables of this endpoint (`env_prefix`).
    pub(crate) env: ProcessEnvironment,
    /// What `env_prefix` selects.
    pub(crate) prefix: Prefix,
    /// Whether commands in a deployment's settings may run, and files that it names may be used.
    pub(crate) allow_commands: bool,
    /// What encrypts and decrypts bundles.
    pub(crate) bundle: BundleOptions,
    /// Whether descriptions and tags are to be read.
    pub(crate) metadata: bool,
    pub(crate) rates: RateLimits,
    pub(crate) limiters: RateLimiters,
}

impl BuildContext {
    /// The layout of names for this endpoint's version and team.
    pub(crate) fn layout(&self, scheme: &Scheme) -> Result<Layout> {
        naming::layout(scheme, self.version, self.team.as_deref())
    }

    /// What another endpoint of the same deployment is built from.
    pub(crate) fn beside(&self, keys: Keys) -> Self {
        Self {
            label: self.label.clone(),
            keys,
            network: Network::default(),
            class: None,
            access: Access::Read,
            version: self.version,
            chosen_version: self.chosen_version,
            team: self.team.clone(),
            env: self.env.clone(),
            prefix: Prefix::default(),
            allow_commands: self.allow_commands,
            bundle: BundleOptions::default(),
            metadata: false,
            rates: RateLimits::default(),
            limiters: self.limiters.clone(),
        }
    }

    /// The configuration of an endpoint whose layout and dialect are known; `open` is called when it is opened,
    /// and again after a temporary fault.
    pub(crate) fn configured<F>(
        self,
        layout: Layout,
        dialect: Dialect,
        open: impl FnMut() -> F + Send + 'static,
    ) -> Result<EndpointConfig>
    where
        F: Future<Output = StoreResult<Arc<dyn SecretStore>>> + Send + 'static,
    {
        self.configured_later(
            move || async move { Ok(OpenStore::new(patiently(open).await?, layout, dialect)) },
        )
    }

    /// The configuration of an endpoint that must be opened to know its layout.
    pub(crate) fn configured_later<F>(
        self,
        open: impl FnOnce() -> F + Send + 'static,
    ) -> Result<EndpointConfig>
    where
        F: Future<Output = Result<OpenStore>> + Send + 'static,
    {
        let mut files = files::of_environment(&self.env.variables);
        let scheme = self.keys.scheme();
        let declared = self.keys.declared().to_vec();
        let read = self.keys.finish()?;
        files.extend(read.files);
        let airflow =
            self.class.and_then(|class| AirflowConfig::new(class, &read.understood, &declared, self.version));
        Ok(EndpointConfig {
            label: self.label,
            scheme,
            notes: read.notes,
            files,
            access: self.access,
            version: self.version,
            metadata: self.metadata,
            configured_by: None,
            is_bundle: false,
            new_secrets: new_secrets(&declared, &read.understood),
            named_kinds: naming::named_kinds(|key| read.understood.contains_key(key)),
            rates: self.rates,
            limiters: self.limiters,
            airflow,
            ignored: self.prefix.ignored(),
            open: async move { open().await }.boxed(),
            #[cfg(test)]
            asked: read.asked,
        })
    }
}

/// What the keys say about new secrets.
fn new_secrets(declared: &[&'static Key], given: &IndexMap<&'static str, Json>) -> Vec<NewSecretSetting> {
    let of_new_secrets = declared.iter().filter(|key| key.of_new_secrets);
    let setting = |key: &&'static Key| NewSecretSetting {
        name: key.name,
        value: given.get(key.name).and_then(shown),
        default: key.default.unwrap_or("none"),
        of_replaced: key.of_replaced_secrets,
    };
    of_new_secrets.map(setting).collect()
}

/// A value as people write it: `owner=data, team=x`. `None` for null and for nothing.
fn shown(value: &Json) -> Option<String> {
    let text = match value {
        Json::Null => String::new(),
        Json::String(text) => text.expose().to_owned(),
        Json::Array(items) => items.iter().filter_map(shown).collect::<Vec<_>>().join(", "),
        Json::Object(fields) => {
            let pair = |(name, value): (&str, &Json)| format!("{name}={}", shown(value).unwrap_or_default());
            fields.iter().map(pair).collect::<Vec<_>>().join(", ")
        }
        Json::Bool(_) | Json::Number(_) => value.to_text(JsonStyle::LINE).expose().to_owned(),
    };
    (!text.is_empty()).then_some(text)
}
