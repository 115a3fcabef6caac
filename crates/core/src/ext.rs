//! The calls that users of a store make: any number of secrets, within the store's limits.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::{
    Change, Cursor, Error, ErrorKind, Header, NamePrefix, Operation, Read, Receipt, Result, SecretStore,
    Stored,
};

/// Pages without a name in a row that a listing may have. Services that filter send some.
const EMPTY_PAGES: usize = 10_000;

fn hash(cursor: &Cursor) -> u64 {
    let mut hasher = DefaultHasher::new();
    cursor.hash(&mut hasher);
    hasher.finish()
}

/// Lists, reads and writes of any size, split into batches by the store's limits and run concurrently within them.
#[async_trait]
pub trait SecretStoreExt: SecretStore {
    /// Every secret whose name starts with `prefix`. `progress` gets the number of names on each page.
    ///
    /// # Errors
    ///
    /// The first error of a page; `Unexpected` if the service returns a cursor again, or many pages without a name.
    async fn list_all(&self, prefix: &NamePrefix, progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Header>> {
        let mut headers = Vec::new();
        let mut cursor = None;
        // Without these checks a listing that circles would never end. A hash is enough: a cursor may be long.
        let (mut seen, mut without_names) = (HashSet::new(), 0_usize);
        let place = &self.descriptor().place;
        loop {
            let page = self.list_page(prefix, cursor.as_ref()).await?;
            progress(page.headers.len());
            without_names = if page.headers.is_empty() { without_names + 1 } else { 0 };
            headers.extend(page.headers);
            let Some(next) = page.next else { return Ok(headers) };
            if !seen.insert(hash(&next)) {
                let what =
                    format!("{place} returned the same page cursor twice, so its listing would never end");
                return Err(unexpected(Operation::List, &what));
            }
            if without_names >= EMPTY_PAGES {
                let what = format!("{place} returned {EMPTY_PAGES} pages without a name in a row");
                return Err(unexpected(Operation::List, &what));
            }
            cursor = Some(next);
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

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use async_trait::async_trait;

    use super::SecretStoreExt;
    use crate::{
        Change, Cursor, Descriptor, ErrorKind, Header, MemoryStore, Metadata, NamePrefix, Page, Payload,
        Read, Receipt, Rejection, Result, SecretName, SecretStore, Stored, SupportedMetadata,
    };

    /// The number of the page after a page.
    type Next = fn(usize) -> usize;

    /// A store whose pages are made from the number of the page.
    #[derive(Debug)]
    struct Pages {
        inner: MemoryStore,
        next: Next,
        named: bool,
    }

    #[async_trait]
    impl SecretStore for Pages {
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

        async fn list_page(&self, _prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
            let page = cursor.map_or(0, |cursor| cursor.as_str().parse().unwrap());
            let header = || Header::live(SecretName::new(format!("name-{page}")));
            let headers = self.named.then(header).into_iter().collect();
            Ok(Page { headers, next: Some(Cursor::new((self.next)(page).to_string())) })
        }

        async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
            self.inner.read_batch(wanted).await
        }

        async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
            self.inner.write_batch(changes).await
        }
    }

    #[tokio::test]
    async fn listing_that_would_never_end_is_an_error() {
        let circles: [(Next, bool, &str); 3] = [
            (|_| 7, true, "the same page cursor twice"),
            (|page| page % 3 + 1, true, "the same page cursor twice"),
            (|page| page + 1, false, "pages without a name in a row"),
        ];
        for (next, named, message) in circles {
            let inner = MemoryStore::new("the place", NonZeroUsize::MIN);
            let store = Pages { inner, next, named };
            let error = store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unexpected);
            assert!(error.message().starts_with("the place") && error.message().contains(message), "{error}");
        }
    }
}
