//! The calls that users of a store make: any number of secrets, within the store's limits.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use async_trait::async_trait;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::{
    Change, Error, ErrorKind, Header, NamePrefix, Operation, Page, Read, Receipt, Result, SecretStore, Stored,
};

/// Pages without a new name in a row that a listing may have. Services that filter send some.
const PAGES_WITHOUT_NEWS: usize = 10_000;

/// Names that a listing may have. AWS allows 500,000 secrets in a region.
const MAX_NAMES: usize = 5_000_000;

fn hash(item: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    item.hash(&mut hasher);
    hasher.finish()
}

/// What a listing has returned so far, to end one that would go on forever. Hashes are enough: cursors and names may be
/// long, and a wrong match only makes a page count as one without a new name.
struct Listing {
    max_names: usize,
    cursors: HashSet<u64>,
    names: HashSet<u64>,
    pages_without_news: usize,
}

impl Listing {
    fn new(max_names: usize) -> Self {
        Self { max_names, cursors: HashSet::new(), names: HashSet::new(), pages_without_news: 0 }
    }

    /// Takes note of one page. Returns what is wrong with a listing that does not end.
    fn add(&mut self, page: &Page) -> Result<(), String> {
        let before = self.names.len();
        self.names.extend(page.headers.iter().map(|header| hash(&header.name)));
        self.pages_without_news = if self.names.len() > before { 0 } else { self.pages_without_news + 1 };
        let Some(next) = &page.next else { return Ok(()) };
        if !self.cursors.insert(hash(next)) {
            return Err("returned the same page cursor twice, so its listing would never end".to_owned());
        }
        if self.pages_without_news >= PAGES_WITHOUT_NEWS {
            return Err(format!("returned {PAGES_WITHOUT_NEWS} pages without a new name in a row"));
        }
        if self.names.len() > self.max_names {
            return Err(format!("lists more than {} names, which airbridge does not read", self.max_names));
        }
        Ok(())
    }
}

/// Lists, reads and writes of any size, split into batches by the store's limits and run concurrently within them.
#[async_trait]
pub trait SecretStoreExt: SecretStore {
    /// Every secret whose name starts with `prefix`. `progress` gets the number of names on each page.
    ///
    /// # Errors
    ///
    /// The first error of a page; `Unexpected` if the service returns a cursor again, 10,000 pages in a row
    /// without a new name, or more than 5,000,000 names.
    async fn list_all(&self, prefix: &NamePrefix, progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Header>> {
        let (mut headers, mut cursor, mut listing) = (Vec::new(), None, Listing::new(MAX_NAMES));
        loop {
            let page = self.list_page(prefix, cursor.as_ref()).await?;
            progress(page.headers.len());
            if page.next.is_none() && headers.is_empty() {
                return Ok(page.headers);
            }
            let endless = |what| {
                let place = &self.descriptor().place;
                unexpected(Operation::List, &format!("{place} {what}"))
            };
            listing.add(&page).map_err(endless)?;
            headers.extend(page.headers);
            match page.next {
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
        let size = limits.read_batch.max(1);
        if wanted.len() <= size && !wanted.is_empty() {
            return read_batch_whole(self, wanted, progress).await;
        }
        let batches: Vec<_> =
            wanted.chunks(size).map(|batch| read_batch_whole(self, batch, progress).boxed()).collect();
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

    use super::{Listing, SecretStoreExt};
    use crate::{
        Change, Cursor, Descriptor, ErrorKind, Header, MemoryStore, Metadata, NamePrefix, Page, Payload,
        Read, Receipt, Rejection, Result, SecretName, SecretStore, Stored, SupportedMetadata,
    };

    /// The number of the page after a page.
    type Next = fn(usize) -> usize;

    /// The names on a page.
    type Names = fn(usize) -> Vec<String>;

    /// A store whose pages are made from the number of the page.
    #[derive(Debug)]
    struct Pages {
        inner: MemoryStore,
        next: Next,
        names: Names,
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
            let headers = (self.names)(page).into_iter().map(SecretName::new).map(Header::live).collect();
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
        let own: Names = |page| vec![format!("name-{page}")];
        let circles: [(Next, Names, &str); 4] = [
            (|_| 7, own, "the same page cursor twice"),
            (|page| page % 3 + 1, own, "the same page cursor twice"),
            (|page| page + 1, |_| Vec::new(), "10000 pages without a new name in a row"),
            (|page| page + 1, |_| vec!["name".to_owned()], "10000 pages without a new name in a row"),
        ];
        for (next, names, message) in circles {
            let inner = MemoryStore::new("the place", NonZeroUsize::MIN);
            let store = Pages { inner, next, names };
            let error = store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unexpected);
            assert!(error.message().starts_with("the place") && error.message().contains(message), "{error}");
        }
    }
    #[test]
    fn listing_ends_at_the_maximum_of_names() {
        let mut listing = Listing::new(3);
        let page = |names: &[&str], next: &str| Page {
            headers: names.iter().map(|name| Header::live(SecretName::new(*name))).collect(),
            next: Some(Cursor::new(next)),
        };
        assert_eq!(listing.add(&page(&["a", "b"], "1")), Ok(()));
        assert_eq!(listing.add(&page(&["b", "c"], "2")), Ok(()));
        let message = "lists more than 3 names, which airbridge does not read";
        assert_eq!(listing.add(&page(&["d"], "3")), Err(message.to_owned()));
    }
}
