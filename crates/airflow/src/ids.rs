//! Which ids Airflow takes.

use crate::AirflowVersion;
use crate::python::is_word;

/// The longest id that the constructor keeps, in characters.
const CONSTRUCTOR_MAX: usize = 250;
/// The longest id that the import command and the REST API take, in characters.
const KEY_MAX: usize = 200;

/// What the constructor of a connection keeps of an id; `None` when it drops it (the connection then has no id).
///
/// A dropped id can still be looked up in a secrets backend, but never be stored in Airflow's database.
pub fn constructor_keeps(conn_id: &str, version: AirflowVersion) -> Option<String> {
    if conn_id.chars().count() > CONSTRUCTOR_MAX {
        return None;
    }
    // Airflow 3 asks Python's regular expressions, for which `\w` is Unicode's and `$` also stands before a last line
    // break; Airflow 2 asks RE2.
    let (kept, is_letter): (_, fn(char) -> bool) = match version {
        AirflowVersion::V2_11 => (conn_id, |c| c.is_ascii_alphanumeric() || c == '_'),
        AirflowVersion::V3_3 => (without_last_line_break(conn_id), is_word),
    };
    let allowed = |c| is_letter(c) || matches!(c, '#' | '!' | '(' | ')' | '-' | '.' | ':' | '/' | '\\');
    (!kept.is_empty() && kept.chars().all(allowed)).then(|| kept.to_owned())
}

/// Whether the import command and the REST API of Airflow 2 take an id.
pub fn key_rule_accepts(conn_id: &str, version: AirflowVersion) -> bool {
    let key = without_last_line_break(conn_id);
    let double_dot_allowed = version == AirflowVersion::V2_11;
    conn_id.chars().count() <= KEY_MAX
        && !key.is_empty()
        && key.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
        && (double_dot_allowed || !key.contains(".."))
}

fn without_last_line_break(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{constructor_keeps, key_rule_accepts};
    use crate::AirflowVersion::{V2_11, V3_3};

    #[test]
    fn lengths_count_characters_and_a_last_line_break() {
        let (just, over) = ("a".repeat(249) + "\n", "a".repeat(250) + "\n");
        assert_eq!(constructor_keeps(&just, V3_3), Some("a".repeat(249)));
        assert_eq!(constructor_keeps(&over, V3_3), None);
        assert_eq!(constructor_keeps(&just, V2_11), None);
        assert_eq!(constructor_keeps(&"é".repeat(250), V3_3), Some("é".repeat(250)));
        for version in [V2_11, V3_3] {
            assert!(key_rule_accepts(&("a".repeat(199) + "\n"), version));
            assert!(!key_rule_accepts(&("a".repeat(200) + "\n"), version));
        }
    }

    #[test]
    fn letters_and_numbers_of_any_script_are_word_characters() {
        for id in ["½", "ª", "Ⅷ", "日", "_"] {
            assert_eq!(constructor_keeps(id, V3_3).as_deref(), Some(id));
            assert!(key_rule_accepts(id, V2_11));
        }
        for id in ["‿", "\u{301}", "", "\n", "a\n\n", "\0"] {
            assert_eq!(constructor_keeps(id, V3_3), None, "{id:?}");
            assert!(!key_rule_accepts(id, V3_3), "{id:?}");
        }
    }
}
