//! Lookup patterns: which ids Airflow asks the AWS backends for.
//!
//! Airflow calls Python's `re.match(pattern, id, re.IGNORECASE)`. The pattern is rewritten where the two languages read
//! one text differently, and what Python refuses is refused.

use fancy_regex::{CompileError, Error, Regex, RegexBuilder};

/// A compiled lookup pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a Python pattern, or says what is wrong with it and where (characters are counted from 1).
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let translated = Translation::of(pattern)?;
        let regex = RegexBuilder::new(&translated.text).case_insensitive(true).build();
        regex.map(Self).map_err(|error| match &error {
            Error::ParseError(offset, what) => refusal(translated.place(*offset), &what.to_string()),
            Error::CompileError(what) => match what.as_ref() {
                CompileError::InnerError(inner) => refusal(None, &root_cause(inner)),
                what => refusal(None, &what.to_string()),
            },
            error => refusal(None, &error.to_string()),
        })
    }

    /// Whether the pattern matches `key` from its start. One that takes too long to tell does not.
    pub(super) fn matches(&self, key: &str) -> bool {
        // The leftmost match is asked for, so if any begins at the start, it is this one.
        matches!(self.0.find(key), Ok(Some(found)) if found.start() == 0)
    }
}

/// A Python pattern in the words of the engine.
struct Translation {
    text: String,
    /// For each byte of `text`, the character of the pattern that it comes from, counted from 1.
    origin: Vec<usize>,
}

impl Translation {
    fn of(pattern: &str) -> Result<Self, String> {
        let mut out = Self { text: String::new(), origin: Vec::new() };
        let mut characters = (1..).zip(pattern.chars()).peekable();
        // Inside `[...]`: how many of its characters were seen.
        let mut class: Option<usize> = None;
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let Some(seen) = class else {
                match character {
                    '[' => {
                        out.push("[", at);
                        if next == Some('^') {
                            out.push("^", at + 1);
                            characters.next();
                        }
                        class = Some(0);
                    }
                    '\\' => {
                        out.escape(next, at, false)?;
                        characters.next();
                    }
                    // Python's matches before a last line break as well.
                    '$' => out.push(r"(?:$|(?=\n\z))", at),
                    _ => out.push_char(character, at),
                }
                continue;
            };
            class = Some(seen + 1);
            match character {
                ']' if seen > 0 => {
                    out.push("]", at);
                    class = None;
                }
                '\\' => {
                    out.escape(next, at, true)?;
                    characters.next();
                }
                '-' if next == Some('-') => {
                    return Err(refusal(
                        Some(at),
                        r"`--` in brackets will change its meaning in Python; write `\-`",
                    ));
                }
                // Plain characters to Python; brackets and set operators to the engine.
                ']' | '[' | '&' | '~' => out.push(&format!("\\{character}"), at),
                _ => out.push_char(character, at),
            }
        }
        Ok(out)
    }

    fn escape(&mut self, escaped: Option<char>, at: usize, in_class: bool) -> Result<(), String> {
        let known = if in_class { "dDsSwWafnrtvxuUb" } else { "AbBdDsSwWZafnrtvxuU" };
        match escaped {
            None => return Err(refusal(Some(at), r"nothing follows the `\`")),
            Some('b') if in_class => self.push(r"\x08", at),
            Some('Z') if !in_class => self.push(r"\z", at),
            Some(letter) if letter.is_ascii_alphabetic() && !known.contains(letter) => {
                return Err(refusal(Some(at), &format!("`\\{letter}` is unknown to Python")));
            }
            // Other escaped characters are themselves; to the engine some mean more.
            Some(plain @ ('<' | '>')) => self.push_char(plain, at),
            Some(plain) if !plain.is_ascii() => self.push_char(plain, at),
            Some(escaped) => self.push(&format!("\\{escaped}"), at),
        }
        Ok(())
    }

    fn push(&mut self, text: &str, at: usize) {
        self.text.push_str(text);
        self.origin.extend(std::iter::repeat_n(at, text.len()));
    }

    fn push_char(&mut self, character: char, at: usize) {
        self.push(character.encode_utf8(&mut [0; 4]), at);
    }

    /// The place in the pattern of an offset in the text.
    fn place(&self, offset: usize) -> Option<usize> {
        self.origin.get(offset).or(self.origin.last()).copied()
    }
}

fn refusal(at: Option<usize>, what: &str) -> String {
    let mut characters = what.trim_start_matches("General parsing error: ").chars();
    let first = characters.next().map(char::to_lowercase).into_iter().flatten();
    let what: String = first.chain(characters).collect();
    let at = at.map(|at| format!(" (character {at})")).unwrap_or_default();
    format!("no usable regular expression: {what}{at}")
}

/// The last line of the deepest error: the lines before it repeat the pattern.
fn root_cause(error: &dyn std::error::Error) -> String {
    if let Some(cause) = error.source() {
        return root_cause(cause);
    }
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
