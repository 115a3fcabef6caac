//! An object read member by member, with places, so that a file can be changed without touching what stands around.

use std::ops::Range;

use super::Json;
use super::parse::{JsonError, Parser};

/// A member of the object that a text is.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonEntry {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Json,
    /// The line of its name, counted from 1.
    pub line: usize,
    /// From its name to the end of its value, in bytes.
    pub span: Range<usize>,
    /// Its value alone, in bytes.
    pub value_span: Range<usize>,
}

impl Json {
    /// The members of the object that `text` is, by the rules of [`parse`](Self::parse), but with every member in its
    /// place: of equal names none is dropped.
    pub fn parse_entries(text: &str) -> Result<Vec<JsonEntry>, JsonError> {
        let mut parser = Parser::start(text)?;
        if parser.peek() != Some(b'{') {
            // What is no JSON at all is said to be so, not to be no object.
            Self::parse(text)?;
            return Err(parser.error("an object in braces was expected"));
        }
        let mut entries = Vec::new();
        let (mut line, mut counted) = (1, 0);
        parser.members(0, |name, value, member| {
            line += text[counted..member.start].matches('\n').count();
            counted = member.start;
            let span = member.start..member.value.end;
            entries.push(JsonEntry { name: name.to_owned(), value, line, span, value_span: member.value });
        })?;
        parser.end()?;
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn every_member_keeps_its_place() {
        let text = "{\n \"a\": 1,\n\n \"b\":[\n2] , \"a\": {}}\n";
        let entries = Json::parse_entries(text).unwrap();
        let seen: Vec<_> = entries
            .iter()
            .map(|entry| (entry.line, &text[entry.span.clone()], &text[entry.value_span.clone()]))
            .collect();
        assert_eq!(seen, [(2, "\"a\": 1", "1"), (4, "\"b\":[\n2]", "[\n2]"), (5, "\"a\": {}", "{}")]);
    }

    #[test]
    fn says_what_is_no_object_and_what_is_no_json() {
        for (text, message) in [
            ("[]", "an object in braces was expected"),
            ("", "a JSON value was expected"),
            ("5 6", "more text after the end of the JSON"),
            ("{} x", "more text after the end of the JSON"),
        ] {
            assert_eq!(Json::parse_entries(text).unwrap_err().message, message, "{text}");
        }
    }
}
