//! What the API would refuse, found without a request.

use airbridge_core::{Json, Payload, Rejection, SecretName};

use crate::body::fields_of;
use crate::name::{CONNECTIONS, split};
use crate::settings::ApiVersion;

/// The maximum length of the id of a connection and of the key of a variable, in characters. (2.11.2, 3.3.2)
const LONGEST_ID: usize = 200;
const LONGEST_KEY: usize = 250;
/// The fields whose columns hold 500 characters. Version 1 refuses more, version 2 fails if its database does. (2.11.2, 3.3.2)
const SHORT: [&str; 3] = ["conn_type", "host", "schema"];
const LONGEST_SHORT: usize = 500;

/// Whether an entry can have `payload` under `name`.
pub(crate) fn check(version: ApiVersion, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
    let Some((root, id)) = split(name.as_str()) else {
        return Err(Rejection::new(
            "name-invalid",
            "the name is not `connections/ID` or `variables/KEY`, or the API cannot be asked for it",
        ));
    };
    check_id(version, root, id)?;
    let Payload::Fields(fields) = payload else {
        return Err(Rejection::new("shape", "an entry has named fields, not a single string"));
    };
    let known = fields_of(root);
    if fields.iter().any(|(name, _)| !known.contains(&name)) {
        return Err(Rejection::new("shape", format!("an entry has the fields {} only", known.join(", "))));
    }
    known.iter().try_for_each(|field| check_field(version, field, fields.get(field).unwrap_or(&Json::Null)))
}

/// Whether the API can be asked for an id.
pub(crate) fn check_id(version: ApiVersion, root: &str, id: &str) -> Result<(), Rejection> {
    let limit = if root == CONNECTIONS { LONGEST_ID } else { LONGEST_KEY };
    let length = id.chars().count();
    if length > limit {
        let message = format!("the id has {length} characters, and the API accepts {limit}");
        return Err(Rejection::new("name-too-long", message));
    }
    let is_letter = |c: char| match version {
        ApiVersion::V1 => c.is_ascii_alphanumeric(),
        ApiVersion::V2 => c.is_alphanumeric(),
    };
    if root == CONNECTIONS && !id.chars().all(|c| is_letter(c) || "_-.".contains(c)) {
        let message = "the API accepts letters, digits, and the characters `_-.` in the id of a connection";
        return Err(Rejection::new("name-invalid", message));
    }
    Ok(())
}

fn check_field(version: ApiVersion, name: &str, value: &Json) -> Result<(), Rejection> {
    let refuse = |reason, what: &str| Err(Rejection::new(reason, format!("`{name}` {what}")));
    match value {
        Json::Null if matches!(name, "conn_type" | "value") => {
            refuse("value-invalid", "is missing, and an entry must have one")
        }
        Json::Null => Ok(()),
        Json::Number(number) if name == "port" => {
            if number.expose().parse::<i32>().is_ok() {
                return Ok(());
            }
            refuse("value-invalid", &format!("is not a whole number from {} to {}", i32::MIN, i32::MAX))
        }
        Json::String(text) if name != "port" => {
            let text = text.expose();
            if text.is_empty() && name == "password" {
                return refuse("value-empty", "is empty, and Airflow stores none instead");
            }
            if SHORT.contains(&name) && text.chars().count() > LONGEST_SHORT {
                let what =
                    format!("has {} characters, and Airflow holds {LONGEST_SHORT}", text.chars().count());
                return refuse("value-too-large", &what);
            }
            if text.contains('\0') {
                return refuse(
                    "value-invalid",
                    "contains a NUL character, which not every database of Airflow stores",
                );
            }
            if name == "extra" && version == ApiVersion::V2 {
                return check_extra(text);
            }
            Ok(())
        }
        _ => {
            let wanted = if name == "port" { "a whole number" } else { "a string" };
            refuse("shape", &format!("is {}, and an entry has {wanted} there", value.kind()))
        }
    }
}

/// Version 2 accepts objects only, and stores `{}` for an empty text.
fn check_extra(text: &str) -> Result<(), Rejection> {
    if text.is_empty() {
        return Err(Rejection::new("value-empty", "`extra` is empty, and Airflow stores `{}` instead"));
    }
    match Json::parse(text) {
        Ok(Json::Object(_)) => Ok(()),
        _ => Err(Rejection::new(
            "value-invalid",
            "`extra` is not a JSON object, and the API accepts no other text",
        )),
    }
}
