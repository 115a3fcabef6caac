//! A store that breaks one promise.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use crate::defect::Defect;
use airbridge_conformance::{CANARY, texts};
use airbridge_core::{
    Action, Change, Content, Cursor, Descriptor, Error, ErrorKind, Look, MemoryStore, Metadata, NamePrefix,
    Operation, Page, Payload, Read, Receipt, Rejection, Result, SecretName, SecretStore, State, Stored,
    SupportedMetadata, Version,
};
use async_trait::async_trait;
use futures::future::join_all;

pub(crate) const PAGE: NonZeroUsize = NonZeroUsize::new(7).unwrap();
/// The longest name that the store accepts.
pub(crate) const NAME: usize = 300;
/// The largest value that the store accepts.
pub(crate) const VALUE: usize = 4_096;
/// The changes in one look.
pub(crate) const LOOKS: usize = 20;
/// The token that the store was opened with.
pub(crate) const TOKEN: &str = "s.t0k3n";

pub(crate) struct Broken {
    defect: Defect,
    pub(crate) inner: MemoryStore,
    descriptor: Descriptor,
    /// The names that hold bytes which are not UTF-8.
    pub(crate) binary: Arc<Mutex<BTreeSet<SecretName>>>,
}

impl Broken {
    pub(crate) fn new(defect: Defect) -> Self {
        let inner = MemoryStore::new("memory", PAGE);
        let keeps_deleted = matches!(
            defect,
            Defect::RestoreLosesTheValue | Defect::RestoreIgnoresThePayload | Defect::RestoreOfAbsentCreates
        );
        let inner = if keeps_deleted { inner.keeping_deleted() } else { inner };
        let mut descriptor = inner.descriptor().clone();
        descriptor.capabilities.atomic_write = defect != Defect::LosesACapability;
        descriptor.limits.look_batch = LOOKS;
        Self { defect, inner, descriptor, binary: Arc::default() }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    async fn is_taken(&self, name: &SecretName) -> Result<bool> {
        let outcomes = self.inner.read_batch(&[Read::current(name.clone())]).await?;
        Ok(matches!(outcomes[0], Ok(Some(_))))
    }

    /// Writes the metadata of a change, even if the change then fails.
    async fn write_metadata(&self, change: &Change) -> Result<()> {
        let found = self.inner.read_batch(&[Read::current(change.name.clone())]).await?.remove(0)?;
        if let Some(Stored { content: Content::Payload(payload), .. }) = found {
            let action = Action::Replace { payload, expect: None };
            self.inner.write_batch(&[Change { action, ..change.clone() }]).await?.remove(0)?;
        }
        Ok(())
    }

    async fn write_one(&self, change: &Change) -> Result<Receipt> {
        let mut change = change.clone();
        let (Action::Create(payload) | Action::Replace { payload, .. }) = &change.action else {
            return self.write_checked(change).await;
        };
        let limit = if self.has(Defect::AcceptsWhatTheServiceRefuses) { VALUE - 1 } else { VALUE };
        if size(payload) > limit {
            return Err(Error::write(ErrorKind::InvalidPayload, "the value is too large", &change.name));
        }
        if self.inner.check(&change.name, payload).is_err() {
            let kind = if self.has(Defect::SendsRefusedNames) {
                ErrorKind::Unexpected
            } else {
                ErrorKind::InvalidName
            };
            return Err(Error::write(kind, "the name is not valid", &change.name));
        }
        if self.has(Defect::WritesThroughDots) {
            change.name = resolved(&change.name);
        }
        self.write_checked(change).await
    }

    async fn write_checked(&self, mut change: Change) -> Result<Receipt> {
        let taken = self.is_taken(&change.name).await?;
        let create = matches!(change.action, Action::Create(_));
        let silent = if create { Defect::CreateWritesNoMetadata } else { Defect::ReplaceWritesNoMetadata };
        if self.has(silent) {
            change.metadata = None;
        }
        if !change.metadata().is_empty() && taken {
            if self.has(Defect::ReplaceDropsMetadata) {
                let delete = Change::new(change.name.clone(), Action::Delete { expect: None });
                self.inner.write_batch(&[delete]).await?;
                change.action = match change.action {
                    Action::Replace { payload, .. } => Action::Create(payload),
                    action => action,
                };
            }
            if create && self.has(Defect::WritesMetadataBeforeItLooks) {
                self.write_metadata(&change).await?;
            }
        }
        change.action = match change.action {
            Action::Create(payload) if taken && self.has(Defect::CreateReplaces) => {
                Action::Replace { payload, expect: None }
            }
            Action::Replace { payload, .. } if !taken && self.has(Defect::ReplaceCreates) => {
                Action::Create(payload)
            }
            Action::Replace { payload, .. }
                if self.has(Defect::IgnoresTheVersionExpected)
                    || self.has(Defect::IgnoresWhatItSaw) && change.look.is_some() =>
            {
                Action::Replace { payload, expect: None }
            }
            Action::Create(Payload::Text(text)) if self.has(Defect::TrimsValues) => {
                Action::Create(Payload::text(text.expose().trim()))
            }
            Action::Create(Payload::Text(text)) if taken && self.has(Defect::ShowsValuesInErrors) => {
                let message = format!("the name is taken, {} is not stored", text.expose());
                return Err(Error::write(ErrorKind::AlreadyExists, message, &change.name));
            }
            Action::Create(_) if taken && self.has(Defect::ShowsTheTokenInErrors) => {
                let message = format!("the name is taken (asked with {TOKEN})");
                return Err(Error::write(ErrorKind::AlreadyExists, message, &change.name));
            }
            Action::Delete { .. } if !taken && self.has(Defect::DeleteOfAbsentFails) => {
                return Err(Error::write(ErrorKind::NotFound, "no such secret", &change.name));
            }
            Action::Restore { payload: None } if self.has(Defect::RestoreLosesTheValue) && taken => {
                Action::Restore { payload: Some(Payload::text("another")) }
            }
            Action::Restore { .. } if self.has(Defect::RestoreIgnoresThePayload) => {
                Action::Restore { payload: None }
            }
            Action::Restore { payload: Some(payload) }
                if !taken && self.has(Defect::RestoreOfAbsentCreates) =>
            {
                Action::Create(payload)
            }
            Action::Restore { payload: Some(payload) } if self.has(Defect::RestoresWithoutSayingSo) => {
                Action::Replace { payload, expect: None }
            }
            Action::Delete { .. } if self.has(Defect::DeletesNothing) => {
                return Ok(Receipt { version: None });
            }
            action => action,
        };
        if self.has(Defect::LosesConcurrentWrites) {
            // Like a file that is read and written back after others have written it.
            let before = self.inner.list_page(&NamePrefix::new(""), None).await?.headers.len();
            tokio::task::yield_now().await;
            let after = self.inner.list_page(&NamePrefix::new(""), None).await?.headers.len();
            if before != after {
                return Ok(Receipt { version: Some(Version::new("1")) });
            }
        }
        let receipt = self.inner.write_batch(&[change]).await?.remove(0)?;
        let forgets = self.has(Defect::NoVersions) || self.has(Defect::NoVersionsInReceipts);
        Ok(if forgets { Receipt { version: None } } else { receipt })
    }
}

fn size(payload: &Payload) -> usize {
    match payload {
        Payload::Text(text) => text.len(),
        Payload::Fields(_) => 0,
    }
}

/// What an address parser makes of a name.
fn resolved(name: &SecretName) -> SecretName {
    let mut segments = Vec::new();
    for segment in name.as_str().split('/') {
        match segment {
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    SecretName::new(segments.join("/"))
}

/// The same error without the name.
fn nameless(error: &Error) -> Error {
    Error::new(error.kind(), error.operation(), error.message())
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.defect {
            Defect::ShowsValuesInDebug => f.write_str(&texts()[0]),
            Defect::ShowsTheTokenInDebug => write!(f, "Broken(token: {TOKEN})"),
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
        let (mut longest, mut largest) = (NAME, VALUE);
        match self.defect {
            Defect::RefusesLongNames => longest = NAME / 2,
            Defect::RefusesLargeValues => largest = VALUE / 4,
            Defect::AcceptsOneCharacterMore => longest = NAME + 1,
            Defect::AcceptsOneByteMore => largest = VALUE + 1,
            _ => {}
        }
        match (self.defect, payload, self.inner.check(name, payload)) {
            (Defect::AcceptsEverything, ..) => Ok(()),
            (Defect::RefusesWhatFits, ..) => Err(Rejection::new("name-invalid", "no")),
            (Defect::ShowsValuesInRefusals, Payload::Text(text), Err(rejection)) => {
                Err(Rejection::new(rejection.reason, format!("{} has no name", text.expose())))
            }
            _ if name.as_str().len() > longest => Err(Rejection::new("name-too-long", "too long")),
            _ if size(payload) > largest => Err(Rejection::new("value-too-large", "too large")),
            (.., checked) => checked,
        }
    }

    fn supported_metadata(
        &self,
        name: &SecretName,
        metadata: &Metadata,
        current: Option<&Metadata>,
    ) -> SupportedMetadata {
        let mut kept = self.inner.supported_metadata(name, metadata, current);
        match self.defect {
            Defect::LeavesOutInSilence => kept.left_out.clear(),
            Defect::ShowsWhatItLeavesOut => kept.left_out.push(format!("tag a: {CANARY} is not valid")),
            Defect::KeepsReservedTags => {
                let reserved = metadata.tags.get_key_value("airbridge-id");
                kept.metadata.tags.extend(reserved.map(|(key, value)| (key.clone(), value.clone())));
                kept.left_out.retain(|sentence| !sentence.contains("airbridge-id"));
            }
            _ => {}
        }
        kept
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let shorter = prefix.as_str().strip_suffix(|_: char| true).unwrap_or_default();
        let neighbours = self.has(Defect::ListsNeighbours) && shorter.len() > "suite/22".len();
        let mut asked = if neighbours { NamePrefix::new(shorter) } else { prefix.clone() };
        if self.has(Defect::ListsThroughDots) {
            asked = NamePrefix::new(resolved(&SecretName::new(asked.as_str())).as_str());
        }
        let mut page = self.inner.list_page(&asked, cursor).await?;
        match self.defect {
            Defect::ListsOnePageOnly => page.next = None,
            Defect::ListsTwice => page.headers.extend(page.headers.first().cloned()),
            Defect::FailsOnEmptyListing if page.headers.is_empty() => {
                return Err(Error::new(ErrorKind::NotFound, Operation::List, "no such folder"));
            }
            Defect::ListsOldContent => {
                for header in &mut page.headers {
                    header.stored = Some(Arc::new(Stored::payload(Payload::text("old"), None)));
                }
            }
            Defect::ListsOldVersions => {
                for header in &mut page.headers {
                    header.version = Some(Version::new("1"));
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
        if self.has(Defect::ReadsThroughDots) {
            wanted = wanted.into_iter().map(|read| Read { name: resolved(&read.name), ..read }).collect();
        }
        let mut outcomes = self.inner.read_batch(&wanted).await?;
        if self.has(Defect::ForgetsVersions) {
            let current: Vec<Read> = wanted.iter().map(|read| Read::current(read.name.clone())).collect();
            for (outcome, now) in outcomes.iter_mut().zip(self.inner.read_batch(&current).await?) {
                let version = |outcome: &Result<Option<Stored>>| match outcome {
                    Ok(Some(stored)) => stored.version.clone(),
                    _ => None,
                };
                if version(outcome) != version(&now) {
                    *outcome = Ok(None);
                }
            }
        }
        for (read, outcome) in wanted.iter().zip(&mut outcomes) {
            let binary = self.binary.lock().unwrap().contains(&read.name);
            let failed = |kind| Err(Error::new(kind, Operation::Read, "failed").with_name(&read.name));
            match (outcome, self.defect) {
                (outcome, Defect::BinaryIsAnError) if binary => *outcome = failed(ErrorKind::Unexpected),
                (_, Defect::BinaryIsAbsent) if binary => {}
                (outcome, _) if binary => {
                    *outcome = Ok(Some(Stored::hidden(State::Binary, Some(Version::new("1")))));
                }
                (outcome @ Ok(None), Defect::AbsentIsAnError) => *outcome = failed(ErrorKind::NotFound),
                (Ok(Some(stored)), Defect::NoVersions | Defect::NoVersionsInReads) => stored.version = None,
                _ => {}
            }
        }
        Ok(outcomes)
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let outcomes = join_all(changes.iter().map(|change| self.write_one(change))).await;
        let nameless = |error| if self.has(Defect::ErrorsWithoutNames) { nameless(&error) } else { error };
        Ok(outcomes.into_iter().map(|outcome| outcome.map_err(nameless)).collect())
    }

    async fn look_batch(&self, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        let mut changes: Vec<_> = changes.iter().collect();
        if self.has(Defect::LooksInItsOwnOrder) {
            changes.sort_by(|a, b| a.name.cmp(&b.name));
        }
        if self.has(Defect::LooksAtTheVersionExpected) {
            let expected = changes.into_iter().map(|change| match &change.action {
                Action::Replace { expect, .. } => expect.clone().map(Look::new),
                _ => None,
            });
            return Ok(expected.collect());
        }
        let changes: Vec<_> = changes.into_iter().cloned().collect();
        self.inner.look_batch(&changes).await
    }
}
