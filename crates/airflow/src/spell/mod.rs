//! Writing: from a connection to payloads from which Airflow reads the same connection.
//!
//! | dialect | safest format | alternative |
//! | --- | --- | --- |
//! | `Text`, `SecretsManager` | JSON | URI |
//! | `Vault` | fields | `conn_uri` |
//! | `File` | fields | URI |
//! | `EnvFile` | URI | |
//! | `Astro` | fields | |
//! | `Row`, `Probe` | fields | |

mod export;
mod fields;
mod uri;

use airbridge_core::{Fields, Json, JsonStyle, Payload};

pub use export::{check_exporter_uri, exporter_uri};
#[cfg(test)]
pub(crate) use export::{exporter_json, extra_dejson};
pub(crate) use uri::{Obstacle, safe_uri};

use crate::connection::Connection;
use crate::read::Dialect;
use crate::reader::AirflowVersion;

/// The format in which the user wants connections written (`--value-format`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// Keep the source's payload if the target reads the same connection from it, else use the safest format.
    #[default]
    Keep,
    /// JSON in a single string, with the extra as a string inside.
    Json,
    /// A URI that all readers read the same, with the extra in `__extra__`.
    Uri,
    /// Named fields.
    Fields,
}

impl Spelling {
    /// The word in settings: `keep`, `json`, `uri`, `fields`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Json => "json",
            Self::Uri => "uri",
            Self::Fields => "fields",
        }
    }
}

/// Candidate payloads for `connection` in a store or file of `dialect`, the safest first. Empty if no format fits.
///
/// The caller must read a candidate back and compare it before using it.
pub fn spell(
    dialect: &Dialect,
    version: AirflowVersion,
    connection: &Connection,
    wanted: Spelling,
) -> Vec<Payload> {
    spellings(dialect)
        .iter()
        .filter(|spelling| wanted == Spelling::Keep || wanted == **spelling)
        .filter_map(|spelling| spell_as(*spelling, dialect, version, connection))
        .collect()
}

/// The formats that `dialect` supports, the safest first.
pub(crate) fn spellings(dialect: &Dialect) -> &'static [Spelling] {
    match dialect {
        Dialect::Text | Dialect::SecretsManager { .. } => &[Spelling::Json, Spelling::Uri],
        Dialect::Vault | Dialect::File => &[Spelling::Fields, Spelling::Uri],
        Dialect::EnvFile => &[Spelling::Uri],
        Dialect::Astro | Dialect::Row { .. } | Dialect::Probe => &[Spelling::Fields],
    }
}

fn spell_as(
    spelling: Spelling,
    dialect: &Dialect,
    version: AirflowVersion,
    connection: &Connection,
) -> Option<Payload> {
    match (spelling, dialect) {
        (Spelling::Uri, Dialect::Vault) => {
            let uri = safe_uri(connection).ok()?;
            Some(Payload::Fields(Fields::from_iter([("conn_uri", Json::String(uri))])))
        }
        (Spelling::Uri, _) => safe_uri(connection).ok().map(Payload::Text),
        (Spelling::Fields, Dialect::File) => Some(Payload::Fields(fields::all(connection))),
        (Spelling::Fields, Dialect::Vault) if version == AirflowVersion::V3_3 => {
            Some(Payload::Fields(fields::normalised(connection)))
        }
        (Spelling::Fields, Dialect::Astro) => {
            let strings = connection.with_strings();
            let mut fields = fields::present(strings.as_ref().unwrap_or(connection));
            fields.remove("description");
            Some(Payload::Fields(fields))
        }
        (Spelling::Fields, Dialect::Row { respelled }) => {
            let mut fields = fields::row(connection);
            // The API would store `{}` instead. Tasks read the same from no extra.
            if *respelled && fields.get("extra").and_then(Json::as_str) == Some("") {
                fields.remove("extra");
            }
            Some(Payload::Fields(fields))
        }
        (Spelling::Fields, _) => Some(Payload::Fields(fields::present(connection))),
        (Spelling::Json, _) => {
            let mut fields = fields::normalised(connection);
            if matches!(dialect, Dialect::SecretsManager { .. }) {
                fields.remove("description");
            }
            Some(Payload::Text(Json::Object(fields).to_text(JsonStyle::LINE)))
        }
        (Spelling::Keep, _) => None,
    }
}

#[cfg(test)]
mod tests;
