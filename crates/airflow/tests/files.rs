//! Files that real Airflow installations loaded, exported and imported, each compared with ours.
//!
//! The cases lie in `tests/vectors` of the workspace; all failures of a file are reported at once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "files/cases.rs"]
mod cases;
#[path = "files/export.rs"]
mod export;
#[path = "files/load.rs"]
mod load;
