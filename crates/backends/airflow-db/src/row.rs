//! Rows and payloads: named fields on one side, columns and tokens on the other.

use airbridge_core::{Content, Fields, Json, SecretText, State, Stored};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::database::{Bind, Cell};
use crate::fernet::{Fernet, FernetError, Opener};
use crate::schema::{Empty, Field, Schema, Table};

/// A row as it was read.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its number in the table.
    pub(crate) number: i32,
    pub(crate) id: String,
    /// Whether it belongs to the team that is meant.
    pub(crate) is_own: bool,
    /// The fields, then the flags.
    cells: Vec<Cell>,
}

impl Row {
    /// The row in the cells of a statement; `None` if it has no id that can be a name.
    pub(crate) fn new(cells: Vec<Cell>) -> Option<Self> {
        let mut cells = cells.into_iter();
        let mut text = || cells.next().flatten().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        let (number, id, own) = (text()?, text()?, text()?);
        Some(Self { number: number.parse().ok()?, id, is_own: own == "1", cells: cells.collect() })
    }

    /// A mark that changes when any column of the row changes. It is made with a key of its own, so that it says nothing
    /// about the content.
    pub(crate) fn mark(&self, key: &hmac::Key) -> hmac::Tag {
        let mut context = hmac::Context::with_key(key);
        for cell in &self.cells {
            let length = cell.as_ref().map_or(u64::MAX, |bytes| bytes.len() as u64);
            context.update(&length.to_be_bytes());
            context.update(cell.as_deref().map_or(&[], Vec::as_slice));
        }
        context.sign()
    }

    /// Which key opens the encrypted columns: the last of `fernet_key` that any of them needs.
    pub(crate) fn opener(&self, table: Table, fernet: &Fernet) -> Opener {
        let (cells, flags) = self.cells.split_at(table.fields().len().min(self.cells.len()));
        let mut flags = flags.iter();
        let mut found = Opener::Plain;
        for (field, cell) in table.fields().iter().zip(cells) {
            let encrypted = field.flag.is_some()
                && flags.next().and_then(Option::as_ref).is_some_and(|flag| **flag == b"1");
            let text = cell.as_ref().and_then(|bytes| std::str::from_utf8(bytes).ok());
            if let Some(token) = text.filter(|text| encrypted && !text.is_empty()) {
                found = found.max(fernet.opener(token));
            }
        }
        found
    }

    /// The payload, or why there is none to read.
    pub(crate) fn stored(self, table: Table, fernet: &Fernet) -> Stored {
        let mut cells = self.cells;
        let flags = cells.split_off(table.fields().len().min(cells.len()));
        let mut flags = flags.into_iter();
        let mut fields = Fields::new();
        for (field, cell) in table.fields().iter().zip(cells) {
            let encrypted = field.flag.is_some() && flags.next().flatten().is_some_and(|flag| *flag == b"1");
            match value(field, cell, encrypted, fernet) {
                Ok(Json::Null) => {}
                Ok(value) => fields.insert(field.name, value),
                Err(state) => return Stored::hidden(state, None),
            }
        }
        // Airflow does not find a variable whose value is null.
        if table == Table::Variable && !fields.contains("value") {
            return Stored::hidden(State::NoValue, None);
        }
        Stored {
            content: Content::Payload(airbridge_core::Payload::Fields(fields)),
            ..Stored::hidden(State::Live, None)
        }
    }
}

fn value(field: &Field, cell: Cell, encrypted: bool, fernet: &Fernet) -> Result<Json, State> {
    let damaged = |what: &str| State::Damaged { message: format!("the column `{}` {what}", field.column) };
    let Some(bytes) = cell else { return Ok(Json::Null) };
    let Some(text) = text(bytes) else { return Err(damaged("is not UTF-8")) };
    if field.is_number {
        let is_number = text.expose().parse::<i64>().is_ok();
        return if is_number { Ok(Json::Number(text)) } else { Err(damaged("is not a whole number")) };
    }
    // Airflow does not decrypt what is empty.
    if !encrypted || text.is_empty() {
        return Ok(Json::String(text));
    }
    let plain = fernet.decrypt(text.expose()).map_err(|error| match error {
        FernetError::NoKey => damaged("is encrypted, and no `fernet_key` is configured"),
        FernetError::WrongKey => damaged(
            "was encrypted with another key than those in `fernet_key`; add the former key after a comma",
        ),
        FernetError::Binary => damaged("contains bytes that are not UTF-8"),
        FernetError::Damaged | FernetError::Key(_) | FernetError::Library => {
            damaged("is marked as encrypted, but does not hold a complete Fernet token")
        }
    })?;
    Ok(Json::String(plain))
}

fn text(mut bytes: Zeroizing<Vec<u8>>) -> Option<SecretText> {
    String::from_utf8(std::mem::take(&mut *bytes)).map(SecretText::new).ok()
}

/// The values for a row, in the order of [`Statements::columns`](crate::statements::Statements::columns).
///
/// # Errors
///
/// The text cannot be encrypted. What [`check`](crate::check) refuses does not get here.
pub(crate) fn values(
    schema: &Schema,
    table: Table,
    fields: &Fields,
    fernet: &Fernet,
) -> Result<Vec<Bind>, FernetError> {
    let mut values = Vec::new();
    let mut flags = Vec::new();
    for field in table.fields() {
        let value = fields.get(field.name).unwrap_or(&Json::Null);
        let (value, encrypted) = match (value, field.flag) {
            (Json::Number(number), _) if field.is_number => {
                (Bind::Number(number.expose().parse().ok()), false)
            }
            (_, _) if field.is_number => (Bind::Number(None), false),
            (Json::String(text), Some(_)) => column(field, text, fernet)?,
            (Json::String(text), None) => (Bind::Text(Some(text.clone())), false),
            _ => (Bind::Text(None), false),
        };
        if schema.has(table, field.column) {
            values.push(value);
        }
        if field.flag.is_some_and(|flag| schema.has(table, flag)) {
            flags.push(Bind::Flag(encrypted));
        }
    }
    values.extend(flags);
    Ok(values)
}

/// The content of a column whose text is encrypted, and whether it is.
fn column(field: &Field, text: &SecretText, fernet: &Fernet) -> Result<(Bind, bool), FernetError> {
    let is_plain = text.is_empty() && field.if_empty != Empty::Encrypted;
    if text.is_empty() && field.if_empty == Empty::Null {
        return Ok((Bind::Text(None), false));
    }
    if is_plain || fernet.is_off() {
        return Ok((Bind::Text(Some(text.clone())), false));
    }
    Ok((Bind::Text(Some(SecretText::new(fernet.encrypt(text.expose())?))), true))
}
