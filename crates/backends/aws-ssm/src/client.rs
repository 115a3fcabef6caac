//! One function per remote call. No other module uses types of the SDK.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use airbridge_backend_aws_common::{Cause, SignedIn, incomplete, is_reserved, no_listing};
use airbridge_core::{Error, ErrorKind, Metadata, Operation, SecretName, SecretText, Version};
use aws_sdk_ssm::config::Builder;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::types::{
    Parameter as Answer, ParameterMetadata, ParameterStringFilter, ParameterTier, ParameterType,
    ResourceTypeForTagging, Tag,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::descriptor::PATH_PAGE;
use crate::error::{Call, Fault, classify};
use crate::settings::Tier;

/// Pages of the descriptions of 50 parameters, which the service may spread over several and leave some empty.
const DESCRIBED_PAGES: usize = 1_000;

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

/// The answer to a read of several names. Names in neither list were not answered.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) parameters: Vec<Parameter>,
    /// The selectors that were asked for: names, with their version if one was given.
    pub(crate) absent: Vec<String>,
}

/// A parameter that was read.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: SecretName,
    pub(crate) version: Version,
    pub(crate) kind: Kind,
    /// Its value; for [`Kind::Secure`] only if decryption was requested.
    pub(crate) value: Option<SecretText>,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `SecureString`, the only encrypted type.
    Secure,
    /// `String` or `StringList`, by its name in the service.
    Plain(&'static str),
}

/// What a parameter has besides its value. A new value must be sent with it, or the parameter loses it.
#[derive(Debug, Default)]
pub(crate) struct Preserved {
    pub(crate) key: Option<String>,
    pub(crate) advanced: bool,
    pub(crate) description: Option<String>,
    allowed_pattern: Option<String>,
}

impl Preserved {
    /// The same as named texts.
    pub(crate) fn into_texts(self) -> BTreeMap<&'static str, String> {
        let advanced = self.advanced.then(String::new);
        let texts = [
            ("key", self.key),
            ("advanced", advanced),
            ("description", self.description),
            ("allowed-pattern", self.allowed_pattern),
        ];
        texts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }

    /// From named texts.
    pub(crate) fn from_texts(texts: &BTreeMap<&'static str, String>) -> Self {
        let text = |name| texts.get(name).cloned();
        Self {
            key: text("key"),
            advanced: texts.contains_key("advanced"),
            description: text("description"),
            allowed_pattern: text("allowed-pattern"),
        }
    }
}

impl From<ParameterMetadata> for Preserved {
    fn from(found: ParameterMetadata) -> Self {
        Self {
            key: set(found.key_id),
            advanced: found.tier == Some(ParameterTier::Advanced),
            description: set(found.description),
            allowed_pattern: set(found.allowed_pattern),
        }
    }
}

/// Whether a parameter is created or replaced.
#[derive(Debug)]
pub(crate) enum Put {
    /// It must not exist. It gets this metadata.
    New(Metadata),
    /// It must exist, although the service would create it. It keeps what it has.
    Over(Preserved),
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

    /// One page of the parameters below `path`.
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
        if page.parameters.is_none() {
            return Err(self.no_listing());
        }
        Ok(Listed { parameters: parameters(page.parameters, decrypt), next })
    }

    /// At most 10 parameters. A selector is a name, or `NAME:VERSION` for a version other than the current one.
    pub(crate) async fn get(&self, selectors: Vec<String>, decrypt: bool) -> Result<Batch> {
        let request = self.service.get_parameters().set_names(Some(selectors)).with_decryption(decrypt);
        let reply = request.send().await.map_err(|error| self.fault(Call::GetParameters, &error))?;
        let absent = reply.invalid_parameters.unwrap_or_default();
        Ok(Batch { parameters: parameters(reply.parameters, decrypt), absent })
    }

    /// What a parameter has besides its value; `None` if the service does not return it.
    pub(crate) async fn describe(&self, name: &SecretName) -> Result<Option<Preserved>> {
        Ok(self.describe_all(&[name]).await?.remove(name))
    }

    /// What each of at most 50 parameters has besides its value.
    pub(crate) async fn describe_all(&self, names: &[&SecretName]) -> Result<HashMap<SecretName, Preserved>> {
        let found = self.described(names).await?.into_iter();
        Ok(found.filter_map(|found| Some((SecretName::new(found.name.clone()?), found.into()))).collect())
    }

    /// The descriptions of the named parameters that have one.
    pub(crate) async fn descriptions(&self, names: &[&SecretName]) -> Result<HashMap<SecretName, String>> {
        let found = self.described(names).await?.into_iter();
        let pair = |found: ParameterMetadata| Some((SecretName::new(found.name?), set(found.description)?));
        Ok(found.filter_map(pair).collect())
    }

    /// The service's data about at most 50 parameters.
    async fn described(&self, names: &[&SecretName]) -> Result<Vec<ParameterMetadata>> {
        let wanted = names.len();
        let names = names.iter().map(ToString::to_string).collect();
        let filter = ParameterStringFilter::builder().key("Name").option("Equals").set_values(Some(names));
        // Building fails only for a filter without a key.
        let Ok(filter) = filter.build() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut token = None;
        for _ in 0..DESCRIBED_PAGES {
            let request =
                self.service.describe_parameters().parameter_filters(filter.clone()).max_results(50);
            let reply = request.set_next_token(token).send().await;
            let reply = reply.map_err(|error| self.fault(Call::DescribeParameters, &error))?;
            found.extend(reply.parameters.unwrap_or_default());
            token = reply.next_token.filter(|token| !token.is_empty());
            if token.is_none() || found.len() >= wanted {
                return Ok(found);
            }
        }
        let message =
            format!("{} described {wanted} parameters on {DESCRIBED_PAGES} pages without an end", self.place);
        let error = Error::new(ErrorKind::Unexpected, Operation::Read, message);
        Err(Fault::new(Cause::Other, error))
    }

    /// The tags of a parameter, without those that AWS sets.
    pub(crate) async fn tags(&self, name: &SecretName) -> Result<BTreeMap<String, String>> {
        let request = self.service.list_tags_for_resource().resource_type(ResourceTypeForTagging::Parameter);
        let reply = request.resource_id(name.as_str()).send().await;
        let reply = reply.map_err(|error| self.fault(Call::ListTagsForResource, &error))?;
        let tags = reply.tag_list.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        Ok(tags.filter(|(key, _)| !is_reserved(key)).collect())
    }

    /// Adds tags to a parameter.
    pub(crate) async fn tag(&self, name: &SecretName, new: &BTreeMap<String, String>) -> Result<()> {
        let request = self.service.add_tags_to_resource().resource_type(ResourceTypeForTagging::Parameter);
        let request = request.resource_id(name.as_str()).set_tags(tags(new));
        request.send().await.map_err(|error| self.fault(Call::AddTagsToResource, &error))?;
        Ok(())
    }

    /// Writes a value, always as `SecureString`, and returns its version.
    pub(crate) async fn put(
        &self,
        name: &SecretName,
        text: &SecretText,
        tier: Tier,
        key: Option<&str>,
        put: Put,
    ) -> Result<Version> {
        let (over, kept, new_tags) = match put {
            Put::New(Metadata { description, tags: new }) => {
                (false, Preserved { description, ..Preserved::default() }, tags(&new))
            }
            // The service does not accept tags together with `Overwrite`.
            Put::Over(kept) => (true, kept, None),
        };
        let tier = match tier {
            Tier::Intelligent => ParameterTier::IntelligentTiering,
            // The service rejects moving a parameter back from the advanced tier.
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
            .set_tags(new_tags)
            .send()
            .await
            .map_err(|error| self.fault(Call::PutParameter, &error))?;
        // Versions start at 1; the SDK reads an answer without one as 0.
        if reply.version < 1 {
            return Err(incomplete(Call::PutParameter, &self.place));
        }
        Ok(version(reply.version))
    }

    /// Deletes a parameter, which cannot be undone.
    pub(crate) async fn delete(&self, name: &SecretName) -> Result<()> {
        let request = self.service.delete_parameter().name(name.as_str());
        request.send().await.map_err(|error| self.fault(Call::DeleteParameter, &error))?;
        Ok(())
    }

    /// The error for an answer to a listing that lists nothing at all, not even zero entries.
    fn no_listing(&self) -> Fault {
        no_listing(Call::GetParametersByPath, &self.place)
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

/// Where the service omits what is unset, emulators return an empty string.
fn set(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn tags(tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build().ok();
    (!tags.is_empty()).then(|| tags.iter().filter_map(tag).collect())
}

fn parameters(answers: Option<Vec<Answer>>, decrypt: bool) -> Vec<Parameter> {
    let parameter = |answer: Answer| {
        let kind = match answer.r#type {
            Some(ParameterType::String) => Kind::Plain("String"),
            Some(ParameterType::StringList) => Kind::Plain("StringList"),
            // A type that is added later may be secret too.
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
