//! Python's `int()`.

use zeroize::Zeroizing;

use super::chars::{decimal_digit, is_space};

/// The maximum number of digits that Python converts (`sys.int_info.default_max_str_digits`).
const MAX_DIGITS: usize = 4300;

/// `int(text)` for a string: accepts white space around the number, a sign, single `_` between digits, and digits of
/// any script. Returns the number in ASCII digits, or `None` if Python raises.
pub(crate) fn int_from_text(text: &str) -> Option<String> {
    // Python first replaces non-ASCII white space by a space. Of ASCII it then trims only what C's `isspace` accepts.
    let ascii = Zeroizing::new(text.chars().map(to_ascii).collect::<Option<String>>()?);
    let trimmed = ascii.trim_matches(|c: char| matches!(c, ' ' | '\t'..='\r'));
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let well_formed =
        digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if !well_formed || digits.bytes().filter(u8::is_ascii_digit).count() > MAX_DIGITS {
        return None;
    }
    let digits = digits.replace('_', "");
    let significant = digits.trim_start_matches('0');
    Some(match significant {
        "" => "0".to_owned(),
        _ if negative => format!("-{significant}"),
        _ => significant.to_owned(),
    })
}

fn to_ascii(character: char) -> Option<char> {
    if character.is_ascii() {
        Some(character)
    } else if is_space(character) {
        Some(' ')
    } else {
        decimal_digit(character).map(|digit| char::from(b'0' + digit))
    }
}

/// `int()` of a number in JSON notation: fractions are cut off. Returns `None` for a number that is not finite, on
/// which Python raises.
pub(crate) fn int_from_number(number: &str) -> Option<String> {
    if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return Some(if number == "-0" { "0" } else { number }.to_owned());
    }
    let whole = number.parse::<f64>().ok().filter(|float| float.is_finite())?.trunc();
    Some(if whole == 0.0 { "0".to_owned() } else { format!("{whole:.0}") })
}
