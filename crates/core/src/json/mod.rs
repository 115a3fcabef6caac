//! JSON values that cannot be printed, are wiped on drop, and keep numbers exactly as they were written.
//!
//! Reading and writing follow Python's `json` module, which Airflow uses: `NaN` and `Infinity` are numbers, the last of
//! equal keys wins and takes the position of the first, and output is ASCII with `", "` and `": "` between parts
//! (`CPython` 3.11, `json.decoder` and `json.encoder`).

mod entries;
mod error;
mod parse;
mod value;
mod write;

pub use entries::JsonEntry;
pub use error::{JsonError, JsonErrorKind};
pub use value::{Fields, Json};
pub use write::{JsonStyle, write_json_string};

#[cfg(test)]
mod tests;
