//! The calls that users of a store make: any number of secrets, within the store's limits.

use async_trait::async_trait;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::{
    Change, Error, ErrorKind, Header, NamePrefix, Operation, Read, Receipt, Result, SecretStore, Stored,
};

/// Lists, reads and writes of any size, split into batches by the store's limits and run concurrently within them.
#[async_trait]
pub trait SecretStoreExt: SecretStore {
    /// Every secret whose name starts with `prefix`. `progress` gets the number of names on each page.
    ///
    /// # Errors
    ///
    /// The first error of a page; `Unexpected` if the service returns the same cursor twice.
    async fn list_all(&self, prefix: &NamePrefix, progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Header>> {
        let mut headers = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.list_page(prefix, cursor.as_ref()).await?;
            progress(page.headers.len());
            headers.extend(page.headers);
            match page.next {
                // Without this check the listing would never end.
                Some(next) if Some(&next) == cursor.as_ref() => {
                    return Err(unexpected(
                        Operation::List,
                        "the service returned the same page cursor twice",
                    ));
                }
                Some(next) => cursor = Some(next),
                None => return Ok(headers),
            }
        }
    }

    /// The content of each secret, in the order of `wanted`. `progress` gets the number of outcomes in each batch.
    ///
    /// # Errors
    ///
    /// The first error of a batch as a whole, and `Unexpected` if a batch returns too few outcomes. An error about one
    /// name is that name's outcome.
    async fn read_all(
        &self,
        wanted: &[Read],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Result<Option<Stored>>>> {
        let limits = self.descriptor().limits;
        let batches: Vec<_> = wanted
            .chunks(limits.read_batch.max(1))
            .map(|batch| read_batch_whole(self, batch, progress).boxed())
            .collect();
        let batches: Vec<_> = stream::iter(batches).buffered(limits.concurrency.max(1)).try_collect().await?;
        Ok(batches.into_iter().flatten().collect())
    }

    /// Makes one batch of at most `limits.write_batch` changes and returns one outcome for each. An error of the whole batch
    /// becomes the outcome of every change in it, with the change's name.
    async fn write_each(&self, batch: &[Change]) -> Vec<Result<Receipt>> {
        let outcomes = self.write_batch(batch).await;
        match outcomes.and_then(|outcomes| whole(outcomes, batch.len(), Operation::Write)) {
            Ok(outcomes) => outcomes,
            Err(error) => batch.iter().map(|change| Err(error.clone().with_name(&change.name))).collect(),
        }
    }
}

impl<S: SecretStore + ?Sized> SecretStoreExt for S {}

async fn read_batch_whole<S: SecretStore + ?Sized>(
    store: &S,
    batch: &[Read],
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Result<Option<Stored>>>> {
    let outcomes = store.read_batch(batch).await?;
    progress(batch.len());
    whole(outcomes, batch.len(), Operation::Read)
}

/// Fails unless there is one outcome for each item: with a missing outcome a secret would be lost.
pub(crate) fn whole<T>(outcomes: Vec<T>, asked: usize, operation: Operation) -> Result<Vec<T>> {
    if outcomes.len() == asked {
        return Ok(outcomes);
    }
    Err(unexpected(operation, &format!("{} outcomes for {asked} items", outcomes.len())))
}

fn unexpected(operation: Operation, message: &str) -> Error {
    Error::new(ErrorKind::Unexpected, operation, message)
}
