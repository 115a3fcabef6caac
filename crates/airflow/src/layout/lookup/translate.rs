//! Translates a Python pattern to the syntax of the regex engine.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

use super::refusal::refusal;

/// Python's word characters: letters and numbers of any script, including fractions, and `_`. Marks are not included.
const WORD: &str = r"\p{L}\p{N}_";
/// Python's white space includes the four ASCII separators.
const SPACE: &str = r"\s\x1C-\x1F";

/// A Python pattern in the syntax of the regex engine.
#[derive(Default)]
pub(super) struct Translation {
    pub(super) text: String,
    /// For each byte of `text`, the character of the Python pattern that produced it, counted from 1.
    origin: Vec<usize>,
    names: BTreeSet<String>,
}

/// The rest of the pattern and its position.
struct Rest<'a> {
    characters: Peekable<Chars<'a>>,
    text: &'a str,
    at: usize,
}

impl Rest<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.characters.next()?;
        self.text = &self.text[next.len_utf8()..];
        self.at += 1;
        Some(next)
    }

    fn peek(&mut self) -> Option<char> {
        self.characters.peek().copied()
    }

    /// Reads up to `most` octal digits.
    fn octal(&mut self, most: usize) -> String {
        let digits: String = self.text.chars().take(most).take_while(|c| ('0'..='7').contains(c)).collect();
        self.skip(digits.len());
        digits
    }

    fn skip(&mut self, characters: usize) {
        for _ in 0..characters {
            self.next();
        }
    }
}

impl Translation {
    pub(super) fn of(pattern: &str) -> Result<Self, String> {
        let mut out = Self::default();
        let mut rest = Rest { characters: pattern.chars().peekable(), text: pattern, at: 0 };
        while let Some(character) = rest.next() {
            let at = rest.at;
            match character {
                '[' => out.class(&mut rest)?,
                '(' if rest.peek() == Some('?') => out.group(&mut rest)?,
                '\\' => out.escape(&mut rest)?,
                // In Python, `$` also matches before a final line break.
                '$' => out.push(r"(?:$|(?=\n\z))", at),
                _ => out.push_char(character, at),
            }
        }
        Ok(out)
    }

    /// Translates a character class, `[...]`.
    fn class(&mut self, rest: &mut Rest<'_>) -> Result<(), String> {
        self.push("[", rest.at);
        if rest.peek() == Some('^') {
            rest.next();
            self.push("^", rest.at);
        }
        let mut first = true;
        while let Some(character) = rest.next() {
            let at = rest.at;
            match character {
                ']' if !first => {
                    self.push("]", at);
                    return Ok(());
                }
                '\\' => self.escape_in_class(rest)?,
                '-' if rest.peek() == Some('-') => {
                    let what = r"`--` in brackets is reserved in Python; write `\-`";
                    return Err(refusal(Some(at), what));
                }
                // Python reads these as plain characters, the engine as brackets and set operators.
                ']' | '[' | '&' | '~' => self.push(&format!("\\{character}"), at),
                _ => self.push_char(character, at),
            }
            first = false;
        }
        // The engine reports the missing bracket.
        Ok(())
    }

    /// Translates a group that starts with `(?`.
    fn group(&mut self, rest: &mut Rest<'_>) -> Result<(), String> {
        let at = rest.at;
        let inside = &rest.text[1..];
        if let Some(named) = inside.strip_prefix("P<") {
            let name = named.split_once('>').map_or("", |(name, _)| name);
            // The engine reports a name without an end.
            if !name.is_empty() && !self.names.insert(name.to_owned()) {
                return Err(refusal(Some(at), &format!("duplicate group name `{name}`")));
            }
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                return Err(refusal(Some(at), &format!("`{name}` is not a valid group name in Python")));
            }
        } else if let Some(condition) = inside.strip_prefix('(') {
            // A condition that refers to a named group.
            let name = condition.split(')').next().unwrap_or_default();
            if self.names.contains(name) {
                self.push(&format!("(?(<{name}>)"), at);
                // The `?`, the brackets and the name.
                rest.skip(name.chars().count() + 3);
                return Ok(());
            }
        } else if let Some(comment) = inside.strip_prefix('#') {
            // A comment has no effect, so it is dropped.
            let mut escaped = false;
            let end = comment.chars().position(|character| {
                let ends = character == ')' && !escaped;
                escaped = character == '\\' && !escaped;
                ends
            });
            if let Some(end) = end {
                rest.skip(end + 3);
                return Ok(());
            }
        } else {
            check_group(inside, at, self.is_flags_only())?;
        }
        self.push_char('(', at);
        Ok(())
    }

    /// Whether the pattern so far contains only global flags.
    fn is_flags_only(&self) -> bool {
        let flags = |group: &str| group.strip_prefix("(?")?.strip_suffix(')').map(str::to_owned);
        let groups = self.text.split_inclusive(')').map(flags);
        groups
            .into_iter()
            .all(|flags| flags.is_some_and(|flags| flags.chars().all(|flag| "imsx".contains(flag))))
    }

    fn escape(&mut self, rest: &mut Rest<'_>) -> Result<(), String> {
        let at = rest.at;
        if let Some(code) = octal(rest, false) {
            self.push(&code?, at);
            return Ok(());
        }
        match rest.next() {
            None => return Err(refusal(Some(at), r"expected a character after `\`")),
            Some('Z') => self.push(r"\z", at),
            Some('w') => self.push(&format!("[{WORD}]"), at),
            Some('W') => self.push(&format!("[^{WORD}]"), at),
            Some('s') => self.push(&format!("[{SPACE}]"), at),
            Some('S') => self.push(&format!("[^{SPACE}]"), at),
            Some('b') => {
                self.push(&format!("(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))"), at);
            }
            Some('B') => {
                self.push(&format!("(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))"), at);
            }
            Some(escaped) => self.escaped(escaped, "AdDafnrtvxuU", at)?,
        }
        Ok(())
    }

    fn escape_in_class(&mut self, rest: &mut Rest<'_>) -> Result<(), String> {
        let at = rest.at;
        if let Some(code) = octal(rest, true) {
            self.push(&code?, at);
            return Ok(());
        }
        match rest.next() {
            None => return Err(refusal(Some(at), r"expected a character after `\`")),
            Some('b') => self.push(r"\x08", at),
            Some('w') => self.push(WORD, at),
            Some('W') => self.push(&format!("[^{WORD}]"), at),
            Some('s') => self.push(SPACE, at),
            Some('S') => self.push(&format!("[^{SPACE}]"), at),
            Some(escaped) => self.escaped(escaped, "dDafnrtvxuU", at)?,
        }
        Ok(())
    }

    fn escaped(&mut self, escaped: char, known: &str, at: usize) -> Result<(), String> {
        match escaped {
            'N' => {
                let what = r"named characters (`\N{…}`) are not supported here; write the character itself";
                return Err(refusal(Some(at), what));
            }
            letter if letter.is_ascii_alphabetic() && !known.contains(letter) => {
                return Err(refusal(Some(at), &format!("`\\{letter}` is not a valid escape in Python")));
            }
            // Python reads other escaped characters literally. Some have a special meaning in the engine.
            '<' | '>' => self.push_char(escaped, at),
            plain if !plain.is_ascii() => self.push_char(plain, at),
            escaped => self.push(&format!("\\{escaped}"), at),
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

    /// The position in the Python pattern for an offset in `text`.
    pub(super) fn place(&self, offset: usize) -> Option<usize> {
        self.origin.get(offset).or(self.origin.last()).copied()
    }
}

/// Rejects groups that Python does not have, and those that the engine does not have.
fn check_group(inside: &str, at: usize, at_start: bool) -> Result<(), String> {
    let reject = |what: &str| Err(refusal(Some(at), what));
    if ["<=", "<!", "P=", ":", "=", "!", ">"].iter().any(|known| inside.starts_with(known)) {
        return Ok(());
    }
    let flags: &str = inside.split([':', ')']).next().unwrap_or_default();
    let is_flags = !flags.is_empty() && flags.chars().all(|flag| "aiLmsux-".contains(flag));
    if !is_flags {
        let start: String = inside.chars().take(1).collect();
        return reject(&format!("a group that starts with `(?{start}` is not valid in Python"));
    }
    if flags.contains(['a', 'L', 'u']) {
        return reject(
            "the flags `a`, `L` and `u` are not supported here; write a character class such as `[a-z0-9_]`",
        );
    }
    if !at_start && inside[flags.len()..].starts_with(')') {
        return reject("global flags are valid only at the start of the pattern in Python");
    }
    Ok(())
}

/// A character as an octal number after a backslash. `None` if there is no octal number.
fn octal(rest: &mut Rest<'_>, in_class: bool) -> Option<Result<String, String>> {
    let digits = rest.text.chars().take(3).take_while(|c| ('0'..='7').contains(c)).count();
    if digits == 0 || !(in_class || rest.peek() == Some('0') || digits == 3) {
        return None;
    }
    let (at, digits) = (rest.at, rest.octal(3));
    Some(match u32::from_str_radix(&digits, 8) {
        Ok(code) if code <= 0o377 => Ok(format!(r"\x{{{code:X}}}")),
        _ => Err(refusal(Some(at), "an octal number must be at most 377")),
    })
}
