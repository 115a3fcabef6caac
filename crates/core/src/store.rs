//! The trait that an adapter implements.

use std::fmt;

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    Content, Cursor, Descriptor, Metadata, NamePrefix, Payload, Rejection, Result, SecretName, State,
    SupportedMetadata, Version,
};

/// A flat store of named secrets.
///
/// # Contract
///
/// For implementors: the least that a backend must do. Callers use [`SecretStoreExt`](crate::SecretStoreExt), which
/// keeps to the limits. No method has a default body, so no wrapper can forget one. Calls may run at the same time.
/// A store neither repeats nor paces its calls: [`RetryingStore`](crate::RetryingStore) stands in front of every adapter.
#[async_trait]
pub trait SecretStore: fmt::Debug + Send + Sync + 'static {
    /// What is true of this store before the first request. Pure; the same value every time.
    fn descriptor(&self) -> &Descriptor;

    /// Whether this store can hold `payload` under `name`. Pure: what the service would refuse (characters, length
    /// after prefixing, bytes, shape, text that it interprets) is refused here, in planning, with its rule.
    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection>;

    /// What this store can keep of `metadata` under `name`, beside what a secret has already or (`there` is `None`) beside
    /// what it gives to every new secret. Pure, and used in planning like [`check`](Self::check).
    ///
    /// # Behavior
    /// - Everything is either kept or left out with a sentence; what is kept is kept again if it is asked for again.
    /// - What the service or airbridge has for itself there (`aws:…`, `airbridge-id`) is left out.
    fn supported_metadata(
        &self,
        name: &SecretName,
        metadata: &Metadata,
        there: Option<&Metadata>,
    ) -> SupportedMetadata;

    /// One page of the names that start with `prefix`, in any order.
    ///
    /// # Behavior
    /// - `cursor` is `None` for the first page, then what the last page returned.
    /// - Following cursors yields every name exactly once. A page may be empty and not the last.
    /// - A prefix that matches nothing is an empty page, not an error.
    /// - Names that do not start with `prefix` are left out, whatever the service sent. Where the service takes upper and
    ///   lower case for the same, so does this.
    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page>;

    /// The content of each name, the current one or the version asked for; at most `limits.read_batch` names.
    ///
    /// # Behavior
    /// - Outcome `i` belongs to request `i`.
    /// - `Ok(None)` means absent. A secret that is there without readable text is [`Content::Hidden`].
    /// - The outer error means that the request failed as a whole; it says nothing about any one name.
    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>>;

    /// Carries out each change; at most `limits.write_batch` changes, no name twice.
    ///
    /// # Behavior
    /// - Outcome `i` belongs to change `i`. A batch is not a transaction.
    /// - A create of a taken name is `AlreadyExists`, or `NameReserved` if what took it is deleted.
    /// - A replace of an absent name is `NotFound`; of another version than expected, `VersionMismatch`.
    /// - An outcome that says nothing about whether it happened is `AnswerLost`, and only then.
    /// - What a change says of its secret is there no later than the payload: who repeats a change that failed in between
    ///   finds it unmade, and makes it whole. A replace leaves what it does not say as it is.
    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>>;
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The secrets on this page.
    pub headers: Vec<Header>,
    /// Where to go on; `None` on the last page.
    pub next: Option<Cursor>,
}

/// What a listing says of one secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Its name.
    pub name: SecretName,
    /// Its state, as far as the listing shows it.
    pub state: State,
    /// The version that a read of it would return, where the listing shows it for free.
    pub version: Option<Version>,
    /// The service or tool that owns it and refuses writes by others.
    pub owner: Option<String>,
    /// What is said of it, where the listing shows it for free.
    pub metadata: Metadata,
    /// The label that its last write had, where the store keeps labels and its listing shows them.
    pub label: Option<String>,
    /// Its content, where the listing carries it for free (files, the environment): it is not read again.
    pub stored: Option<Stored>,
}

impl Header {
    /// A secret of which the listing shows only that it is there.
    pub fn live(name: SecretName) -> Self {
        let metadata = Metadata::default();
        Self { name, state: State::Live, version: None, owner: None, metadata, label: None, stored: None }
    }
}

/// A request to read one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Its name.
    pub name: SecretName,
    /// Which version; `None` for the current one. Stores without versions ignore it.
    pub version: Option<Version>,
}

impl Read {
    /// The current version.
    pub fn current(name: SecretName) -> Self {
        Self { name, version: None }
    }
}

/// What was found under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// What it holds.
    pub content: Content,
    /// In which version; `None` where the store has none.
    pub version: Option<Version>,
    /// What a reader should know, in one sentence without values: a value in a spelling that Airflow misreads, say.
    pub note: Option<String>,
    /// What is said of it, where the read shows it for free and the listing does not.
    pub metadata: Metadata,
}

impl Stored {
    /// A readable payload.
    pub fn payload(payload: Payload, version: Option<Version>) -> Self {
        Self { content: Content::Payload(payload), version, note: None, metadata: Metadata::default() }
    }

    /// There, but without readable text.
    pub fn hidden(state: State, version: Option<Version>) -> Self {
        Self { content: Content::Hidden(state), version, note: None, metadata: Metadata::default() }
    }
}

/// A change to one secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its name.
    pub name: SecretName,
    /// What to do.
    pub action: Action,
    /// Names this change and stays the same over its repeats, so that a service that takes tokens does it once. Random:
    /// it is readable metadata there, and must say nothing about the value.
    pub token: Uuid,
    /// What listings shall say of the secret beside its name: where a service cannot spell every name, what it stands
    /// for. Readable metadata, never a value; a store that keeps no labels leaves it out.
    pub label: Option<String>,
    /// What shall be said of the secret, as [`keep`](SecretStore::supported_metadata) gave it; a delete ignores it.
    pub metadata: Metadata,
}

impl Change {
    /// A change with a token of its own, without label and metadata.
    pub fn new(name: SecretName, action: Action) -> Self {
        Self { name, action, token: Uuid::new_v4(), label: None, metadata: Metadata::default() }
    }

    /// The same with what shall be said of the secret.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The same with a label.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }
}

/// What to do with one secret.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Make it; the name must be free.
    Create(Payload),
    /// Give it a new payload; the name must be taken.
    Replace {
        /// What it will hold.
        payload: Payload,
        /// The version it must have now; `None` where the store has none.
        expect: Option<Version>,
    },
    /// Remove it. Deleting what is absent succeeds.
    Delete {
        /// The version it must have now; `None` where the store has none.
        expect: Option<Version>,
    },
}

/// The store's word that a change was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The version that the secret has now, where the store has versions.
    pub version: Option<Version>,
}
