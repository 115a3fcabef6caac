//! The trait that an adapter implements.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    Content, Cursor, Descriptor, Finding, Metadata, NamePrefix, Payload, Policy, PolicyRequest, Rejection,
    Result, Scope, SecretName, State, SupportedMetadata, Version,
};

/// A flat store of named secrets.
///
/// # Contract
///
/// Callers use [`SecretStoreExt`](crate::SecretStoreExt), which keeps to the limits. Methods have no default
/// body, so that no wrapper can forget one. Calls may run at the same time. A store neither retries nor limits its rate: every adapter
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
    /// - A restore of an absent name is `NotFound`. One of a secret that is not deleted only writes its payload. A store that does
    ///   not restore answers `Unsupported`.
    /// - A create, replace or restore whose payload `check` refuses is `InvalidName` or `InvalidPayload` and is not sent
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

    /// Looks at secrets just before they are replaced, with few requests for all of them, so that
    /// [`write_batch`](Self::write_batch) need not look at each one. Called for at most `limits.look_batch` changes, and not
    /// at all if that is 0. It only saves requests, so it has a default body: no look.
    ///
    /// # Behavior
    /// - Outcome `i` belongs to change `i`. `None` means that `write_batch` looks by itself, which also reports why the change
    ///   cannot be made.
    /// - A look names the version that a read returns at this moment.
    ///
    /// # Errors
    ///
    /// The request failed as a whole. Callers then write without looks.
    async fn look_batch(&self, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        Ok(vec![None; changes.len()])
    }

    /// The least policies that allow what is asked for, in the language of the service: for exactly the requests that this
    /// adapter sends. Pure: nothing is sent. Empty if the place has no policies, as for files.
    fn policies(&self, _request: &PolicyRequest) -> Vec<Policy> {
        Vec::new()
    }

    /// What only the store can find out about its place and its credentials: how long a token is valid, which permissions the
    /// service says that the user has, which keys open how many rows. It has a default body: nothing.
    ///
    /// # Behavior
    /// - It writes nothing, and sends few requests: none for each secret of the place.
    /// - A question that the service does not answer to this user leaves a finding out, or is a finding that says so. It is not
    ///   a problem of the place.
    ///
    /// # Errors
    ///
    /// A request failed as no other would: the place cannot be used (see [`ErrorKind::ends_run`](crate::ErrorKind::ends_run)).
    async fn diagnose(&self, scope: &Scope) -> Result<Vec<Finding>> {
        let _ = scope;
        Ok(Vec::new())
    }
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
    /// The metadata, if there is any and the listing shows it without a further request.
    pub metadata: Option<Box<Metadata>>,
    /// The label of the last write ([`Change::label`]), if the store keeps labels and its listing shows them.
    pub label: Option<String>,
    /// The content, if the listing carries it without a further request (files, the environment). It is not read again.
    pub stored: Option<Arc<Stored>>,
}

impl Header {
    /// A readable secret of which the listing shows the name only.
    pub fn live(name: SecretName) -> Self {
        Self {
            name,
            state: State::Live,
            version: None,
            owner: None,
            metadata: None,
            label: None,
            stored: None,
        }
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
    /// The metadata, if there is any, the read shows it without a further request and the listing does not.
    pub metadata: Option<Box<Metadata>>,
    /// What the service shows of a payload that it masks. The content is then `Hidden`, with the state `Masked`.
    pub shown: Option<Box<Shown>>,
}

/// What a service shows of a payload that it masks: enough to find a difference, and too little to copy it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The payload, with `***` in place of what is hidden.
    pub payload: Payload,
    /// The fields of which the service does not even show whether they are there.
    pub unknown: Vec<&'static str>,
}

impl Stored {
    /// A readable payload.
    pub fn payload(payload: Payload, version: Option<Version>) -> Self {
        Self { content: Content::Payload(payload), ..Self::hidden(State::Live, version) }
    }

    /// A payload that the service masks, with what it shows of it. `message` says what is masked and where to read it.
    pub fn masked(message: String, shown: Shown) -> Self {
        Self { shown: Some(Box::new(shown)), ..Self::hidden(State::Masked { message }, None) }
    }

    /// A secret without a readable payload.
    pub fn hidden(state: State, version: Option<Version>) -> Self {
        let content = Content::Hidden(state);
        Self { content, version, note: None, left_out: Vec::new(), metadata: None, shown: None }
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
    pub label: Option<Arc<str>>,
    /// The metadata to write, as [`supported_metadata`](SecretStore::supported_metadata) returned it; `None` for nothing. A
    /// delete ignores it.
    pub metadata: Option<Box<Metadata>>,
    /// What [`look_batch`](SecretStore::look_batch) saw of the secret. The store need not look again.
    pub look: Option<Box<Look>>,
}

impl Change {
    /// A change with a new token, without a label and without metadata.
    pub fn new(name: SecretName, action: Action) -> Self {
        Self { name, action, token: Uuid::new_v4(), label: None, metadata: None, look: None }
    }

    /// Adds metadata.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata.boxed();
        self
    }

    /// The metadata to write, which may be nothing.
    pub fn metadata(&self) -> &Metadata {
        self.metadata.as_deref().unwrap_or(Metadata::NONE)
    }

    /// Adds a label.
    pub fn with_label(mut self, label: impl Into<Arc<str>>) -> Self {
        self.label = Some(label.into());
        self
    }
}

/// What a store saw of a secret just before it is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The current version.
    pub version: Version,
    /// What the secret would lose if the write did not repeat it, such as its key. Readable metadata, never a value; only the
    /// adapter knows the names.
    pub kept: BTreeMap<&'static str, String>,
    at: Instant,
}

impl Look {
    /// How long a look counts. Afterwards the store looks again before it writes.
    const VALID: Duration = Duration::from_secs(5);

    /// A look that was sent now.
    pub fn new(version: Version) -> Self {
        Self { version, kept: BTreeMap::new(), at: Instant::now() }
    }

    /// Adds what the write must repeat.
    pub fn with_kept(mut self, kept: BTreeMap<&'static str, String>) -> Self {
        self.kept = kept;
        self
    }

    /// Whether the look is recent enough to write without another one.
    pub fn is_recent(&self) -> bool {
        self.at.elapsed() < Self::VALID
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
    /// Take a deleted secret back that still holds its name. Only a store whose descriptor says that it
    /// [restores](crate::Undo::restores) does this.
    Restore {
        /// The payload to give it then; `None` to leave what it had.
        payload: Option<Payload>,
    },
}

impl Action {
    /// The payload that is written.
    pub fn payload(&self) -> Option<&Payload> {
        match self {
            Self::Create(payload) | Self::Replace { payload, .. } => Some(payload),
            Self::Restore { payload } => payload.as_ref(),
            Self::Delete { .. } => None,
        }
    }
}

/// The confirmation that a change was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The version that the change gave to the secret. A create or replace has one exactly if the store has versions; a
    /// delete may have none.
    pub version: Option<Version>,
}
