//! Names: from an entry to its name in a store, and back.
//!
//! A [`Layout`] is data. Every name consists of a root and the id in the style of the backend class. Airflow's backend
//! classes differ in their roots, in their style, and in the ids that they never look up.
//!
//! ```text
//!   Scheme (kwargs) ──new()──►  Layout                            scheme.rs, preset.rs
//!                               Layout  ──name_of()──►  name      names.rs, roots.rs, style.rs, lookup.rs
//!                               Layout  ◄──parse()────  name      parse.rs
//!                               Layout  ──prefixes()─►  listing   survey.rs
//!   names that no lookup finds: why not                           refused.rs, elsewhere.rs
//! ```

mod elsewhere;
mod kind;
mod lookup;
mod names;
mod parse;
mod preset;
mod refused;
mod roots;
mod scheme;
mod style;
mod survey;
#[cfg(test)]
mod tests;

pub use elsewhere::Elsewhere;
pub use kind::PerKind;
pub use names::{Layout, NamingError};
pub use parse::{KnownIds, Parsed};
pub use scheme::{LayoutError, Paths, Prefix, RowRules, Scheme};
