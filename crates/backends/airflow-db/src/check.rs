//! What a database cannot hold, found without a statement.

use airbridge_core::{Fields, Json, Payload, Rejection, SecretName};

use crate::address::DatabaseKind;
use crate::fernet::Fernet;
use crate::schema::{Empty, Field, Schema, Table};

/// The maximum length of an id, in characters. (`ID_LEN` in Airflow's models)
const ID_LIMIT: usize = 250;

/// The table and the id of a name; `None` if no row has such a name. PostgreSQL cannot even be asked for a NUL character.
pub(crate) fn split(name: &str) -> Option<(Table, &str)> {
    let table = Table::ALL.into_iter().find(|table| name.starts_with(table.root()))?;
    name.strip_prefix(table.root()).filter(|id| !id.is_empty() && !id.contains('\0')).map(|id| (table, id))
}

/// Whether a row can hold `payload` under `name`.
pub(crate) fn check(
    schema: &Schema,
    encrypts: bool,
    name: &SecretName,
    payload: &Payload,
) -> Result<(), Rejection> {
    let Some((table, id)) = split(name.as_str()) else {
        return Err(Rejection::new(
            "name-invalid",
            "the name is not `connections/ID` or `variables/KEY`, or it contains a NUL character",
        ));
    };
    let limit = schema.limit(table, table.key()).unwrap_or(ID_LIMIT).min(ID_LIMIT);
    let length = id.chars().count();
    if length > limit {
        let message =
            format!("the id has {length} characters, and the column `{}` holds {limit}", table.key());
        return Err(Rejection::new("name-too-long", message));
    }
    if schema.ignores_last_blanks() && id.ends_with(' ') {
        return Err(Rejection::new("name-invalid", "the id ends in a blank, which MySQL ignores"));
    }
    let Payload::Fields(fields) = payload else {
        return Err(Rejection::new("shape", "a row has named fields, not a single string"));
    };
    check_fields(schema, encrypts, table, fields)
}

fn check_fields(schema: &Schema, encrypts: bool, table: Table, fields: &Fields) -> Result<(), Rejection> {
    if fields.iter().any(|(name, _)| table.fields().iter().all(|field| field.name != name)) {
        let names: Vec<_> = table.fields().iter().map(|field| field.name).collect();
        return Err(Rejection::new("shape", format!("a row has the fields {} only", names.join(", "))));
    }
    table.fields().iter().try_for_each(|field| {
        let value = fields.get(field.name).unwrap_or(&Json::Null);
        check_field(schema, encrypts, table, field, value)
    })
}

fn check_field(
    schema: &Schema,
    encrypts: bool,
    table: Table,
    field: &Field,
    value: &Json,
) -> Result<(), Rejection> {
    let name = field.name;
    let refuse = |reason, what: String| Err(Rejection::new(reason, format!("`{name}` {what}")));
    match value {
        Json::Null if field.is_required => {
            refuse("value-invalid", "is missing, and a row must have one".to_owned())
        }
        Json::Null => Ok(()),
        Json::Number(number) if field.is_number => match number.expose().parse::<i32>() {
            Ok(_) => Ok(()),
            Err(_) => {
                refuse("value-invalid", format!("is not a whole number from {} to {}", i32::MIN, i32::MAX))
            }
        },
        Json::String(text) if !field.is_number => {
            let text = text.expose();
            if !schema.has(table, field.column) && !text.is_empty() {
                return refuse("value-invalid", "has no column in this version of Airflow".to_owned());
            }
            if text.is_empty() && field.if_empty == Empty::Null {
                return refuse("value-empty", "is empty, and Airflow stores none instead".to_owned());
            }
            let is_encrypted = encrypts && field.flag.is_some();
            if !is_encrypted && schema.kind == DatabaseKind::Postgres && text.contains('\0') {
                return refuse(
                    "value-invalid",
                    "contains a NUL character, which PostgreSQL does not store".to_owned(),
                );
            }
            check_length(schema, is_encrypted, table, field, text)
        }
        _ => {
            let wanted = if field.is_number { "a whole number" } else { "a string" };
            refuse("shape", format!("is {}, and a row holds {wanted} there", value.kind()))
        }
    }
}

fn check_length(
    schema: &Schema,
    is_encrypted: bool,
    table: Table,
    field: &Field,
    text: &str,
) -> Result<(), Rejection> {
    let Some(limit) = schema.limit(table, field.column) else { return Ok(()) };
    // Tokens are ASCII. The long texts of MySQL count bytes, and both of its short ones are of characters.
    let counts_bytes = schema.kind == DatabaseKind::MySql && limit >= 65_535;
    let length = if is_encrypted {
        Fernet::token_len(text.len())
    } else if counts_bytes {
        text.len()
    } else {
        text.chars().count()
    };
    if length <= limit {
        return Ok(());
    }
    let name = field.name;
    let (unit, encrypted) = (
        if counts_bytes { "bytes" } else { "characters" },
        if is_encrypted { " once encrypted" } else { "" },
    );
    let message =
        format!("`{name}` has {length} {unit}{encrypted}, and the column `{}` holds {limit}", field.column);
    Err(Rejection::new("value-too-large", message))
}
