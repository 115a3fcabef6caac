//! `int()`.

use zeroize::Zeroizing;

use super::{decimal_digit, is_space};

/// Python refuses to read more digits (`sys.int_info.default_max_str_digits`).
const MAX_DIGITS: usize = 4300;

/// `int(text)` for a text: blanks around it, a sign, single `_` between digits, digits of any script.
/// The number in plain digits, or `None` where Python raises.
pub(crate) fn int_from_text(text: &str) -> Option<String> {
    // White space beyond ASCII becomes a blank first; of ASCII's only what C calls space is trimmed.
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

/// `int()` of a number as JSON writes it: fractions are cut off. `None` for what is not finite, where Python raises.
pub(crate) fn int_from_number(number: &str) -> Option<String> {
    if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return Some(if number == "-0" { "0" } else { number }.to_owned());
    }
    let whole = number.parse::<f64>().ok().filter(|float| float.is_finite())?.trunc();
    Some(if whole == 0.0 { "0".to_owned() } else { format!("{whole:.0}") })
}
