//! Writing: from what Airflow reads to payloads that it reads the same.

use airbridge_core::Payload;

use crate::{AirflowVersion, Connection, Dialect};

/// Which spelling of a connection is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// The text as it is where that reads the same, else the safest.
    #[default]
    Keep,
    /// A JSON text with the extra as a string inside.
    Json,
    /// A URI that all readers read alike, with the extra in `__extra__`.
    Uri,
    /// Named fields.
    Fields,
}

/// Payloads that spell `connection` for a reader of `dialect`, the safest first; none if nothing can.
///
/// Each is a candidate only: the caller reads it back before it is used.
pub fn spell(
    dialect: &Dialect,
    version: AirflowVersion,
    connection: &Connection,
    wanted: Spelling,
) -> Vec<Payload> {
    let _ = (dialect, version, connection, wanted);
    Vec::new()
}
