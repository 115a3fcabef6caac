//! Scalars as the Astro CLI gets them: Go's YAML parser assigns a type, which is then converted to the type of the
//! field. (gopkg.in/yaml.v3 `resolve`, mapstructure with weakly typed input, encoding/json.)

use airbridge_core::{SecretText, write_json_string};

use crate::file::yaml::{Body, Node};

/// A scalar by the rules of yaml.v3: YAML 1.2 with the octal numbers and dates of YAML 1.1.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Date,
    Text(SecretText),
}

/// The type and value of a scalar node. `None` for lists and mappings.
pub(super) fn scalar(node: &Node) -> Option<Scalar> {
    let Body::Scalar { text, plain } = &node.body else { return None };
    let bare = match node.tag.as_deref() {
        None => *plain,
        Some(tag) => tag != "!" && !tag.ends_with(":str") && !tag.ends_with(":binary"),
    };
    Some(if bare { resolve(text.expose()) } else { Scalar::Text(text.clone()) })
}

fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.as_bytes()[0] {
        b'.' => float(text),
        b'+' | b'-' | b'0'..=b'9' => {
            if is_date(text) {
                return Scalar::Date;
            }
            let plain = text.replace('_', "");
            integer(&plain).map(Scalar::Int).or_else(|| float(&plain))
        }
        _ => None,
    };
    number.unwrap_or_else(|| Scalar::Text(SecretText::new(text)))
}

/// Go's `strconv.ParseInt` with base 0, for numbers that fit into 64 bits, signed or unsigned.
pub(super) fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, base) = if let Some(digits) = lower.strip_prefix("0x") {
        (digits, 16)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (digits, 2)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (digits, 8)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (&lower[1..], 8)
    } else {
        (lower.as_str(), 10)
    };
    if !digits.starts_with(|digit: char| digit.is_digit(base)) {
        return None;
    }
    let number = i128::from_str_radix(digits, base).ok()?;
    let number = if negative { -number } else { number };
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number).then_some(number)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn float(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (digits, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(a, b)| (a, Some(b)));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    let shaped = all_digits(whole)
        && fraction.is_none_or(all_digits)
        && exponent.is_none_or(|exponent| !exponent.is_empty() && all_digits(exponent))
        && (!whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty()));
    let number = text.parse::<f64>().ok().filter(|number| shaped && number.is_finite())?;
    Some(Scalar::Float(number))
}

/// Whether the text is a date like `2006-1-2`, optionally with a time after `T`, `t` or a space.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let digits = |text: &str, lengths: &[usize]| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<_> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let time_starts = |time: &str| time.split(':').next().is_some_and(|hour| digits(hour, &[1, 2]));
    digits(year, &[4])
        && digits(month, &[1, 2])
        && digits(day, &[1, 2])
        && (1..=12).contains(&month.parse().unwrap_or(0))
        && (1..=31).contains(&day.parse().unwrap_or(0))
        && time.is_none_or(time_starts)
}

/// Converts a node to a string: `true` becomes `1`, and numbers are written in Go's format. `None` if Go rejects it.
pub(super) fn to_text(node: &Node) -> Option<SecretText> {
    Some(match scalar(node)? {
        Scalar::Text(text) => text,
        Scalar::Null => SecretText::default(),
        Scalar::Bool(value) => SecretText::new(if value { "1" } else { "0" }),
        Scalar::Int(number) => SecretText::new(number.to_string()),
        Scalar::Float(number) if number.is_nan() => SecretText::new("NaN"),
        Scalar::Float(number) if number.is_infinite() => {
            SecretText::new(if number > 0.0 { "+Inf" } else { "-Inf" })
        }
        Scalar::Float(number) => SecretText::new(number.to_string()),
        Scalar::Date => return None,
    })
}

/// Whether a key has this name, in any case.
pub(super) fn has_name(key: &Node, name: &str) -> bool {
    to_text(key).is_some_and(|key| key.expose().eq_ignore_ascii_case(name))
}

/// Converts a node to a whole number. `None` if Go rejects it.
pub(super) fn to_integer(node: &Node) -> Option<i64> {
    match scalar(node)? {
        Scalar::Null => Some(0),
        Scalar::Bool(value) => Some(i64::from(value)),
        Scalar::Int(number) => i64::try_from(number).ok(),
        #[expect(clippy::cast_possible_truncation, reason = "Go also cuts off the fraction")]
        Scalar::Float(number) => (number.abs() < 9e18).then_some(number as i64),
        Scalar::Text(text) if text.is_empty() => Some(0),
        Scalar::Text(text) => {
            let text = text.expose();
            // Go's literals allow `_` only between digits.
            let misplaced = text.starts_with('_') || text.ends_with('_') || text.contains("__");
            if misplaced { None } else { i64::try_from(integer(&text.replace('_', ""))?).ok() }
        }
        Scalar::Date => None,
    }
}

/// Writes a JSON string as Go's `json.Marshal` does, which also escapes the special characters of HTML.
pub(super) fn write_string(out: &mut String, text: &str) {
    write_json_string(out, text, |character| matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'));
}

/// A number as Go's `json.Marshal` writes it. `None` for a number that JSON cannot represent.
pub(super) fn json_float(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return Some(if text.contains("e-") { text } else { text.replace('e', "e+") });
    }
    Some(number.to_string())
}
