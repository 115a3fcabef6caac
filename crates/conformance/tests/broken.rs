//! Stores that break one promise each, so that the suite is known to notice.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use airbridge_conformance::{CANARY, Subject, described, run, texts};
use airbridge_core::{
    Action, Change, Content, Cursor, Descriptor, Error, ErrorKind, MemoryStore, Metadata, NamePrefix,
    Operation, Page, Payload, Read, Receipt, Rejection, Result, SecretName, SecretStore, Stored,
    SupportedMetadata,
};
use async_trait::async_trait;
use futures::future::join_all;

const PAGE: NonZeroUsize = NonZeroUsize::new(7).unwrap();

#[derive(Clone, Copy, Debug, PartialEq)]
enum Defect {
    None,
    LosesACapability,
    AcceptsEverything,
    RefusesWhatFits,
    ShowsValuesInDebug,
    ShowsValuesInRefusals,
    ShowsValuesInErrors,
    ListsNeighbours,
    ListsOnePageOnly,
    ListsTwice,
    FailsOnEmptyListing,
    CarriesOldContent,
    AbsentIsAnError,
    AnswersInItsOwnOrder,
    TrimsValues,
    IgnoresTheVersionRead,
    ForgetsReceipts,
    CreateReplaces,
    ReplaceCreates,
    IgnoresTheVersionExpected,
    DeleteOfAbsentFails,
    DeletesWithoutSayingSo,
    DeletesNothing,
    LosesConcurrentWrites,
    LeavesOutInSilence,
    ShowsWhatItLeavesOut,
    KeepsWhatIsOurs,
    SaysNothingOnCreate,
    SaysNothingOnReplace,
    ReplacesWhatWasSaid,
    SaysBeforeItLooks,
}

struct Broken {
    defect: Defect,
    inner: MemoryStore,
    descriptor: Descriptor,
}

impl Broken {
    fn new(defect: Defect) -> Self {
        let inner = MemoryStore::new("memory", PAGE);
        let mut descriptor = inner.descriptor().clone();
        descriptor.capabilities.atomic_write = defect != Defect::LosesACapability;
        Self { defect, inner, descriptor }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    async fn taken(&self, name: &SecretName) -> Result<bool> {
        let answers = self.inner.read_batch(&[Read::current(name.clone())]).await?;
        Ok(matches!(answers[0], Ok(Some(_))))
    }

    /// Says what a change says, whatever becomes of it.
    async fn say(&self, change: &Change) -> Result<()> {
        let found = self.inner.read_batch(&[Read::current(change.name.clone())]).await?.remove(0)?;
        if let Some(Stored { content: Content::Payload(payload), .. }) = found {
            let action = Action::Replace { payload, expect: None };
            self.inner.write_batch(&[Change { action, ..change.clone() }]).await?.remove(0)?;
        }
        Ok(())
    }

    async fn write_one(&self, change: &Change) -> Result<Receipt> {
        let taken = self.taken(&change.name).await?;
        let mut change = change.clone();
        let create = matches!(change.action, Action::Create(_));
        if self.has(if create { Defect::SaysNothingOnCreate } else { Defect::SaysNothingOnReplace }) {
            change.metadata = Metadata::default();
        }
        if !change.metadata.is_empty() && taken {
            if self.has(Defect::ReplacesWhatWasSaid) {
                self.inner
                    .write_batch(&[Change::new(change.name.clone(), Action::Delete { expect: None })])
                    .await?;
                change.action = match change.action {
                    Action::Replace { payload, .. } => Action::Create(payload),
                    action => action,
                };
            }
            if create && self.has(Defect::SaysBeforeItLooks) {
                self.say(&change).await?;
            }
        }
        change.action = match change.action {
            Action::Create(payload) if taken && self.has(Defect::CreateReplaces) => {
                Action::Replace { payload, expect: None }
            }
            Action::Replace { payload, .. } if !taken && self.has(Defect::ReplaceCreates) => {
                Action::Create(payload)
            }
            Action::Replace { payload, .. } if self.has(Defect::IgnoresTheVersionExpected) => {
                Action::Replace { payload, expect: None }
            }
            Action::Create(Payload::Text(text)) if self.has(Defect::TrimsValues) => {
                Action::Create(Payload::text(text.expose().trim()))
            }
            Action::Create(Payload::Text(text)) if taken && self.has(Defect::ShowsValuesInErrors) => {
                let message = format!("the name is taken, {} is not stored", text.expose());
                return Err(Error::new(ErrorKind::AlreadyExists, Operation::Write, message));
            }
            Action::Delete { .. } if !taken && self.has(Defect::DeleteOfAbsentFails) => {
                return Err(Error::new(ErrorKind::NotFound, Operation::Write, "nothing has this name"));
            }
            Action::Delete { .. } if self.has(Defect::DeletesNothing) => {
                return Ok(Receipt { version: None });
            }
            action => action,
        };
        if self.has(Defect::LosesConcurrentWrites) {
            // As a file that is read, and written back when others have written it meanwhile.
            let before = self.inner.list_page(&NamePrefix::new(""), None).await?.headers.len();
            tokio::task::yield_now().await;
            let after = self.inner.list_page(&NamePrefix::new(""), None).await?.headers.len();
            if before != after {
                return Ok(Receipt { version: None });
            }
        }
        let receipt = self.inner.write_batch(&[change]).await?.remove(0)?;
        Ok(if self.has(Defect::ForgetsReceipts) { Receipt { version: None } } else { receipt })
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.defect {
            Defect::ShowsValuesInDebug => f.write_str(&texts()[0]),
            defect => write!(f, "Broken({defect:?})"),
        }
    }
}

#[async_trait]
impl SecretStore for Broken {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        match (self.defect, payload, self.inner.check(name, payload)) {
            (Defect::AcceptsEverything, ..) => Ok(()),
            (Defect::RefusesWhatFits, ..) => Err(Rejection::new("name-invalid", "no")),
            (Defect::ShowsValuesInRefusals, Payload::Text(text), Err(unfit)) => {
                Err(Rejection::new(unfit.reason, format!("{} has no name", text.expose())))
            }
            (.., checked) => checked,
        }
    }

    fn supported_metadata(
        &self,
        name: &SecretName,
        metadata: &Metadata,
        there: Option<&Metadata>,
    ) -> SupportedMetadata {
        let mut kept = self.inner.supported_metadata(name, metadata, there);
        match self.defect {
            Defect::LeavesOutInSilence => kept.left_out.clear(),
            Defect::ShowsWhatItLeavesOut => kept.left_out.push(format!("tag a: {CANARY} is no value")),
            Defect::KeepsWhatIsOurs => {
                let ours = metadata.tags.get_key_value("airbridge-id");
                kept.metadata.tags.extend(ours.map(|(key, value)| (key.clone(), value.clone())));
                kept.left_out.retain(|sentence| !sentence.contains("airbridge-id"));
            }
            _ => {}
        }
        kept
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let shorter = prefix.as_str().strip_suffix(|_: char| true).unwrap_or_default();
        let neighbours = self.has(Defect::ListsNeighbours) && shorter.len() > "suite/22".len();
        let asked = if neighbours { NamePrefix::new(shorter) } else { prefix.clone() };
        let mut page = self.inner.list_page(&asked, cursor).await?;
        match self.defect {
            Defect::ListsOnePageOnly => page.next = None,
            Defect::ListsTwice => page.headers.extend(page.headers.first().cloned()),
            Defect::FailsOnEmptyListing if page.headers.is_empty() => {
                return Err(Error::new(ErrorKind::NotFound, Operation::List, "no such folder"));
            }
            Defect::CarriesOldContent => {
                for header in &mut page.headers {
                    header.stored = Some(Stored::payload(Payload::text("old"), None));
                }
            }
            _ => {}
        }
        Ok(page)
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let mut wanted = wanted.to_vec();
        if self.has(Defect::AnswersInItsOwnOrder) {
            wanted.sort_by(|a, b| a.name.cmp(&b.name));
        }
        if self.has(Defect::IgnoresTheVersionRead) {
            wanted = wanted.into_iter().map(|read| Read::current(read.name)).collect();
        }
        let mut answers = self.inner.read_batch(&wanted).await?;
        if self.has(Defect::AbsentIsAnError) {
            let absent = Error::new(ErrorKind::NotFound, Operation::Read, "nothing has this name");
            for answer in answers.iter_mut().filter(|answer| matches!(answer, Ok(None))) {
                *answer = Err(absent.clone());
            }
        }
        Ok(answers)
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        Ok(join_all(changes.iter().map(|change| self.write_one(change))).await)
    }
}

fn subject(defect: Defect) -> Subject {
    let store = Arc::new(Broken::new(defect));
    Subject {
        expected: store.inner.descriptor().clone(),
        store,
        prefix: "suite/".to_owned(),
        separator: "/",
        names: vec!["with space".to_owned()],
        payloads: texts().into_iter().map(Payload::text).collect(),
        unfit: vec![(SecretName::new(""), Payload::text(texts().remove(0)), "name-invalid")],
        existing: vec![],
        page: Some(PAGE.get()),
        deletes: defect != Defect::DeletesWithoutSayingSo,
        metadata: described(),
    }
}

/// What the suite says of a store.
async fn verdict(subject: Subject) -> Option<String> {
    let panic = tokio::spawn(run(subject)).await.err()?.into_panic();
    let literal = panic.downcast_ref::<&str>().map(|message| (*message).to_owned());
    literal.or_else(|| panic.downcast_ref().cloned())
}

#[tokio::test]
async fn each_broken_promise_is_named() {
    for (defect, promise) in [
        (Defect::LosesACapability, "the descriptor is what is expected"),
        (Defect::AcceptsEverything, "check refuses what the store cannot hold"),
        (Defect::RefusesWhatFits, "check accepts what the store can hold"),
        (Defect::ShowsValuesInDebug, "no debug print shows a payload"),
        (Defect::ShowsValuesInRefusals, "the refusal shows a payload"),
        (Defect::ShowsValuesInErrors, "the outcome of a write shows a payload"),
        (Defect::ListsNeighbours, "names that do not start with the prefix are left out"),
        (Defect::ListsOnePageOnly, "following cursors yields every name exactly once"),
        (Defect::ListsTwice, "a name was listed twice"),
        (Defect::FailsOnEmptyListing, "a prefix that matches nothing is an empty listing"),
        (Defect::CarriesOldContent, "what a listing says of a secret is what a read finds"),
        (Defect::AbsentIsAnError, "an absent name reads as Ok(None)"),
        (Defect::AnswersInItsOwnOrder, "outcome i belongs to request i"),
        (Defect::TrimsValues, "a payload comes back byte for byte"),
        (Defect::IgnoresTheVersionRead, "a version that a write answered with"),
        (Defect::ForgetsReceipts, "the write had no version"),
        (Defect::CreateReplaces, "a create of a taken name is AlreadyExists"),
        (Defect::ReplaceCreates, "a replace of an absent name is NotFound"),
        (Defect::IgnoresTheVersionExpected, "a replace of another version than expected"),
        (Defect::DeleteOfAbsentFails, "deleting what is absent succeeds"),
        (Defect::DeletesWithoutSayingSo, "a store that does not delete says Unsupported"),
        (Defect::DeletesNothing, "what was deleted is absent"),
        // Noticed already where the suite fills several pages.
        (Defect::LosesConcurrentWrites, "1 of 15 names"),
        (Defect::LeavesOutInSilence, "everything is kept, or left out with a sentence"),
        (Defect::ShowsWhatItLeavesOut, "what is left out shows a payload"),
        (Defect::KeepsWhatIsOurs, "everything is kept, or left out with a sentence"),
        (Defect::SaysNothingOnCreate, "what a create said comes back"),
        (Defect::SaysNothingOnReplace, "a replace adds what it says"),
        (Defect::ReplacesWhatWasSaid, "a replace adds what it says"),
        (Defect::SaysBeforeItLooks, "a create of a taken name and a late replace"),
    ] {
        let message = verdict(subject(defect)).await;
        assert!(message.as_ref().is_some_and(|message| message.contains(promise)), "{defect:?}: {message:?}");
    }
    assert_eq!(verdict(subject(Defect::None)).await, None);
}

#[tokio::test]
async fn a_subject_that_gives_too_little_is_refused() {
    let whole = subject(Defect::None);
    let there = |name: &str| (SecretName::new(name), Payload::text("x"));
    let read_only = {
        let mut expected = whole.expected.clone();
        expected.capabilities.write = false;
        expected
    };
    for (subject, complaint) in [
        (Subject { payloads: whole.payloads[..2].to_vec(), ..whole.clone() }, "three different payloads"),
        (
            Subject { payloads: ["a", "b", "c"].map(Payload::text).into(), ..whole.clone() },
            "contains the canary",
        ),
        (Subject { expected: read_only, ..whole.clone() }, "three secrets from the start"),
        (Subject { page: Some(500), ..whole.clone() }, "a page holds"),
        (Subject { existing: vec![there("suite/1")], ..whole.clone() }, "goes on with no digit"),
    ] {
        let message = verdict(subject).await;
        assert!(
            message.as_ref().is_some_and(|message| message.contains(complaint)),
            "{complaint}: {message:?}"
        );
    }
}

#[test]
fn the_texts_are_different() {
    let texts = texts();
    assert!(texts.iter().enumerate().all(|(index, text)| !texts[..index].contains(text)));
}
