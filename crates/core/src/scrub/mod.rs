//! A store that keeps values out of the errors of the store inside.

mod decode;
mod echo;
mod parts;
mod values;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Change, Content, Cursor, Descriptor, Finding, Look, Metadata, NamePrefix, Page, Payload, Policy,
    PolicyRequest, Read, Receipt, Rejection, Result, Scope, SecretName, SecretStore, Stored,
    SupportedMetadata,
};
use values::{Recent, Scrubber};

/// Checks each error of the store inside against the values of the call, and against those of recent calls. If a text repeats
/// a part of a value, in any usual encoding, the text is left out; kind, name and request id stay.
///
/// A server's own words ([`Error::with_words`](crate::Error::with_words)) are checked for parts from 4 characters on. The
/// message and the hint that the adapter wrote are checked for parts from 8 characters on. What the place or the name contains,
/// too, counts for nothing.
///
/// A value is a part of a payload: the whole text, each string of JSON in it, each piece of a URI. Values of the last calls
/// are those of 64 secrets that were read or written; they share the memory of the caller's payloads. Older values are not
/// known, so adapters must not quote a server in answer to a request that carries a value.
///
/// It stands between an adapter and its [`RetryingStore`](crate::RetryingStore), so that no log of a retry shows a value
/// either.
#[derive(Debug)]
pub struct ScrubbingStore {
    inner: Arc<dyn SecretStore>,
    recent: Recent,
}

impl ScrubbingStore {
    /// Wraps `store`.
    pub fn new(store: Arc<dyn SecretStore>) -> Self {
        Self { inner: store, recent: Recent::default() }
    }

    /// For the errors of one call, with the value of each of its items.
    fn scrubber<'a>(&self, values: impl Iterator<Item = Option<&'a Payload>>) -> Scrubber {
        Scrubber::new(&self.inner.descriptor().place, values, &self.recent)
    }
}

/// Scrubs the errors of single items.
fn scrub_items<T>(mut scrubber: Scrubber, outcomes: Vec<Result<T>>) -> Vec<Result<T>> {
    let scrub =
        |(item, outcome): (usize, Result<T>)| outcome.map_err(|error| scrubber.scrub(error, Some(item)));
    outcomes.into_iter().enumerate().map(scrub).collect()
}

/// The payload that a read found.
fn found(outcome: &Result<Option<Stored>>) -> Option<&Payload> {
    match &outcome.as_ref().ok()?.as_ref()?.content {
        Content::Payload(payload) => Some(payload),
        Content::Hidden(_) => None,
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SecretStore for ScrubbingStore {
    fn descriptor(&self) -> &Descriptor {
        self.inner.descriptor()
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        self.inner.check(name, payload)
    }

    fn supported_metadata(
        &self,
        name: &SecretName,
        metadata: &Metadata,
        current: Option<&Metadata>,
    ) -> SupportedMetadata {
        self.inner.supported_metadata(name, metadata, current)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let page = self.inner.list_page(prefix, cursor).await;
        page.map_err(|error| self.scrubber(std::iter::empty()).scrub(error, None))
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let outcomes = self.inner.read_batch(wanted).await;
        let outcomes = outcomes.map_err(|error| self.scrubber(std::iter::empty()).scrub(error, None))?;
        self.recent.add(outcomes.iter().filter_map(found));
        if outcomes.iter().all(Result::is_ok) {
            return Ok(outcomes);
        }
        Ok(scrub_items(self.scrubber(outcomes.iter().map(found)), outcomes))
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        // Before the call, because a server can repeat what another call sends at the same time.
        self.recent.add(changes.iter().filter_map(|change| change.action.payload()));
        let scrubber = || self.scrubber(changes.iter().map(|change| change.action.payload()));
        let outcomes = self.inner.write_batch(changes).await;
        let outcomes = outcomes.map_err(|error| scrubber().scrub(error, None))?;
        if outcomes.iter().all(Result::is_ok) {
            return Ok(outcomes);
        }
        Ok(scrub_items(scrubber(), outcomes))
    }

    async fn look_batch(&self, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        let looks = self.inner.look_batch(changes).await;
        looks.map_err(|error| {
            self.scrubber(changes.iter().map(|change| change.action.payload())).scrub(error, None)
        })
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        self.inner.policies(request)
    }

    async fn diagnose(&self, scope: &Scope) -> Result<Vec<Finding>> {
        let findings = self.inner.diagnose(scope).await;
        findings.map_err(|error| self.scrubber(std::iter::empty()).scrub(error, None))
    }
}

#[cfg(test)]
mod tests;
