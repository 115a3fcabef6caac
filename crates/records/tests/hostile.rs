//! Records that were damaged on the disk, or that another program wrote.
//!
//! Reading one never panics and never hides another run. What can be read has a state; everything else is an error.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use airbridge_core::{Action, Change, MemoryStore, Payload, SecretName, SecretStoreExt};
use airbridge_records::{Header, Record, RecordingStore, RunId, StateFolder};
use jiff::Timestamp;
use serde_json::json;

const FILES: [&str; 3] = ["run.json", "journal.jsonl", "report.json"];

/// What often means something to a parser of JSON.
const TOKENS: [&str; 20] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "\n",
    "\0",
    "null",
    "-1",
    "1e999",
    "\"event\":\"end\"",
    "\u{feff}",
    "\\ud800",
    "é",
    "{}",
    "99999999999999999999",
    "\"exit\":256",
];

/// A folder with two runs that ended, and the files of the first.
struct Fixture {
    _home: tempfile::TempDir,
    folder: StateFolder,
    damaged: RunId,
    whole: RunId,
    path: PathBuf,
}

impl Fixture {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state");
        let find = |name: &str| (name == "AIRBRIDGE_STATE_DIR").then(|| path.clone().into());
        let folder = StateFolder::find(find).unwrap();
        let (damaged, path) = recorded(&folder).await;
        let (whole, _) = recorded(&folder).await;
        Self { _home: home, folder, damaged, whole, path }
    }

    /// Writes `text` into a file of the first record, and reads all runs. Returns whether the record could be read.
    fn read(&self, file: &str, text: &[u8]) -> bool {
        let path = self.path.join(file);
        let before = std::fs::read(&path).unwrap();
        std::fs::write(&path, text).unwrap();
        let read = self.folder.read(&self.damaged).map(|run| run.report().is_ok());
        assert_eq!(self.folder.ids().unwrap().len(), 2, "both runs are listed");
        assert!(self.folder.read(&self.whole).is_ok(), "the other run is not affected");
        std::fs::write(&path, before).unwrap();
        read.is_ok_and(|report| report)
    }

    fn text(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.path.join(file)).unwrap()
    }
}

async fn recorded(folder: &StateFolder) -> (RunId, PathBuf) {
    let header = Header {
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
        plan: json!({ "entries": [{ "id": "a", "action": "create" }] }),
    };
    let record = Arc::new(Record::begin(folder, header).unwrap());
    let memory = Arc::new(MemoryStore::new("memory", NonZeroUsize::MIN));
    let store = RecordingStore::new(memory, Arc::clone(&record));
    for name in ["a", "b", "c"] {
        let change =
            Change::new(SecretName::new(name), Action::Create(Payload::text("x"))).with_label("var:a");
        store.write_each(&[change]).await.remove(0).unwrap();
    }
    record.end(0, &json!({ "schema": "airbridge.report/1", "entries": [] })).unwrap();
    (record.id().clone(), record.path().to_owned())
}

/// Numbers that are the same in every run of the test (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    /// `text` with a few changes.
    fn damage(&mut self, mut text: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.below(4) {
            let at = self.below(text.len() + 1);
            let end = text.len().min(at + self.below(40));
            match self.below(5) {
                0 => text.truncate(at),
                1 => drop(text.splice(at..at, TOKENS[self.below(TOKENS.len())].bytes())),
                2 => drop(text.drain(at..end)),
                3 => {
                    let again = text[at..end].to_vec();
                    drop(text.splice(at..at, again));
                }
                _ => text.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << self.below(8)),
            }
        }
        text
    }
}

#[tokio::test]
async fn damaged_record_is_read_or_an_error_and_hides_no_other() {
    let fixture = Fixture::new().await;
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut read = [0, 0];
    for round in 0..1_500 {
        let file = FILES[round % FILES.len()];
        let damaged = numbers.damage(fixture.text(file));
        read[usize::from(fixture.read(file, &damaged))] += 1;
    }
    assert!(read.iter().all(|count| *count > 100), "some are errors, and some can be read: {read:?}");
    assert!(fixture.read("run.json", &fixture.text("run.json")), "the record is whole again");
}

#[tokio::test]
async fn record_of_wrong_types_or_sizes_is_an_error() {
    let fixture = Fixture::new().await;
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000)).into_bytes();
    let run = String::from_utf8(fixture.text("run.json")).unwrap();
    let wrong: [Vec<u8>; 12] = [
        Vec::new(),
        b"null\n".to_vec(),
        b"[]\n".to_vec(),
        b"{}\n".to_vec(),
        b"\"text\"\n".to_vec(),
        b"\xff\xfe\n".to_vec(),
        vec![0; 100_000],
        vec![b' '; 20 << 20],
        [b"\"".to_vec(), vec![b'x'; 20 << 20], b"\"\n".to_vec()].concat(),
        deep("[", "]"),
        deep("{\"plan\":", "}"),
        run.replacen("\"copy\"", "[\"copy\"]", 1).replace("\"started\"", "\"start\"").into_bytes(),
    ];
    for (number, text) in wrong.iter().enumerate() {
        assert!(!fixture.read("run.json", text), "run.json {number}");
    }
    for line in [
        "null",
        "[]",
        "{}",
        "\"end\"",
        "{\"event\": \"begin\"}",
        "{\"event\": \"end\"}",
        "{\"event\": \"end\", \"at\": \"2026-01-01T00:00:00Z\", \"exit\": 256}",
        "{\"event\": \"end\", \"at\": \"yesterday\", \"exit\": 0}",
        "{\"event\": \"write\", \"at\": \"2026-01-01T00:00:00Z\", \"name\": 1, \"action\": \"create\"}",
        "{\"event\": \"write\", \"at\": \"2026-01-01T00:00:00Z\", \"name\": \"a\", \"action\": \"burn\"}",
    ] {
        let journal = [line.as_bytes(), b"\n", &fixture.text("journal.jsonl")].concat();
        assert!(!fixture.read("journal.jsonl", &journal), "{line}");
    }
    // The report is read when it is asked for.
    for text in ["", "{", "nonsense"] {
        assert!(!fixture.read("report.json", text.as_bytes()), "{text:?}");
    }
}

#[tokio::test]
async fn journal_of_many_lines_and_outcomes_without_a_write_is_read() {
    let fixture = Fixture::new().await;
    let at = "\"at\": \"2026-01-01T00:00:00Z\"";
    let write = format!(
        "{{\"event\": \"write\", {at}, \"entry\": null, \"name\": \"n\", \"action\": \"create\", \"before\": null}}\n"
    );
    let written = format!(
        "{{\"event\": \"written\", {at}, \"name\": \"other\", \"outcome\": \"done\", \"after\": null, \"error\": null}}\n"
    );
    let journal = [write.repeat(50_000), written.repeat(50_000)].concat();
    assert!(fixture.read("journal.jsonl", journal.as_bytes()));
    // A last line without its end counts as missing, whatever it says.
    let cut = [&fixture.text("journal.jsonl")[..], b"{\"event\": \"wri\xff\0"].concat();
    assert!(fixture.read("journal.jsonl", &cut));
}

#[tokio::test]
async fn missing_files_and_folders_in_their_place_are_errors() {
    let fixture = Fixture::new().await;
    for file in ["run.json", "journal.jsonl"] {
        let path = fixture.path.join(file);
        let text = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(fixture.folder.read(&fixture.damaged).is_err(), "{file} is missing");
        std::fs::create_dir(&path).unwrap();
        assert!(fixture.folder.read(&fixture.damaged).is_err(), "{file} is a folder");
        std::fs::remove_dir(&path).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    assert!(fixture.folder.read(&fixture.damaged).is_ok());
}
