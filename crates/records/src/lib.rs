#![doc = include_str!("../README.md")]

mod folder;
mod journal;
mod past;
mod record;
mod store;

pub use folder::{RunId, StateFolder};
pub use journal::{Action, Line, Outcome, Written};
pub use past::{Change, PastRun, State};
pub use record::{Header, Record};
pub use store::RecordingStore;
