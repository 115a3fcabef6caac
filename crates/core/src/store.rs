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
/// Callers use [`SecretStoreExt`](crate::SecretStoreExt), which keeps to the limits. No method has a default body, so that
/// no wrapper can forget one. Calls may run at the same time. A store neither retries nor limits its rate: every adapter
/// runs behind a [`RetryingStore`](crate::RetryingStore). `airbridge-conformance` tests each promise below.
#[async_trait]
pub trait SecretStore: fmt::Debug + Send + Sync + 'static {
    /// The facts about this store that are known before the first request. Pure; the same value every time.
    fn descriptor(&self) -> &Descriptor;

    /// Whether this store can hold `payload` under `name`. Pure, and complete: everything that the service would refuse
    /// (characters, the length with a prefix, bytes, shape, strings that it interprets) is refused here, while the plan
    /// is made. What the service accepts is not refused.
    ///
    /// # Errors
    ///
    /// The rule of the service that the name or the payload breaks.
    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection>;

    /// Which part of `metadata` this store can keep under `name`. `current` is the metadata that the secret has, or `None`
    /// for a new secret, which also gets the tags of the user's settings. Pure, and used in planning like
    /// [`check`](Self::check).
    ///
    /// # Behavior
    /// - The description and each tag are either kept or left out with a sentence. What is kept is kept again when it is
    ///   asked for again.
    /// - Tags that the service or airbridge reserves (`aws:…`, `airbridge-id`) are left out.
    fn supported_metadata(
        &self,
        name: &SecretName,
        metadata: &Metadata,
        current: Option<&Metadata>,
    ) -> SupportedMetadata;

    /// One page of the names that start with `prefix`, in any order.
    ///
    /// # Behavior
    /// - `cursor` is `None` for the first page, then the cursor that the last page returned.
    /// - Following cursors yields every name exactly once. A page may be empty without being the last.
    /// - A prefix that matches nothing is an empty page, not an error.
    /// - Names that do not start with `prefix` are left out, whatever the service sent. If the service ignores the case
    ///   of names, so does this method.
    /// - A prefix that no name can start with (`../`, say) is never sent as part of an address.
    ///
    /// # Errors
    ///
    /// The page cannot be listed.
    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page>;

    /// The content of each secret, in the current version or in the version asked for. At most `limits.read_batch` names.
    ///
    /// # Behavior
    /// - Outcome `i` belongs to request `i`, and an error in it carries the name.
    /// - `Ok(None)` means that the secret is absent. A secret without a readable payload is [`Content::Hidden`].
    /// - A name that the service cannot have is absent, or `InvalidName`. It is never sent as part of an address, where
    ///   `..` would lead to another secret.
    ///
    /// # Errors
    ///
    /// The request failed as a whole, which says nothing about any one name. An error of the whole place, such as a
    /// rejected token, may instead be the outcome of each name that met it: a kind that
    /// [ends the run](crate::ErrorKind::ends_run) does so from either position.
    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>>;

    /// Makes each change. At most `limits.write_batch` changes, and no name twice.
    ///
    /// # Behavior
    /// - Outcome `i` belongs to change `i`, and an error in it carries the name. A batch is not a transaction.
    /// - A create of a taken name is `AlreadyExists`, or `NameReserved` if a deleted secret reserves the name.
    /// - A replace of an absent name is `NotFound`; of another version than expected, `VersionMismatch`.
    /// - A create or replace that `check` refuses is `InvalidName` or `InvalidPayload` and is not sent
    ///   ([`Rejection::into_error`]).
    /// - If it is unknown whether the change happened, the outcome is `AnswerLost`, and only then: after an answer of 500,
    ///   or without a complete answer.
    /// - The metadata of a change is written no later than its payload. A change that failed in between is not visible
    ///   as made, and is completed when it is repeated. A replace leaves the metadata that it does not mention as it is.
    ///
    /// # Errors
    ///
    /// The request failed as a whole, and no change was made, or with `AnswerLost` it is unknown whether any was. As in
    /// [`read_batch`](Self::read_batch), an error of the whole place may instead be the outcome of each change: the run
    /// ends, and the changes that were not tried are reported as such.
    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>>;
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The secrets on this page.
    pub headers: Vec<Header>,
    /// The position of the next page; `None` on the last page.
    pub next: Option<Cursor>,
}

/// What a listing shows of one secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The name.
    pub name: SecretName,
    /// The state, as far as the listing shows it.
    pub state: State,
    /// The version that a read would return, if the listing shows it without a further request; `None` otherwise.
    pub version: Option<Version>,
    /// The service or tool that manages the secret and refuses changes by others.
    pub owner: Option<String>,
    /// The metadata, if the listing shows it without a further request; empty otherwise.
    pub metadata: Metadata,
    /// The label of the last write ([`Change::label`]), if the store keeps labels and its listing shows them.
    pub label: Option<String>,
    /// The content, if the listing carries it without a further request (files, the environment). It is not read again.
    pub stored: Option<Stored>,
}

impl Header {
    /// A readable secret of which the listing shows the name only.
    pub fn live(name: SecretName) -> Self {
        let metadata = Metadata::default();
        Self { name, state: State::Live, version: None, owner: None, metadata, label: None, stored: None }
    }
}

/// A request to read one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The name.
    pub name: SecretName,
    /// The version; `None` for the current one. A store without versions ignores it. A store that compares versions but
    /// keeps only the newest answers a read of an older one with `Ok(None)` or with the old payload, never with the new
    /// payload.
    pub version: Option<Version>,
}

impl Read {
    /// A read of the current version.
    pub fn current(name: SecretName) -> Self {
        Self { name, version: None }
    }
}

/// What a read found under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The payload, or why there is none to read.
    pub content: Content,
    /// The version of the content; `None` only if the store has no versions.
    pub version: Option<Version>,
    /// A note for the user, as one sentence without values: that Airflow misreads the spelling of the value, say.
    pub note: Option<String>,
    /// What is stored there and Airflow or the tool that reads it ignores, one sentence each without values.
    pub left_out: Vec<String>,
    /// The metadata, if the read shows it without a further request and the listing does not.
    pub metadata: Metadata,
}

impl Stored {
    /// A readable payload.
    pub fn payload(payload: Payload, version: Option<Version>) -> Self {
        Self {
            content: Content::Payload(payload),
            version,
            note: None,
            left_out: Vec::new(),
            metadata: Metadata::default(),
        }
    }

    /// A secret without a readable payload.
    pub fn hidden(state: State, version: Option<Version>) -> Self {
        Self {
            content: Content::Hidden(state),
            version,
            note: None,
            left_out: Vec::new(),
            metadata: Metadata::default(),
        }
    }
}

/// A change to one secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The name.
    pub name: SecretName,
    /// What to do.
    pub action: Action,
    /// Identifies the change and stays the same when it is repeated, so that a service with idempotency tokens makes it
    /// once. It is random: services show it as metadata, so it must not depend on the value.
    pub token: Uuid,
    /// The entry that the name stands for, where a service cannot spell every name. It is readable metadata, never a value.
    /// A store that keeps labels shows it in listings; a store without labels ignores it.
    pub label: Option<String>,
    /// The metadata to write, as [`supported_metadata`](SecretStore::supported_metadata) returned it. A delete ignores it.
    pub metadata: Metadata,
}

impl Change {
    /// A change with a new token, without a label and without metadata.
    pub fn new(name: SecretName, action: Action) -> Self {
        Self { name, action, token: Uuid::new_v4(), label: None, metadata: Metadata::default() }
    }

    /// Adds metadata.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Adds a label.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }
}

/// What to do with one secret.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Create the secret. The name must be free.
    Create(Payload),
    /// Give the secret a new payload. The name must exist.
    Replace {
        /// The new payload.
        payload: Payload,
        /// The version that the secret must have now; `None` to accept any, as for a store without versions.
        expect: Option<Version>,
    },
    /// Delete the secret. A delete of an absent name succeeds.
    Delete {
        /// The version that the secret must have now; `None` to accept any, as for a store without versions.
        expect: Option<Version>,
    },
}

/// The confirmation that a change was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The version that the change gave to the secret. A create or replace has one exactly if the store has versions; a
    /// delete may have none.
    pub version: Option<Version>,
}
