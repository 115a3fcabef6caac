//! Compares how values are read and written with the results of real Airflow installations.
//!
//! The cases are in `tests/vectors` of the workspace. A test reports all failures of its file at once.

mod answer;
mod cases;
mod ids;
mod spelling;
mod stored;
