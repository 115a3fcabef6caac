//! A store that refuses writes. Every source of a copy is wrapped in one.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Capabilities, Change, Cursor, Descriptor, Error, ErrorKind, Finding, Look, Metadata, NamePrefix,
    Operation, Page, Payload, Policy, PolicyRequest, Read, Receipt, Rejection, Result, Scope, SecretName,
    SecretStore, Stored, SupportedMetadata,
};

/// Refuses every write before it reaches the store inside. Its descriptor has `write: false`.
#[derive(Debug)]
pub struct ReadOnly {
    inner: Arc<dyn SecretStore>,
    descriptor: Descriptor,
}

impl ReadOnly {
    /// Wraps `store`.
    pub fn new(store: Arc<dyn SecretStore>) -> Self {
        let mut descriptor = store.descriptor().clone();
        descriptor.capabilities =
            Capabilities { write: false, atomic_write: false, ..descriptor.capabilities };
        Self { inner: store, descriptor }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SecretStore for ReadOnly {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
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
        self.inner.list_page(prefix, cursor).await
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        self.inner.read_batch(wanted).await
    }

    async fn write_batch(&self, _changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let place = &self.descriptor.place;
        Err(Error::new(ErrorKind::Unsupported, Operation::Write, format!("{place} is open for reading only")))
    }

    async fn look_batch(&self, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        Ok(vec![None; changes.len()])
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        self.inner.policies(request)
    }

    async fn diagnose(&self, scope: &Scope) -> Result<Vec<Finding>> {
        self.inner.diagnose(scope).await
    }
}
