//! Rules of the user: entries are renamed, changed or excluded between listing and plan.
//!
//! ```text
//!   inventory ──exclude()──► inventory ──► snapshot ──apply()──► snapshot, as the target will know it
//! ```

mod apply;
mod rename;
mod rule;
#[cfg(test)]
mod tests;

pub use apply::ruled_snapshot;
pub use rename::{Fill, Rename};
pub use rule::{Effect, IdleRule, Rule, Rules};
