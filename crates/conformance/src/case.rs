//! What every case stands on: names of its own, calls that must succeed, and an eye on what `Debug` shows.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use airbridge_core::{
    Action, Change, Content, Error, ErrorKind, Header, Metadata, NamePrefix, Payload, Read, Receipt,
    SecretName, SecretStoreExt, Stored, Version,
};
use futures::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use crate::{CANARY, Subject};

/// How often a listing or read that may lag is asked again.
const POLL: Duration = Duration::from_millis(100);

/// One promise under test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) subject: &'a Subject,
    number: u8,
    promise: &'static str,
}

impl<'a> Case<'a> {
    /// `number` has two digits, so that no case's names start with another's; the first digit is the room's.
    pub(crate) fn new(subject: &'a Subject, number: u8, promise: &'static str) -> Self {
        assert!((10..100).contains(&number), "case {number} has no number of two digits");
        Self { subject, number, promise }
    }

    /// Ends the case.
    pub(crate) fn fail(&self, what: impl AsRef<str>) -> ! {
        let place = &self.subject.expected.place;
        panic!("{place}, case {}: broken promise: {}: {}", self.number, self.promise, what.as_ref());
    }

    /// Ends the case unless `held`.
    pub(crate) fn hold(&self, held: bool, what: impl AsRef<str>) {
        if !held {
            self.fail(what);
        }
    }

    /// The start of this case's names.
    pub(crate) fn prefix(&self) -> String {
        format!("{}{}", self.subject.prefix, self.number)
    }

    /// One of this case's names.
    pub(crate) fn name(&self, ending: &str) -> SecretName {
        SecretName::new(format!("{}{ending}", self.prefix()))
    }

    /// `count` of this case's names, none the start of another.
    pub(crate) fn names(&self, count: usize) -> Vec<SecretName> {
        (0..count).map(|index| self.name(&format!("{index:04}"))).collect()
    }

    /// The payloads in turn.
    pub(crate) fn payload(&self, index: usize) -> &'a Payload {
        &self.subject.payloads[index % self.subject.payloads.len()]
    }

    /// Every name that starts with `prefix`, page by page.
    pub(crate) async fn pages(&self, prefix: &str) -> Vec<Vec<Header>> {
        let prefix = NamePrefix::new(prefix);
        let (mut pages, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.subject.store.list_page(&prefix, cursor.as_ref()).await;
            let page = self.ok("list", page);
            pages.push(page.headers);
            match page.next {
                Some(next) if cursor.as_ref() == Some(&next) => self.fail("a cursor led to itself"),
                Some(next) => cursor = Some(next),
                None => return pages,
            }
        }
    }

    /// The names of a listing, once it shows what `expected` says or the time that the store may lag is over.
    pub(crate) async fn listed(&self, prefix: &str, expected: &BTreeSet<SecretName>) -> BTreeSet<SecretName> {
        self.settled(
            || async {
                let headers: Vec<_> = self.pages(prefix).await.into_iter().flatten().collect();
                let names: BTreeSet<_> = headers.iter().map(|header| header.name.clone()).collect();
                self.hold(names.len() == headers.len(), "a name was listed twice");
                names
            },
            |names| names == expected,
        )
        .await
    }

    /// What is under `name`, `None` if nothing.
    pub(crate) async fn read(&self, name: &SecretName, version: Option<&Version>) -> Option<Stored> {
        let wanted = [Read { name: name.clone(), version: version.cloned() }];
        let mut answers = self.ok("read", self.subject.store.read_batch(&wanted).await);
        self.hold(answers.len() == 1, format!("one name was asked for and {} answered", answers.len()));
        self.ok("read", answers.remove(0))
    }

    /// Ends the case unless `name` holds `payload`, at once or within the time that the store may lag. Gives the version.
    pub(crate) async fn holds(&self, name: &SecretName, payload: &Payload) -> Option<Version> {
        let found = self.settled(|| self.read(name, None), |found| is(found.as_ref(), payload)).await;
        self.hold(is(found.as_ref(), payload), format!("{name} holds something else: {found:?}"));
        found.and_then(|stored| stored.version)
    }

    /// Ends the case unless nothing is under `name`, at once or within the time that the store may lag.
    pub(crate) async fn is_absent(&self, name: &SecretName) {
        let found = self.settled(|| self.read(name, None), Option::is_none).await;
        self.hold(found.is_none(), format!("{name} is there: {found:?}"));
    }

    /// What is said of `name`, by the listing or by a read.
    pub(crate) async fn said(&self, name: &SecretName) -> Metadata {
        let headers = self.pages(name.as_str()).await.into_iter().flatten();
        let listed = headers.filter(|header| header.name == *name).map(|header| header.metadata).next();
        let read = self.read(name, None).await.map(|stored| stored.metadata);
        listed.unwrap_or_default().over(&read.unwrap_or_default())
    }

    /// One change.
    pub(crate) async fn write(&self, name: &SecretName, action: Action) -> Result<Receipt, Error> {
        self.write_saying(name, action, &Metadata::default()).await
    }

    /// One change that says something of its secret.
    pub(crate) async fn write_saying(
        &self,
        name: &SecretName,
        action: Action,
        metadata: &Metadata,
    ) -> Result<Receipt, Error> {
        let change = [Change::new(name.clone(), action).with_metadata(metadata.clone())];
        self.quiet("the change", &change);
        let mut outcomes = self.subject.store.write_each(&change).await;
        self.quiet("the outcome of a write", &outcomes);
        outcomes.remove(0)
    }

    /// A new secret.
    pub(crate) async fn create(&self, name: &SecretName, payload: &Payload) -> Option<Version> {
        self.ok("create", self.write(name, Action::Create(payload.clone())).await).version
    }

    /// A new payload for a secret.
    pub(crate) async fn replace(
        &self,
        name: &SecretName,
        payload: &Payload,
        expect: Option<Version>,
    ) -> Option<Version> {
        self.ok("replace", self.write(name, Action::Replace { payload: payload.clone(), expect }).await)
            .version
    }

    /// Many new secrets, the payloads in turn.
    pub(crate) async fn create_all(&self, names: &[SecretName]) {
        let action = |index| Action::Create(self.payload(index).clone());
        let changes = names.iter().enumerate().map(|(index, name)| Change::new(name.clone(), action(index)));
        self.write_all(&changes.collect::<Vec<_>>()).await;
    }

    /// Many changes that must succeed, in batches and at the same time as far as the store allows.
    async fn write_all(&self, changes: &[Change]) {
        let limits = self.subject.expected.limits;
        let batches = changes.chunks(limits.write_batch).map(|batch| self.subject.store.write_each(batch));
        let batches: Vec<_> = batches.collect();
        let outcomes: Vec<_> = stream::iter(batches).buffered(limits.concurrency).collect().await;
        for outcome in outcomes.into_iter().flatten() {
            self.ok("write", outcome);
        }
    }

    /// Ends the case unless the outcome is an error of this kind about this name.
    pub(crate) fn fails<T: Debug>(&self, outcome: Result<T, Error>, kinds: &[ErrorKind]) {
        match outcome {
            Err(error) if kinds.contains(&error.kind()) => {}
            other => self.fail(format!("expected {kinds:?}, got {other:?}")),
        }
    }

    /// The value of a call that must succeed.
    pub(crate) fn ok<T: Debug>(&self, call: &str, outcome: Result<T, Error>) -> T {
        self.quiet(call, &outcome);
        outcome.unwrap_or_else(|error| {
            self.quiet(call, error.to_string());
            self.quiet(call, error.hint());
            self.fail(format!("{call} failed: {error} ({error:?})"))
        })
    }

    /// Ends the case if `Debug` shows a payload.
    pub(crate) fn quiet(&self, what: &str, thing: impl Debug) {
        // Not printed: that is the point.
        self.hold(!format!("{thing:?}").contains(CANARY), format!("{what} shows a payload"));
    }

    /// Asks until the answer is as it should be, for as long as the store may lag; gives the last answer.
    pub(crate) async fn settled<T, F: Future<Output = T>>(
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

/// Whether a secret was found that holds exactly this.
pub(crate) fn is(found: Option<&Stored>, payload: &Payload) -> bool {
    found.is_some_and(|stored| stored.content == Content::Payload(payload.clone()))
}

/// Removes what the suite made, where the store removes anything.
pub(crate) async fn clean_up(subject: &Subject) {
    if !subject.deletes {
        return;
    }
    let case = Case::new(subject, 99, "what was made can be removed");
    let existing: BTreeSet<_> = subject.existing.iter().map(|(name, _)| name).collect();
    let delete = |name| Change::new(name, Action::Delete { expect: None });
    let changes: Vec<_> = (case.pages(&subject.prefix).await.into_iter().flatten())
        .filter(|header| !existing.contains(&header.name))
        .map(|header| delete(header.name))
        .collect();
    case.write_all(&changes).await;
}
