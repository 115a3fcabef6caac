//! The files that Airflow and its tools read and write. Pure: bytes in, bytes out.
//!
//! ```text
//!   format.rs       the formats, options.rs what else decides how a file is read
//!   guess.rs        detects the format of a file
//!   text.rs         bytes, lines, positions
//!   json.rs  yaml/  env_file.rs     Airflow's three formats
//!   entry_file.rs   what they share: object.rs (connections), variables.rs (variables, config options)
//!   dotenv/         AIRFLOW_CONN_… lines, as Astro, Docker and Compose read them
//!   astro/          airflow_settings.yaml
//!   probe/          what Airflow itself reads, as `airbridge probe` collects it
//!   bundle.rs       the content of a bundle, which is encrypted elsewhere; bundle_reader.rs the rules that it states
//!   proof.rs        reads every rendered file again before it is returned
//! ```
//!
//! Entries are named `connections/ID`, `variables/KEY` and `config/KEY`; in a `.env` file they are named by their
//! variable. Airflow rejects a whole file for one bad entry; airbridge reports the entry.

mod astro;
mod bundle;
mod bundle_reader;
mod content;
mod dotenv;
mod entry_file;
mod env_file;
mod foreign;
mod format;
mod guess;
mod json;
mod name;
mod object;
mod options;
mod probe;
mod proof;
#[cfg(test)]
mod tests;
mod text;
mod variables;
mod yaml;

pub use astro::skipped_entries;
pub use bundle::{BUNDLE_SCHEMA, Bundle};
pub use dotenv::SET_DIALECT;
pub use foreign::{Foreign, recognise};
pub use format::Format;
pub use guess::{GuessError, guess};
pub use options::{DotenvDialect, Options, VariablesReader};
pub use probe::ProbeFacts;
