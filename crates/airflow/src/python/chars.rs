//! Python's character classes.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// `str.isspace`: Unicode's white space and the four ASCII separators.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1C'..='\x1F').contains(&character)
}

/// `str.strip()`.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The value of a decimal digit in any script.
pub(crate) fn decimal_digit(character: char) -> Option<u8> {
    let is_digit = |c: char| c.general_category() == GeneralCategory::DecimalNumber;
    if !is_digit(character) {
        return None;
    }
    // Unicode has its digits in runs of ten that start with zero. Some runs follow each other directly.
    let before =
        (0..u32::from(character)).rev().map_while(char::from_u32).take_while(|c| is_digit(*c)).count();
    u8::try_from(before % 10).ok()
}
