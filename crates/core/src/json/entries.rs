//! An object read member by member with positions, so that one member of a file can be changed without touching the rest.

use std::ops::Range;

use super::error::JsonError;
use super::parse::Parser;
use super::value::Json;
use crate::SecretText;

/// A member of a JSON object, with its position.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonEntry {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Json,
    /// The line of the name, counted from 1.
    pub line: usize,
    /// The bytes from the start of the name to the end of the value.
    pub span: Range<usize>,
    /// The bytes of the value.
    pub value_span: Range<usize>,
}

impl Json {
    /// The members of the object in `text`, parsed by the rules of [`parse`](Self::parse), except that every one of several
    /// equal names is kept. The values share the memory of `text`, which stays there as long as one of them.
    ///
    /// # Errors
    ///
    /// `text` is not JSON, or not an object.
    pub fn parse_entries(text: &SecretText) -> Result<Vec<JsonEntry>, JsonError> {
        let mut entries = Vec::new();
        Self::each_entry(text, |entry| entries.push(entry))?;
        Ok(entries)
    }

    /// Calls `each` for every member that [`parse_entries`](Self::parse_entries) returns, in order. The members so far count for
    /// nothing if a later part of the text is not JSON.
    ///
    /// # Errors
    ///
    /// As [`parse_entries`](Self::parse_entries).
    pub fn each_entry(text: &SecretText, mut each: impl FnMut(JsonEntry)) -> Result<(), JsonError> {
        let shared = text;
        let text = text.expose();
        let mut parser = Parser::start(text, Some(shared))?;
        if parser.peek() != Some(b'{') {
            // If the text is not JSON, that is the better message.
            Self::parse(text)?;
            return Err(parser.error("an object in braces was expected"));
        }
        let (mut line, mut counted) = (1, 0);
        parser.members(|name, value, member| {
            line += text[counted..member.start].matches('\n').count();
            counted = member.start;
            let span = member.start..member.value.end;
            each(JsonEntry { name: name.to_owned(), value, line, span, value_span: member.value });
        })?;
        parser.end()
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn every_member_keeps_its_position() {
        let text = "{\n \"a\": 1,\n\n \"b\":[\n2] , \"a\": {}}\n";
        let entries = Json::parse_entries(&text.into()).unwrap();
        let seen: Vec<_> = entries
            .iter()
            .map(|entry| (entry.line, &text[entry.span.clone()], &text[entry.value_span.clone()]))
            .collect();
        assert_eq!(seen, [(2, "\"a\": 1", "1"), (4, "\"b\":[\n2]", "[\n2]"), (5, "\"a\": {}", "{}")]);
    }

    #[test]
    fn text_that_is_no_object_and_text_that_is_no_json_have_their_own_messages() {
        for (text, message) in [
            ("[]", "an object in braces was expected"),
            ("", "a JSON value was expected"),
            ("5 6", "more text after the end of the JSON"),
            ("{} x", "more text after the end of the JSON"),
        ] {
            assert_eq!(Json::parse_entries(&text.into()).unwrap_err().message, message, "{text}");
        }
    }
}
