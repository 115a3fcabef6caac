//! The one-way pipeline from one endpoint to another.
//!
//! ```text
//! source ─► inventory ─► snapshot ─┐  (rules are applied here)
//!                                  ├─► plan() ─► [shown, confirmed] ─► apply() ─► verify() ─► report
//! target ─► inventory ─► snapshot ─┘   pure                            └ only here does anything change
//! ```
//!
//! No arrow points left: everything is read before anything is written, the plan is a pure function of what was read,
//! and the only type that can write is [`Target`]. The engine prints nothing; it tells an [`Observer`].

mod apply;
mod diff;
mod document;
mod endpoint;
mod event;
mod glob;
mod inventory;
mod plan;
mod policy;
mod reason;
mod rules;
mod select;
mod snapshot;
mod verify;

pub use apply::{FinishedStep, Interrupt, StepResult, apply};
pub use diff::{DiffEntry, Difference, diff};
pub use document::{
    EndpointDocument, diff_document, error_document, list_document, plan_document, report_document,
    show_document,
};
pub use endpoint::{Endpoint, Source, Target};
pub use event::{Event, Observer, Phase, Quiet, Side};
pub use glob::{BadGlob, Pattern};
pub use inventory::{AmbiguousName, Evidence, Found, Inventory, Listing, list, resolve_names};
pub use plan::{Decision, Plan, SamePlace, Step, Summary, plan};
pub use policy::{Losses, OnConflict, Policy};
pub use reason::{Flag, REASONS, Reason};
pub use rules::{Effect, Excluded, Rename, Rule, Ruled, Rules, ruled_snapshot};
pub use select::Selection;
pub use snapshot::{Existing, Item, Snapshot, View, read_existing, snapshot};
pub use verify::verify;
