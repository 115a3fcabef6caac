use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;

use super::ScrubbingStore;
use crate::{
    Action, Change, Cursor, Descriptor, Error, ErrorKind, Fields, Json, MemoryStore, Metadata, NamePrefix,
    Operation, Page, Payload, Read, Receipt, Rejection, Result, SecretName, SecretStore, Stored,
    SupportedMetadata,
};

const SECRET: &str = "p@ss/wörd+1";

/// A store that fails with one error: each item if `items`, the whole call otherwise. A name that starts with `fine` works.
#[derive(Debug)]
struct Failing {
    inner: MemoryStore,
    error: Error,
    items: bool,
    /// Whether the error of a write has the value as the server's words.
    quotes: bool,
}

impl Failing {
    fn new(error: Error, items: bool) -> Self {
        let inner = MemoryStore::new("kv:https://kv.acme.test", NonZeroUsize::MIN);
        Self { inner, error, items, quotes: false }
    }

    fn scrubbed(error: Error, items: bool) -> ScrubbingStore {
        ScrubbingStore::new(Arc::new(Self::new(error, items)))
    }

    fn quoting() -> ScrubbingStore {
        ScrubbingStore::new(Arc::new(Self { quotes: true, ..Self::new(denied(""), true) }))
    }

    fn written(&self, change: &Change) -> Result<Receipt> {
        match &change.action {
            Action::Create(Payload::Text(text)) if self.quotes => {
                Err(denied(text.expose()).with_name(&change.name))
            }
            _ => self.outcome(&change.name, Receipt { version: None }),
        }
    }

    fn outcome<T>(&self, name: &SecretName, fine: T) -> Result<T> {
        if name.as_str().starts_with("fine") { Ok(fine) } else { Err(self.error.clone().with_name(name)) }
    }

    fn whole(&self) -> Result<()> {
        if self.items { Ok(()) } else { Err(self.error.clone()) }
    }
}

#[async_trait]
impl SecretStore for Failing {
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

    async fn list_page(&self, _prefix: &NamePrefix, _cursor: Option<&Cursor>) -> Result<Page> {
        Err(self.error.clone())
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        self.whole()?;
        let stored = Stored::payload(Payload::text(SECRET), None);
        Ok(wanted.iter().map(|read| self.outcome(&read.name, Some(stored.clone()))).collect())
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        self.whole()?;
        Ok(changes.iter().map(|change| self.written(change)).collect())
    }
}

fn denied(words: &str) -> Error {
    Error::new(ErrorKind::PermissionDenied, Operation::Write, "kv:https://kv.acme.test denies it")
        .with_words(words)
}

fn create(name: &str, payload: Payload) -> Change {
    Change::new(SecretName::new(name), Action::Create(payload))
}

/// The error of a write of `payload` that fails with `error`.
async fn written(error: Error, payload: Payload) -> Error {
    let whole = Failing::scrubbed(error.clone(), false).write_batch(&[create("a", payload.clone())]).await;
    let mut outcomes = Failing::scrubbed(error, true).write_batch(&[create("a", payload)]).await.unwrap();
    let (whole, item) = (whole.unwrap_err(), outcomes.remove(0).unwrap_err());
    assert_eq!(whole.message(), item.message(), "of the call, and of an item");
    item
}

#[tokio::test]
async fn words_that_repeat_a_value_are_left_out() {
    for words in [
        "the value p@ss/wörd+1 is wrong",
        "value=p%40ss%2Fw%C3%B6rd%2B1",
        r"p@ss\/w\u00f6rd+1",
        "cEBzcy93w7ZyZCsx",
    ] {
        let error = written(denied(words).with_hint("grant it"), Payload::text(SECRET)).await;
        assert_eq!(
            error.message(),
            "kv:https://kv.acme.test denies it; the server's words are left out, because they repeat a part of a value"
        );
        assert_eq!((error.kind(), error.hint()), (ErrorKind::PermissionDenied, Some("grant it")));
        assert_eq!(error.name().map(SecretName::as_str), Some("a"));
    }
    let kept = denied("User arn:aws:iam::1:user/u is not authorized");
    assert_eq!(written(kept.clone(), Payload::text(SECRET)).await.message(), kept.message());
}

#[tokio::test]
async fn parts_of_a_value_count() {
    let uri = format!("postgres://user:{}@db.test/x", "p%40ss%2Fw%C3%B6rd%2B1");
    let extra = Json::string(format!(r#"{{"token": "{SECRET}"}}"#));
    let fields = Fields::from_iter([("login", Json::string("someone")), ("extra", extra)]);
    for payload in [Payload::text(uri), Payload::Fields(fields)] {
        let error = written(denied("'p@ss/wörd+1'"), payload).await;
        assert!(!error.message().contains("wörd"), "{error}");
    }
}

#[tokio::test]
async fn message_and_hint_of_the_adapter_count_from_eight_characters_on() {
    let error = || {
        Error::new(ErrorKind::InvalidPayload, Operation::Write, "cannot hold s3cret-1")
            .with_hint("drop s3cret-1")
    };
    let scrubbed = written(error(), Payload::text("s3cret-1")).await;
    assert_eq!(
        scrubbed.message(),
        "kv:https://kv.acme.test failed (invalid-payload); the message is left out, because it repeats a part of a value"
    );
    assert_eq!(scrubbed.hint(), None);
    let short = written(error(), Payload::text("s3cret")).await;
    assert_eq!((short.message(), short.hint()), ("cannot hold s3cret-1", Some("drop s3cret-1")));
}

#[tokio::test]
async fn place_and_name_are_no_values() {
    let error = denied("kv.acme.test denies name-of-it");
    let store = Failing::scrubbed(error.clone(), true);
    let changes = [
        create("name-of-it", Payload::text("https://kv.acme.test")),
        create("fine", Payload::text("name-of-it")),
    ];
    let outcomes = store.write_batch(&changes).await.unwrap();
    assert_eq!(outcomes[0].as_ref().unwrap_err().message(), error.message());
}

#[tokio::test]
async fn values_of_the_batch_and_of_earlier_calls_count() {
    let words = "the client wrote p@ss/wörd+1";
    // Another item of the batch, written or read.
    let store = Failing::scrubbed(denied(words), true);
    let changes = [create("a", Payload::text("other")), create("fine", Payload::text(SECRET))];
    let outcomes = store.write_batch(&changes).await.unwrap();
    assert!(!outcomes[0].as_ref().unwrap_err().message().contains("wörd"));
    // A listing and a read after the write.
    let list = store.list_page(&NamePrefix::new(""), None).await.unwrap_err();
    let read = store.read_batch(&[Read::current(SecretName::new("a"))]).await.unwrap().remove(0).unwrap_err();
    for error in [list, read] {
        assert!(error.message().contains("left out") && !error.message().contains("wörd"), "{error}");
    }
    let store = Failing::scrubbed(denied(words), true);
    let reads = ["a", "fine"].map(|name| Read::current(SecretName::new(name)));
    let outcomes = store.read_batch(&reads).await.unwrap();
    assert!(outcomes[0].as_ref().unwrap_err().message().contains("left out"));
    // A store that has not seen the value shows the words.
    let store = Failing::scrubbed(denied(words), true);
    let error = store.list_page(&NamePrefix::new(""), None).await.unwrap_err();
    assert!(error.message().contains("wörd"));
}

#[tokio::test]
async fn large_batch_is_scrubbed_item_by_item() {
    let text = |number: i32| Payload::text(format!("secret value {number:04}"));
    let changes: Vec<_> = (0..2_000).map(|number| create(&format!("n{number:04}"), text(number))).collect();
    let store = Failing::scrubbed(denied(""), true);
    for outcome in store.write_batch(&changes).await.unwrap() {
        assert_eq!(outcome.unwrap_err().message(), denied("").message());
    }
    let store = Failing::quoting();
    for outcome in store.write_batch(&changes).await.unwrap() {
        let error = outcome.unwrap_err();
        assert!(error.message().contains("left out") && !error.message().contains("secret value"), "{error}");
    }
}

#[test]
fn debug_shows_no_value() {
    let store = Failing::scrubbed(denied(""), true);
    store.recent.add([Payload::text(SECRET)].iter());
    assert!(!format!("{store:?}").contains("rd+1"));
}
