//! What callers use: everything in one call, kept to the store's limits.

use async_trait::async_trait;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::{
    Change, Error, ErrorKind, Header, NamePrefix, Operation, Read, Receipt, Result, SecretStore, Stored,
};

/// Any number of names, reads and writes, cut to the store's limits and run at the same time as far as it allows.
#[async_trait]
pub trait SecretStoreExt: SecretStore {
    /// Every secret whose name starts with `prefix`. `progress` is told how many were found by each page.
    async fn list_all(&self, prefix: &NamePrefix, progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Header>> {
        let mut headers = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.list_page(prefix, cursor.as_ref()).await?;
            progress(page.headers.len());
            headers.extend(page.headers);
            match page.next {
                // A service that hands out the same cursor twice would be listed for ever.
                Some(next) if Some(&next) == cursor.as_ref() => {
                    return Err(unexpected(Operation::List, "the listing goes round in a circle"));
                }
                Some(next) => cursor = Some(next),
                None => return Ok(headers),
            }
        }
    }

    /// The content of each, in the order asked for. `progress` is told how many each batch answered.
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

    /// Carries out one batch of at most `limits.write_batch` changes and answers for each; a failure of the whole
    /// batch is the failure of every change in it.
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

/// A reply shorter than its request would be a lost secret.
pub(crate) fn whole<T>(outcomes: Vec<T>, asked: usize, operation: Operation) -> Result<Vec<T>> {
    if outcomes.len() == asked {
        return Ok(outcomes);
    }
    Err(unexpected(operation, &format!("{asked} were asked for and {} answered", outcomes.len())))
}

fn unexpected(operation: Operation, message: &str) -> Error {
    Error::new(ErrorKind::Unexpected, operation, message)
}
