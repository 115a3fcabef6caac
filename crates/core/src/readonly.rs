//! A store that cannot be written; every source is one.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Change, Cursor, Descriptor, Error, ErrorKind, NamePrefix, Operation, Page, Payload, Read, Receipt,
    Result, SecretName, SecretStore, Stored, Unfit,
};

/// Refuses every write before it reaches the store inside.
#[derive(Debug)]
pub struct ReadOnly(Arc<dyn SecretStore>);

impl ReadOnly {
    /// Takes the right to write from a store.
    pub fn new(store: Arc<dyn SecretStore>) -> Self {
        Self(store)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SecretStore for ReadOnly {
    fn descriptor(&self) -> &Descriptor {
        self.0.descriptor()
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Unfit> {
        self.0.check(name, payload)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        self.0.list_page(prefix, cursor).await
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        self.0.read_batch(wanted).await
    }

    async fn write_batch(&self, _changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let place = &self.0.descriptor().place;
        Err(Error::new(ErrorKind::Unsupported, Operation::Write, format!("{place} is open for reading only")))
    }
}
