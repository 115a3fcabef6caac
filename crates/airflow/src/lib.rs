//! What Apache Airflow means by a name and a value. Pure: no I/O, no clock, no async.
//!
//! ```text
//!   entry id  ──Layout──────► secret name      names, in both directions         layout/
//!   payload   ──read()──────► Reading          what Airflow reads from it        read/
//!   Reading   ──spell()─────► payloads         formats that read back the same   spell/
//!   Reading, Reading ───────► compare()        what "the same" means             encode/compare.rs
//!   payload   ──encode_for()► payload, losses  what to write at a target         encode.rs
//!   Reading   ──Edits───────► Reading          changes that the user asks for    edit.rs
//!   file      ──Document────► names, payloads  files of Airflow and its tools    file/
//!   settings  ──Deployment──► backend, kwargs  airflow.cfg, AIRFLOW__… variables deployment/
//! ```
//!
//! The facts come from running Airflow 2.11.2 and 3.3.2. Each of their three connection parsers is a [`Reader`].

#![warn(clippy::missing_errors_doc)]

mod connection;
pub mod deployment;
mod edit;
mod encode;
mod entry;
pub mod file;
mod ids;
mod layout;
mod mask;
mod near_id;
mod near_variable;
mod python;
mod read;
mod reader;
mod reading;
mod similar;
mod spell;
#[cfg(test)]
mod vectors;

pub use connection::{Connection, Field};
pub use edit::{Edited, Edits, Part};
pub use encode::{
    CannotEncode, Comparison, Encoded, Loss, ReadRules, Request, Visible, compare, compare_shown, encode_for,
};
pub use entry::{EntryId, Kind};
pub use layout::{
    Elsewhere, KnownIds, Layout, LayoutError, NamingError, Parsed, Paths, PerKind, Prefix, RowRules, Scheme,
};
pub use mask::{is_whole_mask, masked_part};
pub use near_id::{NearId, near_id};
pub use near_variable::{near_variable_name, near_variable_names};
pub use read::{Dialect, IgnoredField, ignored_fields, read};
pub use reader::{AirflowVersion, Reader};
pub use reading::{ReadError, Reading, Unrepresentable};
pub use spell::{Spelling, check_exporter_uri, exporter_uri, spell};
