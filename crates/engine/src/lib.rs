//! The one-way pipeline from one endpoint to another.
//!
//! ```text
//! source ─► survey() ─► snapshot ─┐  (rules are applied here)
//!                                 ├─► plan() ─► [shown, confirmed] ─► apply() ─► verify() ─► report
//! target ─► survey() ─► existing ─┘   pure                            └ the only writes
//! ```
//!
//! Everything is read before anything is written. The plan is a pure function of what was read. Only [`apply`] writes,
//! and it needs a [`Target`]; everything else takes a [`Source`]. The engine prints nothing: it reports progress to an
//! [`Observer`].
#![warn(clippy::missing_errors_doc)]

mod apply;
mod diff;
mod doctor;
mod document;
mod endpoint;
mod estimate;
mod event;
mod glob;
mod inventory;
mod listed_state;
mod outcome;
mod plan;
mod policy;
mod read_back;
mod reason;
mod ruled;
mod rules;
mod select;
mod shown;
mod snapshot;
mod survey;
mod undo;
mod usage;
mod verify;
mod view;
mod work;

pub use apply::{Execution, Interrupt, apply};
pub use diff::{DiffEntry, Difference, diff};
pub use doctor::{
    Answer, Asked, Known, Place, ask, diagnosed, doctor_document, examine, failure, identity, is_found,
    known_ids, lookup, near_entry, not_asked,
};
pub use document::{
    EndpointDocument, TargetFacts, diff_document, entry_of, error_document, list_document, plan_document,
    report_document, saved_plan_document, show_document, with_error, with_member, with_warnings,
};
pub use endpoint::{Endpoint, NewSecretSetting, Source, Target};
pub use estimate::{Estimate, PRICES_OF, SERVICES, Service, Storage, StorageChange, estimate};
pub use event::{Event, Observer, Phase, Quiet, Side};
pub use glob::{BadGlob, GLOB_HINT, Pattern};
pub use inventory::{AmbiguousName, Evidence, Extent, Found, Inventory, Listing, list, resolve_names};
pub use listed_state::mark_unusable;
pub use outcome::{FinishedStep, StepResult};
pub use plan::{
    Changes, Decision, Delete, FieldChange, Marker, NothingAtSource, Plan, Restore, SamePlace, Seen,
    SideSeen, Step, Summary, UndoWith, Write, plan,
};
pub use policy::{Losses, OnConflict, Policy};
pub use read_back::ReadBack;
pub use reason::{Flag, REASONS, Reason};
pub use ruled::{Excluded, Ruled};
pub use rules::{Effect, Fill, IdleRule, Rename, Rule, Rules, ruled_snapshot};
pub use select::Selection;
pub use shown::ShownReading;
pub use snapshot::{Existing, Item, Keep, Remarks, Snapshot, read_existing, snapshot};
pub use survey::{Survey, survey};
pub use undo::{Backup, Past, PastAction, PastChange, read_past, undo};
pub use usage::{Presence, Usage, usage};
pub use verify::verify;
pub use view::View;
