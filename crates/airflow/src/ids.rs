//! Which connection ids Airflow accepts.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::reader::AirflowVersion;

/// The longest id that the constructor keeps, in characters.
const CONSTRUCTOR_MAX: usize = 250;
/// The longest id that the import command and the REST API accept, in characters.
const KEY_MAX: usize = 200;

/// The id that the constructor of a connection stores, or `None` if it rejects the id and stores none.
///
/// Tasks can still look up a rejected id in a secrets backend, but Airflow's database cannot store it.
pub(crate) fn constructor_keeps(conn_id: &str, version: AirflowVersion) -> Option<String> {
    if conn_id.chars().count() > CONSTRUCTOR_MAX {
        return None;
    }
    // Airflow 3 uses Python's regular expressions: `\w` includes Unicode letters, and `$` also matches before a final
    // line break. Airflow 2 uses RE2.
    let (kept, is_letter): (_, fn(char) -> bool) = match version {
        AirflowVersion::V2_11 => (conn_id, |c| c.is_ascii_alphanumeric() || c == '_'),
        AirflowVersion::V3_3 => (without_last_line_break(conn_id), is_word),
    };
    let allowed = |c| is_letter(c) || matches!(c, '#' | '!' | '(' | ')' | '-' | '.' | ':' | '/' | '\\');
    (!kept.is_empty() && kept.chars().all(allowed)).then(|| kept.to_owned())
}

/// Whether the REST API stores a connection with this id, unchanged. Its own rule is not enough: both versions answer some ids
/// that it permits with HTTP 500, because the constructor rejects them. Unlike the import command, the API of Airflow 3
/// permits `..`, and it rejects fractions such as `½`. (2.11.2, 3.3.2)
pub(crate) fn rest_api_accepts(conn_id: &str, version: AirflowVersion) -> bool {
    key_rule_accepts(conn_id, AirflowVersion::V2_11)
        && constructor_keeps(conn_id, version).is_some_and(|kept| kept == conn_id)
        && !conn_id.contains(|c: char| c == '\n' || c.general_category() == GeneralCategory::OtherNumber)
}

/// Whether the import command accepts an id.
pub(crate) fn key_rule_accepts(conn_id: &str, version: AirflowVersion) -> bool {
    let key = without_last_line_break(conn_id);
    let double_dot_allowed = version == AirflowVersion::V2_11;
    conn_id.chars().count() <= KEY_MAX
        && !key.is_empty()
        && key.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
        && (double_dot_allowed || !key.contains(".."))
}

/// Python's `\w` of a regular expression for `str`.
fn is_word(character: char) -> bool {
    character == '_'
        || matches!(
            character.general_category_group(),
            GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
        )
}

fn without_last_line_break(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

#[cfg(test)]
mod tests;
