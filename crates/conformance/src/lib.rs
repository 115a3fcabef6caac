//! The suite that decides whether an adapter is an adapter.
//!
//! Every promise of [`SecretStore`] is a case, and every case runs on every store: on the in-memory reference, on the
//! layers that wrap stores, and on each adapter with its real server. An adapter's test fills in a [`Subject`] and
//! calls [`run`]; a promise that is not kept panics with the case and the promise.
//!
//! ```no_run
//! # use std::{num::NonZeroUsize, sync::Arc};
//! # use airbridge_core::{MemoryStore, Payload, SecretName, SecretStore};
//! # use airbridge_conformance::{Subject, described, run, texts};
//! # async fn test() {
//! let store = Arc::new(MemoryStore::new("memory", NonZeroUsize::new(7).unwrap()));
//! run(Subject {
//!     expected: store.descriptor().clone(), // in an adapter's test: written out, so that a lost capability fails
//!     prefix: "suite/".to_owned(),
//!     separator: "/",
//!     names: vec!["with space".to_owned(), "ümlaut".to_owned()],
//!     payloads: texts().into_iter().map(Payload::text).collect(),
//!     unfit: vec![(SecretName::new(""), Payload::text("x"), "name-invalid")],
//!     existing: vec![],
//!     page: Some(7),
//!     deletes: true,
//!     metadata: described(),
//!     store,
//! })
//! .await;
//! # }
//! ```
//!
//! | promises about | are in |
//! | --- | --- |
//! | the descriptor and `check` | `describe` |
//! | `list_page` | `list` |
//! | `read_batch` | `read` |
//! | `write_batch` | `write`, `delete`, and `race` for calls at the same time |
//! | what is said of a secret beside its value | `metadata` |
//! | what `Debug` and errors show | every case, and `describe` for the store itself |
//!
//! [`Faulty`] is the other half: a store that fails on cue, for those who test what stands in front of a store.

#![expect(clippy::panic, reason = "a promise that is not kept fails the test, by panicking")]

mod case;
mod delete;
mod describe;
mod fault;
mod list;
mod metadata;
mod race;
mod read;
mod subject;
mod write;

pub use fault::{Call, Fault, Faulty};
pub use subject::{CANARY, Subject, described, texts};

#[cfg(doc)]
use airbridge_core::SecretStore;

/// Holds a store to every promise of the contract.
///
/// Cases run one after another, each under names of its own. What they made is deleted at the end where the store
/// deletes.
///
/// # Panics
///
/// With the case and the promise, if one is not kept; also if the subject gives too little to test anything.
pub async fn run(subject: Subject) {
    subject.validate();
    describe::run(&subject);
    metadata::keep(&subject);
    list::run(&subject).await;
    read::run(&subject).await;
    if subject.writes() {
        write::run(&subject).await;
        metadata::run(&subject).await;
        delete::run(&subject).await;
        race::run(&subject).await;
        case::clean_up(&subject).await;
    } else {
        write::is_refused(&subject).await;
    }
}
