//! The suite that every adapter must pass.
//!
//! Each promise of [`SecretStore`] is a case, and each case runs on every store: on the in-memory reference, on the
//! layers that wrap stores, and on each adapter with its real server. An adapter's test fills in a [`Subject`] and
//! calls [`run`]. A broken promise panics with the number of the case, the promise, what the suite found and, where the
//! promise leaves a choice, what is allowed.
//!
//! ```no_run
//! # use std::{num::NonZeroUsize, sync::Arc};
//! # use airbridge_core::{MemoryStore, Payload, SecretName, SecretStore};
//! # use airbridge_conformance::{Binary, Bound, Subject, described, run, text_of, texts};
//! # async fn test() {
//! let store = Arc::new(MemoryStore::new("memory", NonZeroUsize::new(7).unwrap()));
//! run(Subject {
//!     expected: store.descriptor().clone(), // in an adapter's test: written out by hand
//!     prefix: "suite/".to_owned(),
//!     separator: "/",
//!     names: vec!["with space".to_owned(), "ümlaut".to_owned()],
//!     payloads: texts().into_iter().map(Payload::text).collect(),
//!     unfit: vec![(SecretName::new(""), Payload::text("x"), "name-invalid")],
//!     longest_name: Bound::Untested("memory has no limit"), // in an adapter's test: Bound::At(127)
//!     largest_value: Bound::Untested("memory has no limit"),
//!     sized: text_of,
//!     binary: Binary::Impossible("the store takes strings only"),
//!     secrets: vec![], // in an adapter's test: the token that it authenticates with
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
//! | cases | module | promises about |
//! | --- | --- | --- |
//! | 10 to 13 | `describe` | the descriptor, `check`, `Debug` |
//! | 20 to 25 | `list` | `list_page` |
//! | 30 to 36 | `read` | `read_batch`, versions, binary content |
//! | 40 to 45 | `write` | `write_batch`: create and replace |
//! | 46, 47 | `look` | `look_batch`, if the store has one |
//! | 50 to 53 | `delete` | `write_batch`: delete |
//! | 60 to 63 | `race` | calls at the same time |
//! | 70 to 75 | `metadata` | descriptions and tags |
//! | 80, 81 | `limits` | `check` against the service at its limits |
//! | 84 to 89 | [`wire`] | what a fault of the server, or an answer that no service gives, becomes; only in tests that call [`wire::run`] and [`wire::run_hostile`] |
//! | 90 to 92 | `guard` | names and prefixes such as `..`, which must not reach another secret |
//! | all | `case`, `calls` | no error and no `Debug` shows a payload or a credential, versions as promised |
//!
//! Two helpers are for tests of faults: [`Faulty`], a store that fails on cue, for code that stands in front of a store,
//! and [`wire`], a server that fails on cue, for an adapter's own tests.

#![warn(clippy::missing_errors_doc)]
#![expect(clippy::panic, reason = "a broken promise fails the test by panicking")]

mod calls;
mod case;
mod delete;
mod describe;
mod fault;
mod guard;
mod limits;
mod list;
mod look;
mod metadata;
mod race;
mod read;
mod subject;
pub mod wire;
mod write;

pub use fault::{Call, Fault, Faulty};
pub use subject::{Binary, Bound, CANARY, Subject, described, text_of, texts};

#[cfg(doc)]
use airbridge_core::SecretStore;

/// Runs every case on a store.
///
/// Cases run one after another, each under its own names. Secrets that they created are deleted at the end if the store
/// deletes.
///
/// # Panics
///
/// If a promise is broken, and if the subject supplies too little to test anything.
pub async fn run(subject: Subject) {
    subject.validate();
    describe::run(&subject);
    metadata::supported(&subject);
    list::run(&subject).await;
    read::run(&subject).await;
    if subject.writes() {
        write::run(&subject).await;
        look::run(&subject).await;
        metadata::run(&subject).await;
        delete::run(&subject).await;
        race::run(&subject).await;
    } else {
        write::is_refused(&subject).await;
    }
    limits::run(&subject).await;
    guard::run(&subject).await;
    if subject.writes() {
        calls::clean_up(&subject).await;
    }
}
