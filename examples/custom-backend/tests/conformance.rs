//! The suite that decides whether an adapter is an adapter, unchanged.

use std::sync::Arc;
use std::time::Duration;

use airbridge_conformance::{Subject, run, texts};
use airbridge_core::{Capabilities, Descriptor, Fields, Limits, Metadata, Payload, Rates, SecretName};
use airbridge_example_backend::FolderStore;

#[tokio::test]
async fn a_folder_keeps_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    let place = format!("folder:{}", folder.path().display());
    let unfit = |name: &str, payload, reason| (SecretName::new(name), payload, reason);
    let text = || Payload::text("x");
    run(Subject {
        store: Arc::new(FolderStore::open(folder.path()).unwrap()),
        // Written out by hand, so that a capability that gets lost fails.
        expected: Descriptor {
            backend: "folder",
            place,
            capabilities: Capabilities {
                write: true,
                atomic_write: true,
                versions: false,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 1, write_batch: 1, concurrency: 8 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
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
        existing: vec![],
        page: Some(100),
        deletes: true,
        metadata: Metadata::default(),
    })
    .await;
}
