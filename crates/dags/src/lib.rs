#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod folder;
mod jinja;
mod python;
mod report;
mod text;
mod yaml;
mod yaml_space;

pub use folder::scan;
pub use report::{Broken, Dynamic, How, Need, Problem, Reason, Reference, Scan};
