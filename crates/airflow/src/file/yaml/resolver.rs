//! The type and value of a scalar by the rules of PyYAML's safe loader (YAML 1.1): `yes` is true, `0123` is 83, `1e3`
//! is a string.
//!
//! The patterns are PyYAML's own. (PyYAML 6.0.3, `yaml.resolver` and `yaml.constructor`.)

use std::sync::LazyLock;

use airbridge_core::{Json, SecretText};
use fancy_regex::Regex;
use num_bigint::BigUint;

/// The type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Merge,
    Value,
    Text,
    Binary,
}

#[expect(clippy::expect_used, reason = "constant patterns, which the tests compile")]
fn pattern(text: &str) -> Regex {
    Regex::new(&format!("(?x)^(?:{text})$")).expect("a constant pattern")
}

static BOOL: LazyLock<Regex> =
    LazyLock::new(|| pattern("yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF"));
static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?
         |\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
         |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*
         |[-+]?\.(?:inf|Inf|INF)
         |\.(?:nan|NaN|NAN)",
    )
});
static INT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[-+]?0b[0-1_]+
         |[-+]?0[0-7_]+
         |[-+]?(?:0|[1-9][0-9_]*)
         |[-+]?0x[0-9a-fA-F_]+
         |[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+",
    )
});
static TIMESTAMP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]
         |[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?
          (?:[Tt]|[\ \t]+)[0-9][0-9]?:[0-9][0-9]:[0-9][0-9](?:\.[0-9]*)?
          (?:[\ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9][0-9])?))?",
    )
});

/// The type of a scalar without quotes and tag.
pub(crate) fn plain_type(text: &str) -> Type {
    let is = |pattern: &Regex| pattern.is_match(text).unwrap_or(false);
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Type::Null,
        "<<" => Type::Merge,
        "=" => Type::Value,
        _ if is(&BOOL) => Type::Bool,
        _ if is(&FLOAT) => Type::Float,
        _ if is(&INT) => Type::Int,
        _ if is(&TIMESTAMP) => Type::Timestamp,
        _ => Type::Text,
    }
}

/// The type that a tag gives to a scalar. `None` for the tag of a list or mapping.
pub(crate) fn tagged_type(tag: &str) -> Option<Type> {
    match tag.strip_prefix("tag:yaml.org,2002:") {
        None => (tag == "!").then_some(Type::Text),
        Some("null") => Some(Type::Null),
        Some("bool") => Some(Type::Bool),
        Some("int") => Some(Type::Int),
        Some("float") => Some(Type::Float),
        Some("timestamp") => Some(Type::Timestamp),
        Some("binary") => Some(Type::Binary),
        Some("str") => Some(Type::Text),
        Some(_) => None,
    }
}

/// The value of a scalar of this type. The error says why JSON cannot represent it.
pub(crate) fn value(kind: Type, text: &str) -> Result<Json, &'static str> {
    match kind {
        Type::Text => Ok(Json::string(text)),
        Type::Merge => Err("is a single `<<`, which YAML readers reject; put it in quotes"),
        Type::Null => Ok(Json::Null),
        Type::Bool => match text.to_lowercase().as_str() {
            "yes" | "true" | "on" => Ok(Json::Bool(true)),
            "no" | "false" | "off" => Ok(Json::Bool(false)),
            _ => Err("has the tag `!!bool` but is not a boolean"),
        },
        Type::Int => integer(text).ok_or("is not a whole number that Python accepts"),
        Type::Float => float(text).ok_or("is not a number that Python accepts"),
        Type::Timestamp => Err("is a date; put it in quotes to make it a string"),
        Type::Binary => Err("is binary data, which Airflow cannot store"),
        Type::Value => Err("is a single `=`, which YAML readers reject; put it in quotes"),
    }
}

/// Python's `SafeConstructor.construct_yaml_int`, for numbers of any size.
fn integer(text: &str) -> Option<Json> {
    let text: String = text.chars().filter(|character| *character != '_').collect();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let number = if let Some(digits) = digits.strip_prefix("0b") {
        unsigned(digits, 2)?
    } else if let Some(digits) = digits.strip_prefix("0x") {
        unsigned(digits, 16)?
    } else if digits.starts_with('0') {
        unsigned(digits, 8)?
    } else if digits.contains(':') {
        let parts = digits.split(':').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()?;
        parts.into_iter().fold(BigUint::ZERO, |number, part| number * 60_u32 + part)
    } else {
        unsigned(digits, 10)?
    };
    let sign = if negative && number != BigUint::ZERO { "-" } else { "" };
    Some(Json::Number(SecretText::new(format!("{sign}{number}"))))
}

fn unsigned(digits: &str, base: u32) -> Option<BigUint> {
    // The time for a conversion grows with the square of the length. Python has the same limit for decimal digits.
    if digits.is_empty() || digits.len() > 4300 {
        return None;
    }
    let digit = |digit: char| u8::try_from(digit.to_digit(base)?).ok();
    let digits = digits.chars().map(digit).collect::<Option<Vec<u8>>>()?;
    BigUint::from_radix_be(&digits, base)
}

/// Python's `SafeConstructor.construct_yaml_float`.
fn float(text: &str) -> Option<Json> {
    let text = text.replace('_', "").to_lowercase();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text)),
    };
    let number = match digits {
        ".inf" => sign * f64::INFINITY,
        ".nan" => f64::NAN,
        _ if digits.contains(':') => {
            let mut number = 0.0;
            let mut base = 1.0;
            for part in digits.rsplit(':') {
                number += part.parse::<f64>().ok()? * base;
                base *= 60.0;
            }
            sign * number
        }
        _ => sign * digits.parse::<f64>().ok()?,
    };
    let text = if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        // The shortest digits that read back the same, always with a decimal point or an exponent.
        format!("{number:?}")
    };
    Some(Json::Number(SecretText::new(text)))
}
