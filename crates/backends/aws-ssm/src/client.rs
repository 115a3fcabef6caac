//! One function per remote call. The vendor's types come no further.

use std::fmt;

use airbridge_backend_aws_common::SignedIn;
use airbridge_core::{SecretName, SecretText, Version};
use aws_sdk_ssm::config::Builder;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::types::{Parameter as Answer, ParameterStringFilter, ParameterTier, ParameterType};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::descriptor::PATH_PAGE;
use crate::error::{Call, Fault, classify};
use crate::settings::Tier;

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// Parameter Store of one account and region.
pub(crate) struct Client {
    service: aws_sdk_ssm::Client,
    place: String,
}

/// One page of a path.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) next: Option<String>,
}

/// The answers to a read of many; names in neither list were not answered.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) parameters: Vec<Parameter>,
    /// By what was asked for, version and all.
    pub(crate) absent: Vec<String>,
}

/// A parameter that was read.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: SecretName,
    pub(crate) version: Version,
    pub(crate) kind: Kind,
    /// Its value; of a [`Kind::Secure`] only where decryption was asked for.
    pub(crate) value: Option<SecretText>,
}

/// What kind of text a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `SecureString`, the only one that is encrypted.
    Secure,
    /// `String` or `StringList`, as the service calls it.
    Plain(&'static str),
}

/// What a parameter has beside its value, and would lose if a new value came without it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) key: Option<String>,
    pub(crate) advanced: bool,
    description: Option<String>,
    allowed_pattern: Option<String>,
}

/// Whether a parameter may be there already.
#[derive(Debug)]
pub(crate) enum Put {
    /// It must not.
    New,
    /// It must, although the service would make it; it keeps what it has.
    Over(Kept),
}

impl Client {
    pub(crate) fn new(signed_in: SignedIn) -> Self {
        let SignedIn { config, endpoint, place, .. } = signed_in;
        let mut service = Builder::from(&config);
        service.set_endpoint_url(endpoint);
        Self { service: aws_sdk_ssm::Client::from_conf(service.build()), place }
    }

    /// What messages call the store.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// One page of all that is below `path`.
    pub(crate) async fn by_path(&self, path: &str, token: Option<&str>, decrypt: bool) -> Result<Listed> {
        let page = self
            .service
            .get_parameters_by_path()
            .path(path)
            .recursive(true)
            .with_decryption(decrypt)
            .max_results(PATH_PAGE)
            .set_next_token(token.map(str::to_owned))
            .send()
            .await
            .map_err(|error| self.fault(Call::GetParametersByPath, &error))?;
        let next = page.next_token.filter(|token| !token.is_empty());
        Ok(Listed { parameters: parameters(page.parameters, decrypt), next })
    }

    /// At most 10 parameters; each is a name, with `:` and a version where not the current one is wanted.
    pub(crate) async fn get(&self, selectors: Vec<String>, decrypt: bool) -> Result<Batch> {
        let request = self.service.get_parameters().set_names(Some(selectors)).with_decryption(decrypt);
        let reply = request.send().await.map_err(|error| self.fault(Call::GetParameters, &error))?;
        let absent = reply.invalid_parameters.unwrap_or_default();
        Ok(Batch { parameters: parameters(reply.parameters, decrypt), absent })
    }

    /// What a parameter has beside its value; `None` if the service says nothing of it.
    pub(crate) async fn describe(&self, name: &SecretName) -> Result<Option<Kept>> {
        let filter =
            ParameterStringFilter::builder().key("Name").option("Equals").values(name.as_str()).build();
        // The only way not to build a filter is to leave out its key.
        let Ok(filter) = filter else { return Ok(None) };
        let reply = self.service.describe_parameters().parameter_filters(filter).send().await;
        let reply = reply.map_err(|error| self.fault(Call::DescribeParameters, &error))?;
        let mut found = reply.parameters.unwrap_or_default().into_iter();
        Ok(found.find(|found| found.name.as_deref() == Some(name.as_str())).map(|found| Kept {
            key: set(found.key_id),
            advanced: found.tier == Some(ParameterTier::Advanced),
            description: set(found.description),
            allowed_pattern: set(found.allowed_pattern),
        }))
    }

    /// Gives a parameter a value, always as `SecureString`, and answers with its version.
    pub(crate) async fn put(
        &self,
        name: &SecretName,
        text: &SecretText,
        tier: Tier,
        key: Option<&str>,
        put: Put,
    ) -> Result<Version> {
        let (over, kept) = match put {
            Put::New => (false, Kept::default()),
            Put::Over(kept) => (true, kept),
        };
        let tier = match tier {
            Tier::Intelligent => ParameterTier::IntelligentTiering,
            // There is no way back from the advanced tier; not to ask for it would be refused.
            Tier::Standard if kept.advanced => ParameterTier::Advanced,
            Tier::Standard => ParameterTier::Standard,
            Tier::Advanced => ParameterTier::Advanced,
        };
        let reply = self
            .service
            .put_parameter()
            .name(name.as_str())
            .value(text.expose())
            .r#type(ParameterType::SecureString)
            .data_type("text")
            .tier(tier)
            .overwrite(over)
            .set_key_id(key.map(str::to_owned).or(kept.key))
            .set_description(kept.description)
            .set_allowed_pattern(kept.allowed_pattern)
            .send()
            .await
            .map_err(|error| self.fault(Call::PutParameter, &error))?;
        Ok(version(reply.version))
    }

    /// Removes a parameter, for good.
    pub(crate) async fn delete(&self, name: &SecretName) -> Result<()> {
        let request = self.service.delete_parameter().name(name.as_str());
        request.send().await.map_err(|error| self.fault(Call::DeleteParameter, &error))?;
        Ok(())
    }

    fn fault<E>(&self, call: Call, error: &SdkError<E, HttpResponse>) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        classify(call, &self.place, error)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Emulators write an empty text where the service leaves out what is not set.
fn set(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn parameters(answers: Option<Vec<Answer>>, decrypt: bool) -> Vec<Parameter> {
    let parameter = |answer: Answer| {
        let kind = match answer.r#type {
            Some(ParameterType::String) => Kind::Plain("String"),
            Some(ParameterType::StringList) => Kind::Plain("StringList"),
            // A type of the future is no less secret.
            _ => Kind::Secure,
        };
        // Without decryption the service sends the ciphertext.
        let value = answer.value.filter(|_| decrypt || kind != Kind::Secure).map(SecretText::new);
        Some(Parameter { name: SecretName::new(answer.name?), version: version(answer.version), kind, value })
    };
    answers.unwrap_or_default().into_iter().filter_map(parameter).collect()
}

fn version(number: i64) -> Version {
    Version::new(number.to_string())
}
