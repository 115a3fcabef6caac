//! Which connection ids Airflow accepts.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

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

/// Whether the import command and the REST API accept an id.
#[cfg_attr(not(test), expect(dead_code, reason = "no target is a REST API yet"))]
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
