//! Answers of real Airflow installations, each compared with ours.
//!
//! The cases lie in `tests/vectors` of the workspace; all failures of a file are reported at once.

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
