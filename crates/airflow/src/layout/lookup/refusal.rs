//! The message for a lookup pattern that cannot be used.

pub(super) fn refusal(at: Option<usize>, what: &str) -> String {
    let mut characters = what.trim_start_matches("General parsing error: ").chars();
    let first = characters.next().map(char::to_lowercase).into_iter().flatten();
    let what: String = first.chain(characters).collect();
    let at = at.map(|at| format!(" (character {at})")).unwrap_or_default();
    format!("not a valid regular expression: {what}{at}")
}
