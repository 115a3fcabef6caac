//! Whether a text repeats a part of a value.

use std::cell::OnceCell;
use std::collections::HashSet;

use zeroize::Zeroizing;

use super::decode::{backslashes, base64, entities, percent};
use super::parts::normalised;

/// How often a text is decoded again: a quoted request can be escaped, and its value in base64.
const ROUNDS: usize = 3;

/// The most forms of one text. Real errors have fewer than ten.
const FORMS: usize = 32;

/// Of a longer part, this many bytes in a row give it away: errors quote only the beginning of a long value.
const WINDOW: usize = 16;

/// Every how many bytes of a part a window is looked up. Any 23 bytes in a row contain one.
const STRIDE: usize = 8;

/// A text of an error, in every form in which it can be read.
pub(super) struct Text {
    forms: Vec<Zeroizing<String>>,
    /// Whether it was cut off at its end.
    is_cut: bool,
    windows: OnceCell<HashSet<Box<[u8]>>>,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let cut = text.strip_suffix('…');
        let mut decoded = vec![Zeroizing::new(cut.unwrap_or(text).to_owned())];
        let mut from = 0;
        for _ in 0..ROUNDS {
            let round: Vec<_> =
                decoded.get(from..).unwrap_or_default().iter().flat_map(|text| readings(text)).collect();
            from = decoded.len();
            for form in round {
                if decoded.len() < FORMS && !decoded.contains(&form) {
                    decoded.push(form);
                }
            }
        }
        let forms = decoded.iter().map(|form| normalised(form)).collect();
        Self { forms, is_cut: cut.is_some(), windows: OnceCell::new() }
    }

    /// Whether the text repeats `part`, which is normalised: all of it, many bytes of it in a row, or its beginning where the
    /// text is cut off. A part of fewer than `least` characters counts for nothing, and so does what `public` has, too.
    pub(super) fn repeats(&self, part: &str, least: usize, public: &Self) -> bool {
        if part.chars().nth(least.saturating_sub(1)).is_none() || public.contains(part) {
            return false;
        }
        self.contains(part)
            || self.has_window_of(part.as_bytes(), public)
            || (self.is_cut && self.ends_within(part, least))
    }

    fn contains(&self, part: &str) -> bool {
        self.forms.iter().any(|form| form.contains(part))
    }

    fn has_window_of(&self, part: &[u8], public: &Self) -> bool {
        if part.len() <= WINDOW {
            return false;
        }
        let (windows, public) = (self.windows(), public.windows());
        let mut wanted = part.windows(WINDOW).step_by(STRIDE);
        wanted.any(|window| windows.contains(window) && !public.contains(window))
    }

    fn windows(&self) -> &HashSet<Box<[u8]>> {
        let windows =
            || self.forms.iter().flat_map(|form| form.as_bytes().windows(WINDOW)).map(Box::from).collect();
        self.windows.get_or_init(windows)
    }

    /// Whether a form ends with the first characters of `part`.
    fn ends_within(&self, part: &str, least: usize) -> bool {
        let beginnings =
            part.char_indices().map(|(end, _)| end).skip(least).take_while(|end| *end <= 2 * WINDOW);
        beginnings.filter_map(|end| part.get(..end)).any(|beginning| {
            let beginning = beginning.trim_end();
            self.forms.iter().any(|form| form.ends_with(beginning))
        })
    }
}

/// What a text says if one kind of escape is resolved.
fn readings(text: &str) -> impl Iterator<Item = Zeroizing<String>> {
    [percent(text, false), percent(text, true), backslashes(text), entities(text), base64(text)]
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::Text;

    const SECRET: &str = "p@ss/wörd+1";

    fn repeats(text: &str, part: &str) -> bool {
        Text::new(text).repeats(part, 4, &Text::new("a public place"))
    }

    #[test]
    fn part_is_found_in_every_encoding() {
        for text in [
            format!("the value '{SECRET}' is wrong"),
            "P@SS/WÖRD+1".to_owned(),
            "p%40ss%2Fw%C3%B6rd%2B1".to_owned(),
            "p%40ss%2fw%c3%b6rd%2b1".to_owned(),
            // Only some characters are escaped.
            "p@ss%2Fwörd+1".to_owned(),
            r"p@ss\/w\u00f6rd+1".to_owned(),
            r#"{\"value\": \"p@ss\\\/w\\u00f6rd+1\"}"#.to_owned(),
            "p&#64;ss is not it, p@ss/wörd+1&quot; is".to_owned(),
            // In standard and URL base64, behind none, one and two other bytes.
            "cEBzcy93w7ZyZCsx".to_owned(),
            "IHBAc3Mvd8O2cmQrMQ==".to_owned(),
            "eHhwQHNzL3fDtnJkKzE".to_owned(),
            "value=cEBzcy93w7ZyZCsx&next=1".to_owned(),
            // Base64 of JSON, and percent-encoded base64.
            "eyJ2IjogInBAc3Mvd1x1MDBmNnJkKzEifQ==".to_owned(),
            "cEBzcy93w7ZyZCsx%3D%3D".to_owned(),
        ] {
            assert!(repeats(&text, SECRET), "{text}");
        }
        assert!(repeats("token=a+b%2Bc", "a b+c"), "form encoding");
    }

    #[test]
    fn other_texts_are_not_found() {
        for text in ["", "access denied", "p@ss/wörd", "cEBzcy93w7Zy", "%%%", r"\\\", "p@ss wörd 1"] {
            assert!(!repeats(text, SECRET), "{text}");
        }
        assert!(!repeats("abc", "abc"), "too short");
        assert!(repeats("abcd", "abcd"));
        assert!(!Text::new("abcdefg").repeats("abcdefg", 8, &Text::new("")));
    }

    #[test]
    fn public_text_is_not_a_repetition() {
        let public = Text::new("aws:us-east-1 (account 111122223333)");
        let text = Text::new("aws:us-east-1 (account 111122223333) denies it to us-east-1 and s3cret");
        for (part, expected) in
            [("us-east-1", false), ("x aws:us-east-1 (account 111122223333) y", false), ("s3cret", true)]
        {
            assert_eq!(text.repeats(part, 4, &public), expected, "{part}");
        }
    }

    #[test]
    fn beginning_and_middle_of_a_long_part_are_found() {
        let long: String = ('a'..='z').chain('0'..='9').cycle().take(500).collect();
        for (from, to) in [(0, 40), (101, 124), (400, 500)] {
            assert!(repeats(&format!("'{}' is wrong", &long[from..to]), &long), "{from}");
        }
        assert!(!repeats(&format!("'{}'", &long[..12]), &long));
        assert!(repeats("wrong: abcde…", &long), "the text is cut off within the value");
        assert!(!repeats("wrong: abc…", &long));
    }

    #[test]
    fn any_text_is_read() {
        for text in
            ["%", "\\", "\\u", "&", "\u{0}…", "…", "====", "é%é", &"%25".repeat(500), &"YWFh".repeat(2_000)]
        {
            assert!(!repeats(text, "not-in-there"), "{text}");
        }
    }
}
