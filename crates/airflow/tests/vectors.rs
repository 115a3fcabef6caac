//! Compares how values are read and written with the results of real Airflow installations.
//!
//! The cases are in `tests/vectors` of the workspace. A test reports all failures of its file at once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "vectors/answer.rs"]
mod answer;
#[path = "vectors/cases.rs"]
mod cases;
#[path = "vectors/ids.rs"]
mod ids;
#[path = "vectors/spelling.rs"]
mod spelling;
#[path = "vectors/stored.rs"]
mod stored;
