//! Checks of single fields that several formats share.

use airbridge_core::{Json, JsonErrorKind};

use crate::reader::Reader;
use crate::reading::ReadError;

/// The password that `reader` stores. The core readers treat every falsy value as absent, and can encrypt only strings.
pub(super) fn stored_password(reader: Reader, password: Json) -> Result<Json, ReadError> {
    match password {
        password if reader == Reader::Task3 => Ok(password),
        password if !password.is_truthy() => Ok(Json::Null),
        Json::String(_) => Ok(password),
        other => Err(ReadError::expected("password", "a string", &other)),
    }
}

/// Checks an extra as `reader` does. Airflow 3's core accepts only JSON objects. Airflow 2 only warns, and tasks of
/// Airflow 3 do not check.
pub(super) fn check_extra(reader: Reader, extra: &Json) -> Result<(), ReadError> {
    let Some(text) = extra.as_str().filter(|text| !text.is_empty()) else { return Ok(()) };
    let error = match (reader, Json::parse(text)) {
        (Reader::Task3, _) | (Reader::Core3, Ok(Json::Object(_))) | (Reader::Core2, Ok(_)) => None,
        (Reader::Core3, Ok(other)) => Some(ReadError::expected("extra", "a JSON object", &other)),
        (_, Err(error)) => match error.kind {
            JsonErrorKind::Limit => Some(ReadError::new("extra", error.to_string())),
            JsonErrorKind::Syntax if reader == Reader::Core3 => {
                Some(ReadError::new("extra", format!("is not valid JSON: {error}")))
            }
            // Python accepts the surrogate. If the text starts like an object, it can only be an object.
            JsonErrorKind::Surrogate if reader == Reader::Core3 && !text.trim_start().starts_with('{') => {
                Some(ReadError::new("extra", "expected a JSON object"))
            }
            JsonErrorKind::Syntax | JsonErrorKind::Surrogate => None,
        },
    };
    error.map_or(Ok(()), Err)
}
