//! Records of earlier runs, read again.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::folder::{RunId, StateFolder};
use crate::journal::{Action, Line, Outcome};
use crate::record::{Header, SCHEMA};

/// A run of the past, or one that is still running.
#[derive(Clone, Debug, PartialEq)]
pub struct PastRun {
    /// Its name.
    pub id: RunId,
    /// Its folder.
    pub path: PathBuf,
    /// What it was asked to do.
    pub header: Header,
    /// How it ended.
    pub state: State,
    /// What it wrote or tried to write, in the order of its first line.
    pub changes: Vec<Change>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// With this exit code.
    Ended(u8),
    /// It is still running.
    Running,
    /// It was killed, or the machine stopped.
    Cut,
}

impl State {
    /// The word for people and in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ended(0 | 5) => "done",
            Self::Ended(130 | 143) => "interrupted",
            Self::Ended(_) => "failed",
            Self::Running => "running",
            Self::Cut => "cut-off",
        }
    }
}

/// What a run did to one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The entry, `conn:ID`.
    pub entry: Option<String>,
    /// The name of the secret.
    pub name: String,
    /// What was done.
    pub action: Action,
    /// The version before; `None` if the store has no versions.
    pub before: Option<String>,
    /// The version that the write made.
    pub after: Option<String>,
    /// The random token of the write.
    pub token: Option<String>,
    /// What became of it. `Unknown` if the journal ends before.
    pub outcome: Outcome,
    /// The code of the error.
    pub error: Option<String>,
}

impl StateFolder {
    /// The names of all runs, the newest first. Folders that airbridge did not make are left out.
    ///
    /// # Errors
    ///
    /// The folder cannot be read. One that does not exist has no runs.
    pub fn ids(&self) -> io::Result<Vec<RunId>> {
        let entries = match std::fs::read_dir(self.runs()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut ids = Vec::new();
        for entry in entries {
            ids.extend(entry?.file_name().to_str().and_then(RunId::of_folder));
        }
        ids.sort_by(|a, b| b.cmp(a));
        Ok(ids)
    }

    /// One run.
    ///
    /// # Errors
    ///
    /// Its record cannot be read, or is not one that this version understands.
    pub fn read(&self, id: &RunId) -> io::Result<PastRun> {
        let path = self.runs().join(id.as_str());
        let header: Header = serde_json::from_slice(&std::fs::read(path.join("run.json"))?)?;
        if header.schema != SCHEMA {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "another version of airbridge wrote it"));
        }
        let journal = File::open(path.join("journal.jsonl"))?;
        let is_running = matches!(journal.try_lock_shared(), Err(TryLockError::WouldBlock));
        let (changes, end) = read_journal(&journal)?;
        let state = match end {
            Some(exit) => State::Ended(exit),
            None if is_running => State::Running,
            None => State::Cut,
        };
        Ok(PastRun { id: id.clone(), path, header, state, changes })
    }
}

impl PastRun {
    /// The report; `None` if the run was cut off.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn report(&self) -> io::Result<Option<Value>> {
        match std::fs::read(self.path.join("report.json")) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The changes in a journal, and the exit code at its end. A last line that was cut off counts as missing.
fn read_journal(file: &File) -> io::Result<(Vec<Change>, Option<u8>)> {
    let mut changes: Vec<Change> = Vec::new();
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    let mut end = None;
    let mut reader = BufReader::new(file);
    let mut text = Vec::new();
    loop {
        text.clear();
        if reader.read_until(b'\n', &mut text)? == 0 || !text.ends_with(b"\n") {
            return Ok((changes, end));
        }
        match serde_json::from_slice::<Line>(&text)? {
            Line::Write { entry, name, action, before, token, .. } => {
                positions.insert(name.clone(), changes.len());
                let outcome = Outcome::Unknown;
                let (after, error) = (None, None);
                changes.push(Change { entry, name, action, before, after, token, outcome, error });
            }
            Line::Written(written) => {
                let change = positions.get(&written.name).and_then(|at| changes.get_mut(*at));
                if let Some(change) = change {
                    change.after = written.after;
                    change.outcome = written.outcome;
                    change.error = written.error;
                }
            }
            Line::End { exit, .. } => end = Some(exit),
        }
    }
}

/// The path of a folder, for messages.
impl AsRef<Path> for StateFolder {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Arc;

    use airbridge_core::{Action as Do, Change as Asked, MemoryStore, Payload, SecretName, SecretStoreExt};
    use jiff::Timestamp;
    use serde_json::json;

    use super::State;
    use crate::journal::{Action, Outcome};
    use crate::record::{Header, Record};
    use crate::{RecordingStore, StateFolder};

    fn header() -> Header {
        Header {
            schema: String::new(),
            started: Timestamp::now(),
            airbridge: "0.1.0".to_owned(),
            command: "copy".to_owned(),
            from: "file:in/".to_owned(),
            to: "vault:airflow".to_owned(),
            from_keys: Vec::new(),
            to_keys: vec!["token_file=t".to_owned()],
            directory: "/work".into(),
            config: None,
            team: None,
            backup: None,
            plan: json!({ "entries": [] }),
        }
    }

    fn folder(home: &tempfile::TempDir) -> StateFolder {
        let path = home.path().join("state");
        StateFolder::find(|name| (name == "AIRBRIDGE_STATE_DIR").then(|| path.clone().into())).unwrap()
    }

    async fn recorded(record: &Arc<Record>) {
        let memory = Arc::new(MemoryStore::new("memory", NonZeroUsize::MIN));
        let store = RecordingStore::new(memory, Arc::clone(record));
        let name = SecretName::new("airflow/variables/a");
        let change = |action| [Asked::new(name.clone(), action).with_label("var:a")];
        let first = store.write_each(&change(Do::Create(Payload::text("c4n4ry")))).await.remove(0).unwrap();
        let replace = |expect| Do::Replace { payload: Payload::text("c4n4ry two"), expect };
        store.write_each(&change(replace(first.version.clone()))).await.remove(0).unwrap();
        // The second change gave the secret another version.
        store.write_each(&change(replace(first.version))).await.remove(0).unwrap_err();
    }

    #[tokio::test]
    async fn run_is_read_again_as_it_was_recorded() {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        assert_eq!(folder.ids().unwrap(), []);
        let record = Arc::new(Record::begin(&folder, header()).unwrap());
        recorded(&record).await;
        let ids = folder.ids().unwrap();
        assert_eq!(ids, [record.id().clone()]);
        assert_eq!(folder.read(&ids[0]).unwrap().state, State::Running);
        record.end(1, &json!({ "schema": "airbridge.report/1" })).unwrap();
        drop(record);

        let run = folder.read(&ids[0]).unwrap();
        assert_eq!((run.state, run.header.to.as_str()), (State::Ended(1), "vault:airflow"));
        assert_eq!(run.report().unwrap().unwrap()["schema"], "airbridge.report/1");
        let words: Vec<_> = run
            .changes
            .iter()
            .map(|change| (change.action, change.outcome, change.error.as_deref()))
            .collect();
        assert_eq!(
            words,
            [
                (Action::Create, Outcome::Done, None),
                (Action::Replace, Outcome::Done, None),
                (Action::Replace, Outcome::Failed, Some("version-mismatch")),
            ]
        );
        assert_eq!(run.changes[0].entry.as_deref(), Some("var:a"));
        assert_eq!(run.changes[0].after, run.changes[1].before);
        assert_ne!(run.changes[1].after, run.changes[1].before);
        for file in std::fs::read_dir(&run.path).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!text.contains("c4n4ry"), "{text}");
        }
    }

    #[tokio::test]
    async fn journal_that_was_cut_off_says_what_may_have_happened() {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let record = Arc::new(Record::begin(&folder, header()).unwrap());
        recorded(&record).await;
        let (id, path) = (record.id().clone(), record.path().join("journal.jsonl"));
        drop(record);
        let journal = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = journal.lines().collect();
        // After the third line, and within the fourth.
        for text in [lines[..3].join("\n") + "\n", lines[..3].join("\n") + "\n" + &lines[3][..20]] {
            std::fs::write(&path, text).unwrap();
            let run = folder.read(&id).unwrap();
            assert_eq!(run.state, State::Cut);
            let outcomes: Vec<_> = run.changes.iter().map(|change| change.outcome).collect();
            assert_eq!(outcomes, [Outcome::Done, Outcome::Unknown]);
            assert_eq!(run.report().unwrap(), None);
        }
    }

    #[test]
    fn record_that_was_not_begun_to_its_end_is_none() {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        folder.check().unwrap();
        // As a killed run leaves it: not even its name is there.
        let begun = folder.path().join("runs/.20260101-000000-0000000");
        std::fs::create_dir(&begun).unwrap();
        std::fs::write(begun.join("run.json"), "{").unwrap();
        assert_eq!(folder.ids().unwrap(), []);
        let record = Record::begin(&folder, header()).unwrap();
        assert_eq!(folder.ids().unwrap(), [record.id().clone()]);
        let left: Vec<_> =
            std::fs::read_dir(record.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }

    #[test]
    fn record_of_another_version_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let record = Record::begin(&folder, header()).unwrap();
        let path = record.path().join("run.json");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("airbridge.record/1"), "{text}");
        std::fs::write(&path, text.replace("airbridge.record/1", "airbridge.record/2")).unwrap();
        assert!(folder.read(record.id()).is_err());
    }
}
