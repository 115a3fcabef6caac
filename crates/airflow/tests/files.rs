//! Compares how files are read and written with what real Airflow installations load, export and import.
//!
//! The cases are in `tests/vectors` of the workspace. A test reports all failures of its file at once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "files/cases.rs"]
mod cases;
#[path = "files/export.rs"]
mod export;
#[path = "files/load.rs"]
mod load;
