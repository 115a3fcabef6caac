//! The parts of a value that no text may repeat.

use zeroize::Zeroizing;

use super::decode::percent;
use crate::{Json, Payload};

/// How often a part is taken apart again: the `extra` in a URI can be JSON with a URI in it.
const DEPTH: usize = 4;

/// Numbers with fewer digits are not secrets, but ports, sizes and years.
const SHORTEST_NUMBER: usize = 6;

/// The parts of a payload, each [`normalised`]: the whole text, each string in JSON, and each piece of a URI.
pub(super) fn parts(payload: &Payload) -> Vec<Zeroizing<String>> {
    let mut found = Vec::new();
    match payload {
        Payload::Text(text) => of_text(text.expose(), DEPTH, &mut found),
        Payload::Fields(fields) => {
            for (_, value) in fields.iter() {
                of_json(value, DEPTH, &mut found);
            }
        }
    }
    found.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    found.dedup();
    found
}

fn of_text(text: &str, depth: usize, found: &mut Vec<Zeroizing<String>>) {
    found.push(normalised(text));
    let Some(depth) = depth.checked_sub(1) else { return };
    if text.trim_start().starts_with(['{', '[', '"'])
        && let Ok(json) = Json::parse(text.trim())
    {
        of_json(&json, depth, found);
    }
    if text.contains("://") || text.contains('&') {
        for piece in text.split(|char| "/:@?#&=".contains(char)).filter(|piece| piece.len() > 3) {
            of_text(&percent(piece, false).unwrap_or_else(|| Zeroizing::new(piece.to_owned())), depth, found);
        }
    }
}

fn of_json(json: &Json, depth: usize, found: &mut Vec<Zeroizing<String>>) {
    match json {
        Json::String(text) => of_text(text.expose(), depth, found),
        Json::Number(text) if text.len() >= SHORTEST_NUMBER => found.push(normalised(text.expose())),
        Json::Array(items) => items.iter().for_each(|item| of_json(item, depth, found)),
        Json::Object(fields) => fields.iter().for_each(|(_, value)| of_json(value, depth, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// `text` in lower case, with white space and control characters as single blanks, as messages show it.
pub(super) fn normalised(text: &str) -> Zeroizing<String> {
    // Enough from the start: growing would leave a copy behind that is not wiped.
    let mut out = Zeroizing::new(String::with_capacity(text.len() + text.len() / 2));
    for word in
        text.split(|char: char| char.is_whitespace() || char.is_control()).filter(|word| !word.is_empty())
    {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::parts;
    use crate::{Fields, Json, Payload};

    fn of(payload: &Payload) -> Vec<String> {
        parts(payload).iter().map(|part| part.to_string()).collect()
    }

    #[test]
    fn strings_of_json_and_pieces_of_uris_are_parts() {
        let uri =
            "postgres://User:p%40ss%2Fword@db.test:5432/name?__extra__=%7B%22token%22%3A%20%22t0ken%22%7D";
        let found = of(&Payload::text(uri));
        for part in ["user", "p@ss/word", "db.test", "t0ken"] {
            assert!(found.iter().any(|found| found == part), "{part} is not in {found:?}");
        }
        let json = r#"{"password": "s3cret", "extra": "{\"keys\": [\"k3y-one\", {\"pin\": 1234567}]}", "port": 5432}"#;
        for payload in [
            Payload::text(json),
            Payload::Fields(Fields::from_iter([("connection", Json::parse(json).unwrap())])),
        ] {
            let found = of(&payload);
            for part in ["s3cret", "k3y-one", "1234567"] {
                assert!(found.iter().any(|found| found == part), "{part} is not in {found:?}");
            }
            assert!(!found.iter().any(|found| found == "5432"), "{found:?}");
        }
    }

    #[test]
    fn part_has_single_blanks_and_lower_case() {
        assert_eq!(of(&Payload::text("  A\r\n\tB\u{0}c ")), ["a b c"]);
    }
}
