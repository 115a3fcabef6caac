//! Reading JSON as Python's `json.loads` does.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::error::{JsonError, JsonErrorKind};
use super::value::{Fields, Json, KnownNames};
use crate::SecretText;

/// Maximum nesting: Python raises `RecursionError` at about this depth.
const MAX_DEPTH: usize = 900;
/// Maximum digits of a whole number in Python (`sys.int_info.default_max_str_digits`).
const MAX_INT_DIGITS: usize = 4300;

impl Json {
    /// Reads `text` as Python's `json.loads` does.
    ///
    /// # Errors
    ///
    /// `text` is not JSON, exceeds a limit of Python's, or contains half of a surrogate pair (`"\ud800"`). Python accepts
    /// the last, but cannot encode it as UTF-8.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let mut parser = Parser::start(text, None)?;
        let value = parser.value(0)?;
        parser.end()?;
        Ok(value)
    }
}

/// The position of a member of an object, in bytes.
pub(super) struct Member {
    pub(super) start: usize,
    pub(super) value: Range<usize>,
}

/// A list or object that has begun and not ended.
enum Open {
    Array(Vec<Json>),
    /// The members so far, and the name of the next one.
    Object(Fields, Arc<str>),
}

impl Open {
    fn close(self, known: &mut KnownNames) -> Json {
        match self {
            Self::Array(items) => Json::Array(items),
            Self::Object(mut fields, _) => {
                known.share(&mut fields);
                Json::Object(fields)
            }
        }
    }
}

/// A text, and the position of the next byte to read.
pub(super) struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pub(super) at: usize,
    /// The same text, if strings share its memory.
    shared: Option<&'a SecretText>,
    /// The names so far, up to [`MAX_NAMES`]: most objects of a document have the same ones.
    names: HashSet<Arc<str>>,
    /// The lists of names of the objects so far.
    known: KnownNames,
}

/// The most names that are kept to be shared.
const MAX_NAMES: usize = 256;

impl<'a> Parser<'a> {
    /// A parser at the first character that is not white space.
    pub(super) fn start(text: &'a str, shared: Option<&'a SecretText>) -> Result<Self, JsonError> {
        let mut parser = Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            shared,
            names: HashSet::new(),
            known: KnownNames::default(),
        };
        if text.starts_with('\u{feff}') {
            return Err(parser.error("a byte order mark before the JSON"));
        }
        parser.skip_space();
        Ok(parser)
    }
}

impl Parser<'_> {
    /// Fails unless only white space follows.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        if self.at < self.bytes.len() {
            return Err(self.error("more text after the end of the JSON"));
        }
        Ok(())
    }

    pub(super) fn error(&self, message: &'static str) -> JsonError {
        let before = &self.bytes[..self.at.min(self.bytes.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        // Counts characters: all bytes except those that continue one.
        let column = before[line_start..].iter().filter(|byte| (**byte & 0xC0) != 0x80).count() + 1;
        let line = before.split(|byte| *byte == b'\n').count();
        JsonError { line, column, message, kind: JsonErrorKind::Syntax }
    }

    fn limit(&self, message: &'static str) -> JsonError {
        JsonError { kind: JsonErrorKind::Limit, ..self.error(message) }
    }

    fn surrogate(&self) -> JsonError {
        JsonError { kind: JsonErrorKind::Surrogate, ..self.error("half of a surrogate pair in a string") }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    /// The value that begins here, at this depth. It is read without recursion, because the stack of a thread may be too
    /// small for a value that is nested as deeply as the limit allows.
    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            if depth + open.len() > MAX_DEPTH {
                return Err(self.limit("nested too deeply"));
            }
            let mut value = match self.peek() {
                Some(b'{') => match self.first_member()? {
                    Some(name) => {
                        open.push(Open::Object(Fields::new(), name));
                        continue;
                    }
                    None => Json::Object(Fields::new()),
                },
                Some(b'[') => {
                    self.at += 1;
                    self.skip_space();
                    if self.peek() != Some(b']') {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                    self.at += 1;
                    Json::Array(Vec::new())
                }
                _ => self.scalar()?,
            };
            // Closes every list and object that ends here.
            loop {
                let Some(mut innermost) = open.pop() else { return Ok(value) };
                self.skip_space();
                match (&mut innermost, self.peek()) {
                    (Open::Array(items), Some(b',' | b']')) => items.push(value),
                    (Open::Object(fields, name), Some(b',' | b'}')) => fields.insert(Arc::clone(name), value),
                    (Open::Array(_), _) => return Err(self.error("`,` or `]` was expected")),
                    (Open::Object(..), _) => return Err(self.error("`,` or `}` was expected")),
                }
                let more = self.peek() == Some(b',');
                self.at += 1;
                if more {
                    self.skip_space();
                    if let Open::Object(_, name) = &mut innermost {
                        *name = self.shared_name()?;
                    }
                    open.push(innermost);
                    break;
                }
                value = innermost.close(&mut self.known);
            }
        }
    }

    /// The value that begins here, if it is neither a list nor an object.
    fn scalar(&mut self) -> Result<Json, JsonError> {
        match self.peek() {
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'n') if self.word("null") => Ok(Json::Null),
            Some(b't') if self.word("true") => Ok(Json::Bool(true)),
            Some(b'f') if self.word("false") => Ok(Json::Bool(false)),
            Some(b'N') if self.word("NaN") => Ok(Json::Number("NaN".into())),
            Some(b'I') if self.word("Infinity") => Ok(Json::Number("Infinity".into())),
            Some(b'-') if self.word("-Infinity") => Ok(Json::Number("-Infinity".into())),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.error("a JSON value was expected")),
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let int_digits = if self.peek() == Some(b'0') {
            self.at += 1;
            1
        } else {
            self.digits()
        };
        if int_digits == 0 {
            return Err(self.error("a digit was expected"));
        }
        let mut whole = true;
        // Python reads a fraction or an exponent only if digits follow; otherwise the number ends before it.
        let fraction = self.at;
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                self.at = fraction;
            } else {
                whole = false;
            }
        }
        let exponent = self.at;
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                self.at = exponent;
            } else {
                whole = false;
            }
        }
        if whole && int_digits > MAX_INT_DIGITS {
            return Err(self.limit("a whole number of more than 4300 digits"));
        }
        Ok(Json::Number(self.part(start..self.at)))
    }

    /// Goes into the object that begins here, up to the value of its first member; `None` if the object is empty.
    fn first_member(&mut self) -> Result<Option<Arc<str>>, JsonError> {
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(None);
        }
        self.shared_name().map(Some)
    }

    /// The same as [`name`](Self::name), as one of the names so far.
    fn shared_name(&mut self) -> Result<Arc<str>, JsonError> {
        let name = self.name()?;
        if let Some(known) = self.names.get(name.expose()) {
            return Ok(Arc::clone(known));
        }
        let name: Arc<str> = name.expose().into();
        if self.names.len() < MAX_NAMES {
            self.names.insert(Arc::clone(&name));
        }
        Ok(name)
    }

    /// The name of the member that begins here, up to its value.
    fn name(&mut self) -> Result<SecretText, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("a name in double quotes was expected"));
        }
        let name = self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.error("`:` was expected"));
        }
        self.at += 1;
        self.skip_space();
        Ok(name)
    }

    /// Calls `each` for every member of the object that begins here, in order, equal names included.
    pub(super) fn members(&mut self, mut each: impl FnMut(&str, Json, Member)) -> Result<(), JsonError> {
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_space();
            let start = self.at;
            let name = self.name()?;
            let value_start = self.at;
            let value = self.value(1)?;
            each(name.expose(), value, Member { start, value: value_start..self.at });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.error("`,` or `}` was expected")),
            }
        }
    }

    /// A part of the text that is a value as it is.
    fn part(&self, range: Range<usize>) -> SecretText {
        match self.shared {
            Some(shared) => shared.slice(range),
            None => SecretText::new(&self.text[range]),
        }
    }

    fn string(&mut self) -> Result<SecretText, JsonError> {
        let open = self.at;
        self.at += 1;
        let plain = self.bytes[self.at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
        if let Some(end) = plain.map(|length| self.at + length).filter(|end| self.bytes[*end] == b'"') {
            let text = self.part(self.at..end);
            self.at = end + 1;
            return Ok(text);
        }
        let mut out = String::with_capacity(self.string_capacity());
        loop {
            let run = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1F)) {
                self.at += 1;
            }
            out.push_str(&self.text[run..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(SecretText::new(out));
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.error("a control character inside a string")),
                None => {
                    self.at = open;
                    return Err(self.error("a string that does not end"));
                }
            }
        }
    }

    /// Enough capacity for the string that begins here: growing would leave a copy of a secret in freed memory.
    fn string_capacity(&self) -> usize {
        let mut at = self.at;
        while let Some(byte) = self.bytes.get(at) {
            match byte {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        at.saturating_sub(self.at)
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let escaped = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.error("an unknown escape in a string")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let high = self.hex4()?;
        if (0xD800..0xDC00).contains(&high) && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 1;
            let low = self.hex4()?;
            if (0xDC00..0xE000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                return char::from_u32(code).ok_or_else(|| self.surrogate());
            }
        }
        char::from_u32(high).ok_or_else(|| self.surrogate())
    }

    /// The four hexadecimal digits after the `u` at the current position.
    fn hex4(&mut self) -> Result<u32, JsonError> {
        let digits = self.bytes.get(self.at + 1..self.at + 5).unwrap_or_default();
        if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(self.error("four hexadecimal digits were expected after `\\u`"));
        }
        self.at += 5;
        Ok(digits.iter().fold(0, |code, digit| (code << 4) | char::from(*digit).to_digit(16).unwrap_or(0)))
    }
}
