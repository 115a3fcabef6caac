//! Reading `backend_kwargs` as Airflow does.

use airbridge_core::{Fields, Json, JsonErrorKind};

/// The kwargs in a setting. The strings are the end of a sentence that starts with the name of the setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Kwargs {
    /// The kwargs.
    Given(Fields),
    /// Airflow ignores the setting and only logs a warning. Every kwarg has its default.
    Ignored(&'static str),
    /// Airflow can read the setting, but it contains something that is not valid Unicode.
    Unreadable(&'static str),
}

/// Reads a setting as Airflow's `getjson` does. Empty text, null, false, zero and an empty list mean `{}`.
pub fn kwargs(text: &str) -> Kwargs {
    if text.is_empty() {
        return Kwargs::Given(Fields::new());
    }
    match Json::parse(text) {
        Ok(Json::Object(fields)) => Kwargs::Given(fields),
        Ok(json) if !json.is_truthy() => Kwargs::Given(Fields::new()),
        Ok(_) => Kwargs::Ignored("is not a JSON object"),
        Err(error) if error.kind == JsonErrorKind::Surrogate => {
            Kwargs::Unreadable("contains half of a surrogate pair, which is not valid Unicode")
        }
        Err(_) => Kwargs::Ignored("is not valid JSON"),
    }
}
