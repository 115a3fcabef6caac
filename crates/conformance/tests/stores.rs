//! The suite on the reference store and on every layer that wraps a store.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use airbridge_conformance::{Binary, Bound, Fault, Faulty, Subject, described, run, text_of, texts};
use airbridge_core::{
    Action, Capabilities, Change, Descriptor, Fields, Json, Limits, MemoryStore, Payload, RateLimits, Rates,
    ReadOnly, RetryingStore, ScrubbingStore, SecretName, SecretStore, SecretStoreExt, Undo,
};

const PAGE: NonZeroUsize = NonZeroUsize::new(7).unwrap();

fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new("memory", PAGE))
}

fn expected() -> Descriptor {
    Descriptor {
        backend: "memory",
        place: "memory".to_owned(),
        actor: None,
        capabilities: Capabilities {
            write: true,
            atomic_write: true,
            versions: true,
            metadata: true,
            lists_by_prefix: true,
        },
        limits: Limits { read_batch: 20, write_batch: 1, look_batch: 0, concurrency: 16 },
        rates: Rates::default(),
        read_lag: Duration::ZERO,
        unremovable: &[],
        undo: Undo { former_versions: true, ..Undo::NONE },
    }
}

fn subject(store: Arc<dyn SecretStore>) -> Subject {
    let fields = Fields::from_iter([("conn_uri", Json::string("a b")), ("port", Json::integer(5432))]);
    let payloads = texts().into_iter().map(Payload::text).chain([Payload::Fields(fields), Payload::text("")]);
    Subject {
        store,
        expected: expected(),
        prefix: "suite/".to_owned(),
        separator: "/",
        names: ["with space", "a/b/c", "a//b", "ümlaut", "%2F", "line\nbreak", "A", "a"]
            .map(str::to_owned)
            .into(),
        payloads: payloads.collect(),
        unfit: vec![(SecretName::new(""), Payload::text("x"), "name-invalid")],
        longest_name: Bound::Untested("memory accepts a name of any length"),
        largest_value: Bound::Untested("memory accepts a value of any size"),
        sized: text_of,
        binary: Binary::Impossible("memory is given strings and fields only"),
        secrets: vec![],
        existing: vec![],
        page: Some(PAGE.get()),
        deletes: true,
        metadata: described(),
    }
}

#[tokio::test]
async fn memory_store_passes() {
    run(subject(memory())).await;
}

#[tokio::test]
async fn memory_store_that_keeps_deleted_secrets_passes() {
    let store = MemoryStore::new("memory", NonZeroUsize::new(7).unwrap()).keeping_deleted();
    let mut subject = subject(Arc::new(store));
    subject.expected.undo.restores = true;
    run(subject).await;
}

#[tokio::test]
async fn memory_store_without_a_prefix_passes() {
    run(Subject { prefix: String::new(), separator: "", ..subject(memory()) }).await;
}

#[tokio::test]
async fn retrying_store_passes() {
    run(subject(Arc::new(RetryingStore::new(memory(), RateLimits::default())))).await;
}

#[tokio::test]
async fn scrubbing_store_passes() {
    run(subject(Arc::new(ScrubbingStore::new(memory())))).await;
}

#[tokio::test]
async fn layers_pass_looks_on() {
    let looks = |descriptor: &mut Descriptor| descriptor.limits.look_batch = 20;
    let faulty = Arc::new(Faulty::new(memory(), |_| Fault::Nothing).describe(looks));
    let scrubbing = Arc::new(ScrubbingStore::new(faulty));
    let mut subject = subject(Arc::new(RetryingStore::new(scrubbing, RateLimits::default())));
    looks(&mut subject.expected);
    run(subject).await;
}

#[tokio::test]
async fn faulty_store_without_faults_passes() {
    run(subject(Arc::new(Faulty::new(memory(), |_| Fault::Nothing)))).await;
}

#[tokio::test]
async fn read_only_store_passes() {
    let inner = memory();
    let existing: Vec<_> = (texts().into_iter().enumerate())
        .map(|(index, text)| (SecretName::new(format!("suite/there/{index}")), Payload::text(text)))
        .collect();
    for (name, payload) in &existing {
        let change = [Change::new(name.clone(), Action::Create(payload.clone()))];
        assert!(inner.write_each(&change).await[0].is_ok());
    }
    let mut subject = Subject { existing, ..subject(Arc::new(ReadOnly::new(inner))) };
    subject.expected.capabilities = Capabilities {
        write: false,
        atomic_write: false,
        versions: true,
        metadata: true,
        lists_by_prefix: true,
    };
    run(subject).await;
}
