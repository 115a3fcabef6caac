//! The suite that every adapter must pass.

use std::sync::Arc;
use std::time::Duration;

use airbridge_conformance::{Binary, Bound, Subject, run, text_of, texts};
use airbridge_core::{Capabilities, Descriptor, Fields, Limits, Metadata, Payload, Rates, SecretName, Undo};
use airbridge_example_backend::FolderStore;

#[tokio::test]
async fn folder_passes_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let planted = folder.path().to_owned();
    let place = format!("folder:{}", folder.path().display());
    let unfit = |name: &str, payload, reason| (SecretName::new(name), payload, reason);
    let text = || Payload::text("x");
    run(Subject {
        store: Arc::new(FolderStore::open(folder.path()).unwrap()),
        // Written out by hand, so that a capability that gets lost fails the suite.
        expected: Descriptor {
            backend: "folder",
            place,
            actor: None,
            capabilities: Capabilities {
                write: true,
                atomic_write: true,
                versions: false,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 8 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &[],
            undo: Undo::NONE,
        },
        prefix: "suite-".to_owned(),
        separator: "",
        names: ["a.b", "A", "_", "-", "tail."].map(str::to_owned).into(),
        payloads: texts().into_iter().map(Payload::text).chain([Payload::text("")]).collect(),
        unfit: vec![
            unfit("", text(), "name-invalid"),
            unfit("../out", text(), "name-invalid"),
            unfit(".hidden", text(), "name-invalid"),
            unfit("ümlaut", text(), "name-invalid"),
            unfit(&"n".repeat(254), text(), "name-too-long"),
            unfit("large", Payload::text("x".repeat(1_048_577)), "value-too-large"),
            unfit("fields", Payload::Fields(Fields::default()), "shape"),
        ],
        longest_name: Bound::At(253),
        largest_value: Bound::At(1_048_576),
        sized: text_of,
        // Written past the adapter, straight into the folder.
        binary: Binary::planted(move |name, bytes| {
            std::fs::write(planted.join(name.as_str()), bytes).unwrap();
            async {}
        }),
        // A folder needs no credentials. An adapter over HTTP lists its token here.
        secrets: vec![],
        existing: vec![],
        page: Some(100),
        deletes: true,
        metadata: Metadata::default(),
    })
    .await;
}
