//! The calls that cases make, each held to what every answer must satisfy.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use airbridge_core::{
    Action, Change, Content, Error, Header, Metadata, NamePrefix, Payload, Read, Receipt, SecretName,
    SecretStoreExt, State, Stored, Version,
};
use futures::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use crate::Subject;
use crate::case::{Case, difference, is};

/// Time between two attempts of a listing or read that may lag.
const POLL: Duration = Duration::from_millis(100);

impl Case<'_> {
    /// A secret that is there, with its payload: a new one, or one of [`Subject::existing`] if the store cannot be written.
    pub(crate) async fn secret(&self, index: usize) -> (SecretName, &Payload) {
        let (name, payload) = if self.subject.writes() {
            let name = self.name(&format!("{index:04}"));
            self.create(&name, self.payload(0)).await;
            (name, self.payload(0))
        } else {
            match self.subject.existing.iter().cycle().nth(index) {
                Some((name, payload)) => (name.clone(), payload),
                None => self.fail("the subject names no secret of a store that is only read"),
            }
        };
        self.holds(&name, payload).await;
        (name, payload)
    }

    /// Every secret whose name starts with `prefix`, page by page.
    pub(crate) async fn pages(&self, prefix: &str) -> Vec<Vec<Header>> {
        let prefix = NamePrefix::new(prefix);
        let (mut pages, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.subject.store.list_page(&prefix, cursor.as_ref()).await;
            let page = self.ok("list", page);
            pages.push(page.headers);
            match page.next {
                Some(next) if cursor.as_ref() == Some(&next) => {
                    self.fail("a page returned the cursor that it was asked with")
                }
                Some(next) => cursor = Some(next),
                None => return pages,
            }
        }
    }

    /// Fails the case unless a listing has exactly the names in `expected`, at once or within the read lag.
    pub(crate) async fn lists(&self, prefix: &str, expected: &BTreeSet<SecretName>) {
        let found = self
            .until(
                || async {
                    let headers: Vec<_> = self.pages(prefix).await.into_iter().flatten().collect();
                    let names: BTreeSet<_> = headers.iter().map(|header| header.name.clone()).collect();
                    self.hold(names.len() == headers.len(), "a name was listed twice");
                    names
                },
                |names| names == expected,
            )
            .await;
        self.same_names(&format!("the listing of {prefix:?}"), &found, expected);
    }

    /// What a read of `name` finds, `None` for nothing.
    pub(crate) async fn read(&self, name: &SecretName, version: Option<&Version>) -> Option<Stored> {
        let outcome = self.try_read(name, version).await;
        let found = self.ok("read", outcome);
        if let Some(stored) = &found {
            self.has_version("a read", stored.version.as_ref());
        }
        found
    }

    /// The outcome of a read of one name.
    pub(crate) async fn try_read(
        &self,
        name: &SecretName,
        version: Option<&Version>,
    ) -> Result<Option<Stored>, Error> {
        let wanted = [Read { name: name.clone(), version: version.cloned() }];
        let mut outcomes = self.subject.store.read_batch(&wanted).await?;
        self.hold(outcomes.len() == 1, format!("a read of 1 name returned {} outcomes", outcomes.len()));
        outcomes.remove(0)
    }

    /// Fails the case unless a version is there exactly if the store's capabilities say so.
    pub(crate) fn has_version(&self, what: &str, version: Option<&Version>) {
        let (promised, found) = (self.versions(), format!("{what} carries the version {version:?}"));
        let allowed = if promised {
            "`capabilities.versions` is true: every receipt and every read carries a version"
        } else {
            "`capabilities.versions` is false: no receipt, read or listing carries a version"
        };
        self.allow(version.is_some() == promised, found, allowed);
    }

    /// Fails the case unless `name` holds `payload`, at once or within the read lag. Returns the version.
    pub(crate) async fn holds(&self, name: &SecretName, payload: &Payload) -> Option<Version> {
        let found = self.until(|| self.read(name, None), |found| is(found.as_ref(), payload)).await;
        let is = is(found.as_ref(), payload);
        let index = self.subject.payloads.iter().position(|one| one == payload);
        let which = index.map_or(String::new(), |index| format!(" (payload {index} of the subject)"));
        self.hold(
            is,
            format!("a read of {:?}{which} found {}", name.as_str(), difference(found.as_ref(), payload)),
        );
        found.and_then(|stored| stored.version)
    }

    /// Fails the case unless `name` is absent, at once or within the read lag.
    pub(crate) async fn is_absent(&self, name: &SecretName) {
        let found = self.until(|| self.read(name, None), Option::is_none).await;
        self.hold(found.is_none(), format!("{:?} is not absent: {found:?}", name.as_str()));
    }

    /// Fails the case unless `name` is absent or kept as deleted, at once or within the read lag.
    pub(crate) async fn is_deleted(&self, name: &SecretName) {
        let read = || async { self.ok("read", self.try_read(name, None).await) };
        let is_gone = |found: &Option<Stored>| match found {
            None => true,
            Some(found) => matches!(found.content, Content::Hidden(State::Deleted { .. })),
        };
        let found = self.until(read, is_gone).await;
        self.hold(is_gone(&found), format!("{:?} is not deleted: {found:?}", name.as_str()));
    }

    /// The metadata of `name`, from the listing or from a read.
    pub(crate) async fn metadata(&self, name: &SecretName) -> Metadata {
        let headers = self.pages(name.as_str()).await.into_iter().flatten();
        let listed = headers.filter(|header| header.name == *name).find_map(|header| header.metadata);
        let read = self.read(name, None).await.and_then(|stored| stored.metadata);
        let none = Metadata::NONE;
        listed.as_deref().unwrap_or(none).over(read.as_deref().unwrap_or(none))
    }

    /// The outcome of one change.
    pub(crate) async fn write(&self, name: &SecretName, action: Action) -> Result<Receipt, Error> {
        self.write_with(name, action, &Metadata::default()).await
    }

    /// The outcome of one change with metadata.
    pub(crate) async fn write_with(
        &self,
        name: &SecretName,
        action: Action,
        metadata: &Metadata,
    ) -> Result<Receipt, Error> {
        let gives_version = !matches!(action, Action::Delete { .. });
        let outcome = self.change(name, action, metadata).await;
        if let (Ok(receipt), true) = (&outcome, gives_version) {
            self.has_version("a receipt", receipt.version.as_ref());
        }
        outcome
    }

    /// The outcome of one change, of which nothing is demanded.
    pub(crate) async fn try_write(&self, name: &SecretName, action: Action) -> Result<(), Error> {
        self.change(name, action, &Metadata::default()).await.map(drop)
    }

    async fn change(&self, name: &SecretName, action: Action, metadata: &Metadata) -> Result<Receipt, Error> {
        let change = [Change::new(name.clone(), action).with_metadata(metadata.clone())];
        self.quiet("the change", &change);
        let mut outcomes = self.subject.store.write_each(&change).await;
        self.quiet("the outcome of a write", &outcomes);
        outcomes.remove(0)
    }

    /// Creates a secret. Returns its version.
    pub(crate) async fn create(&self, name: &SecretName, payload: &Payload) -> Option<Version> {
        self.ok("create", self.write(name, Action::Create(payload.clone())).await).version
    }

    /// Gives a secret a new payload. Returns the new version.
    pub(crate) async fn replace(
        &self,
        name: &SecretName,
        payload: &Payload,
        expect: Option<Version>,
    ) -> Option<Version> {
        self.ok("replace", self.write(name, Action::Replace { payload: payload.clone(), expect }).await)
            .version
    }

    /// Creates many secrets, with the payloads in turn.
    pub(crate) async fn create_all(&self, names: &[SecretName]) {
        let action = |index| Action::Create(self.payload(index).clone());
        let changes = names.iter().enumerate().map(|(index, name)| Change::new(name.clone(), action(index)));
        self.write_all(&changes.collect::<Vec<_>>()).await;
    }

    /// Makes many changes that must succeed, in batches and at the same time as far as the store's limits allow.
    pub(crate) async fn write_all(&self, changes: &[Change]) {
        let limits = self.subject.expected.limits;
        let batches = changes.chunks(limits.write_batch).map(|batch| self.subject.store.write_each(batch));
        let batches: Vec<_> = batches.collect();
        let outcomes: Vec<_> = stream::iter(batches).buffered(limits.concurrency).collect().await;
        for outcome in outcomes.into_iter().flatten() {
            self.ok("write", outcome);
        }
    }

    /// Asks until the answer is good or the read lag is over. Returns the last answer.
    pub(crate) async fn until<T, F: Future<Output = T>>(
        &self,
        ask: impl Fn() -> F,
        good: impl Fn(&T) -> bool,
    ) -> T {
        let deadline = Instant::now() + self.subject.expected.read_lag;
        loop {
            let answer = ask().await;
            if good(&answer) || Instant::now() >= deadline {
                return answer;
            }
            sleep(POLL).await;
        }
    }
}

/// Deletes the secrets that the suite created, if the store deletes.
pub(crate) async fn clean_up(subject: &Subject) {
    if !subject.deletes {
        return;
    }
    let case = Case::new(subject, 99, "what the suite created can be deleted");
    let existing: BTreeSet<_> = subject.existing.iter().map(|(name, _)| name).collect();
    let delete = |name| Change::new(name, Action::Delete { expect: None });
    let changes: Vec<_> = (case.pages(&subject.prefix).await.into_iter().flatten())
        .filter(|header| !existing.contains(&header.name))
        .map(|header| delete(header.name))
        .collect();
    case.write_all(&changes).await;
}
