//! A store that keeps the journal of a run.

use std::sync::Arc;

use airbridge_core::{
    Change, Cursor, Descriptor, Error, ErrorKind, Finding, Look, Metadata, NamePrefix, Operation, Page,
    Payload, Policy, PolicyRequest, Read, Receipt, Rejection, Result, Scope, SecretName, SecretStore, Stored,
    SupportedMetadata,
};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::journal::{Line, after, before};
use crate::record::Record;

/// Writes a line into the journal before each change, and one with its outcome. A change is not sent if its line cannot be
/// written, and then no further one is.
#[derive(Debug)]
pub struct RecordingStore {
    inner: Arc<dyn SecretStore>,
    record: Arc<Record>,
}

impl RecordingStore {
    /// Keeps the journal of `record` for the changes of `store`.
    pub fn new(store: Arc<dyn SecretStore>, record: Arc<Record>) -> Self {
        Self { inner: store, record }
    }

    /// `Config` ends the run: the next write would meet the same fault.
    fn write(&self, lines: &[Line]) -> Result<()> {
        self.record.journal.write(lines).map_err(|error| {
            let path = self.record.path().display();
            let message = format!("the record of this run in {path} cannot be written: {}", airbridge_core::why(&error));
            Error::new(ErrorKind::Config, Operation::Write, message)
                .with_hint("make room there, then run the same command again; or set AIRBRIDGE_STATE_DIR to another folder")
        })
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SecretStore for RecordingStore {
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

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        self.inner.list_page(prefix, cursor).await
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        self.inner.read_batch(wanted).await
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let now = Timestamp::now();
        self.write(&changes.iter().map(|change| before(change, now)).collect::<Vec<_>>())?;
        let written = self.inner.write_batch(changes).await;
        let now = Timestamp::now();
        let lines: Vec<Line> = match &written {
            Ok(outcomes) => {
                changes.iter().zip(outcomes).map(|(change, outcome)| after(change, outcome, now)).collect()
            }
            Err(error) => {
                let failed = Err(error.clone());
                changes.iter().map(|change| after(change, &failed, now)).collect()
            }
        };
        // If these lines cannot be written, the outcome of this change still counts. The line before the next change meets the
        // same fault, and that change is not sent.
        let _ = self.write(&lines);
        written
    }

    async fn look_batch(&self, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        self.inner.look_batch(changes).await
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        self.inner.policies(request)
    }

    async fn diagnose(&self, scope: &Scope) -> Result<Vec<Finding>> {
        self.inner.diagnose(scope).await
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::num::NonZeroUsize;
    use std::sync::Arc;

    use airbridge_core::{Action, Change, ErrorKind, MemoryStore, Payload, Read, SecretName, SecretStoreExt};

    use super::RecordingStore;
    use crate::journal::Journal;
    use crate::record::Record;

    #[tokio::test]
    async fn change_is_not_sent_if_the_disk_is_full() {
        let memory = Arc::new(MemoryStore::new("memory", NonZeroUsize::MIN));
        // A device that is always full.
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let record = Arc::new(Record::with_journal(Journal::new(full)));
        let store = RecordingStore::new(Arc::clone(&memory) as _, record);
        let name = SecretName::new("a");
        let change = Change::new(name.clone(), Action::Create(Payload::text("c4n4ry")));
        let error = store.write_each(&[change]).await.remove(0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.kind().ends_run() && error.hint().unwrap().contains("AIRBRIDGE_STATE_DIR"));
        assert!(!format!("{error:?}").contains("c4n4ry"));
        let found = memory.read_all(&[Read::current(name)], &|_| ()).await.unwrap();
        assert_eq!(found, [Ok(None)]);
    }
}
