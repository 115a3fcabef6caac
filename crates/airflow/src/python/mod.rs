//! Python's own rules, where Airflow leaves the work to them and no crate follows them.
//!
//! Taken from `CPython` 3.11 (`urllib.parse`, `ipaddress`, `str`, `int`), the Python both Airflows were run under.

mod int;
mod percent;
mod urlsplit;

pub(crate) use int::{int_from_number, int_from_text};
pub(crate) use percent::{parse_query, quote, quote_plus, unquote};
pub(crate) use urlsplit::{SplitError, UrlParts, drop_ignored};

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// `str.isspace`: Unicode's white space and the four ASCII separators.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1C'..='\x1F').contains(&character)
}

/// `str.strip()`.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `\w` of a regular expression on text.
pub(crate) fn is_word(character: char) -> bool {
    character == '_'
        || matches!(
            character.general_category_group(),
            GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
        )
}

/// The value of a decimal digit of any script.
fn decimal_digit(character: char) -> Option<u8> {
    let is_digit = |c: char| c.general_category() == GeneralCategory::DecimalNumber;
    if !is_digit(character) {
        return None;
    }
    // Digits stand in runs of ten, some of which follow each other directly, and each run begins with zero.
    let before =
        (0..u32::from(character)).rev().map_while(char::from_u32).take_while(|c| is_digit(*c)).count();
    u8::try_from(before % 10).ok()
}

#[cfg(test)]
mod tests;
