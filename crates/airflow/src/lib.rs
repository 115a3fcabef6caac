//! What Apache Airflow means by a name and a value. Pure: no I/O, no clock, no async.
//!
//! ```text
//!   entry id  ──Layout──►  secret name        names, forward and back      layout/
//!   payload   ──read()──►  Reading            what Airflow makes of it     read/
//!   Reading   ──spell()─►  payload            how to write it safely       spell/
//!   Reading + Reading ───► compare(), carry() what "the same" means        carry.rs
//!   Reading   ──Edits───►  Reading            changed as a user asks        edit.rs
//!   file      ──Document─► names, payloads    the files of Airflow's tools file/
//!   settings  ──Deployment► backend, kwargs   airflow.cfg, AIRFLOW__…      deployment/
//! ```
//!
//! Facts come from running Airflow 2.11.2 and 3.3.2; each of their three readers is a [`Reader`].

mod connection;
pub mod deployment;
mod edit;
mod encode;
mod entry;
pub mod file;
mod ids;
mod layout;
mod python;
mod read;
mod reader;
mod reading;
mod spell;

pub use connection::{Connection, Field, normalise_conn_type};
pub use edit::{Edited, Edits, Part};
pub use encode::{CannotEncode, Comparison, Encoded, Loss, ReadRules, Request, compare, encode_for};
pub use entry::{EntryId, Kind};
pub use ids::{constructor_keeps, key_rule_accepts};
pub use layout::{
    Known, Layout, LayoutError, NamingError, PRESETS, Parsed, Paths, PerKind, Prefix, Preset, Scheme,
};
pub use read::{Dialect, construct, from_json, from_uri, read};
pub use reader::{AirflowVersion, Reader};
pub use reading::{ReadError, Reading, Unrepresentable};
pub use spell::{Spelling, exporter_json, exporter_uri, extra_dejson, spell};
