//! The suite, on a file, a folder, standard input and the environment.

#![expect(clippy::unwrap_used, reason = "a failure ends the test")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use airbridge_backend_files::{EnvironmentStore, Location, Part, open};
use airbridge_conformance::{Binary, Bound, Subject, run, text_of, texts};
use airbridge_core::{
    Capabilities, Descriptor, Environment, Fields, Limits, Metadata, Payload, Rates, SecretName, SecretStore,
    Undo,
};
use support::{HexLines, encode};
use zeroize::Zeroizing;

fn part(prefix: &str, location: Location) -> Part {
    Part { prefix: prefix.to_owned(), location, document: Arc::new(HexLines::default()) }
}

fn subject(store: Arc<dyn SecretStore>, prefix: &str) -> Subject {
    let fields = Payload::Fields(Fields::new());
    Subject {
        store,
        expected: Descriptor {
            backend: "file",
            place: "here".to_owned(),
            actor: None,
            capabilities: Capabilities {
                write: true,
                atomic_write: false,
                versions: false,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: usize::MAX, write_batch: usize::MAX, look_batch: 0, concurrency: 1 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &[],
            undo: Undo::NONE,
        },
        prefix: prefix.to_owned(),
        separator: "/",
        names: ["with space", "a/b/c", "a//b", "../x", "ümlaut", "%2F", "A", "a"].map(str::to_owned).into(),
        payloads: texts().into_iter().map(Payload::text).chain([Payload::text("")]).collect(),
        unfit: vec![
            (SecretName::new(format!("{prefix}a=b")), Payload::text("x"), "name-invalid"),
            (SecretName::new(format!("{prefix}a")), fields, "shape"),
        ],
        longest_name: Bound::Untested("a file has no limit of its own; formats decide"),
        largest_value: Bound::Untested("a file has no limit of its own; formats decide"),
        sized: text_of,
        binary: Binary::Impossible("a file is UTF-8 as a whole; other bytes are an error of the file"),
        secrets: vec![],
        existing: vec![],
        page: None,
        deletes: true,
        metadata: Metadata::default(),
    }
}

/// The secrets of a place that cannot be written.
fn existing(prefix: &str) -> Vec<(SecretName, Payload)> {
    let named = |(index, text)| (SecretName::new(format!("{prefix}THERE_{index}")), Payload::text(text));
    texts().into_iter().enumerate().map(named).collect()
}

#[tokio::test]
async fn file_passes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open("here", vec![part("", Location::Path(folder.path().join("all.hex")))]).unwrap();
    run(subject(store, "suite/")).await;
}

#[tokio::test]
async fn folder_passes() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| Location::InFolder(folder.path().join("own").join(name));
    let parts = vec![
        part("connections/", file("connections.hex")),
        part("variables/", file("variables.hex")),
        part("config/", file("config.hex")),
    ];
    let mut subject = subject(open("here", parts).unwrap(), "variables/");
    subject.unfit.push((SecretName::new("pools/x"), Payload::text("x"), "kind-not-held"));
    run(subject).await;
    let files = std::fs::read_dir(folder.path().join("own")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(files.collect::<Vec<_>>(), ["variables.hex"]);
}

#[tokio::test]
async fn standard_input_passes() {
    let existing = existing("suite/");
    let lines = existing.iter().map(|(name, payload)| match payload {
        Payload::Text(text) => format!("{name}={}\n", encode(text.expose())),
        Payload::Fields(_) => unreachable!("strings only"),
    });
    let bytes = Zeroizing::new(lines.collect::<String>().into_bytes());
    let store = open("here", vec![part("", Location::Stdin(bytes))]).unwrap();
    let mut subject = Subject { existing, ..subject(store, "suite/") };
    subject.expected.capabilities.write = false;
    run(subject).await;
}

#[tokio::test]
async fn environment_passes() {
    let existing = existing("SUITE_");
    let variables = existing.iter().map(|(name, payload)| match payload {
        Payload::Text(text) => (name.as_str().to_owned(), text.clone()),
        Payload::Fields(_) => unreachable!("strings only"),
    });
    let variables: Environment = variables.chain([("OTHER".to_owned(), "x".into())]).collect();
    let store = Arc::new(EnvironmentStore::new(variables, BTreeSet::new()));
    let mut subject = Subject { existing, separator: "", ..subject(store, "SUITE_") };
    subject.expected.backend = "env";
    subject.expected.place = "env:".to_owned();
    subject.expected.capabilities.write = false;
    subject.expected.limits.write_batch = 1;
    run(subject).await;
}
