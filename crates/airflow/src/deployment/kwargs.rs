//! What Airflow takes the text of `backend_kwargs` for.

use airbridge_core::{Fields, Json, JsonErrorKind};

/// The kwargs that a text gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Kwargs {
    /// These.
    Given(Fields),
    /// None at all, with no more than a line in Airflow's log: every kwarg falls back to its default.
    Ignored(&'static str),
    /// What Airflow reads and no Unicode text can say.
    Unreadable(&'static str),
}

/// Reads the text as `getjson` does. Empty, null, false, zero and an empty list are as good as `{}`.
pub fn kwargs(text: &str) -> Kwargs {
    if text.is_empty() {
        return Kwargs::Given(Fields::new());
    }
    match Json::parse(text) {
        Ok(Json::Object(fields)) => Kwargs::Given(fields),
        Ok(json) if !json.is_truthy() => Kwargs::Given(Fields::new()),
        Ok(_) => Kwargs::Ignored("is JSON, but no object"),
        Err(error) if error.kind == JsonErrorKind::Surrogate => {
            Kwargs::Unreadable("holds half of a surrogate pair, which no text can say")
        }
        Err(_) => Kwargs::Ignored("is no JSON"),
    }
}
