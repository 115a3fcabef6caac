//! What a scalar is, by the rules of PyYAML's safe loader (YAML 1.1): `yes` is true, `0123` is 83, `1e3` is a text.
//!
//! The patterns are PyYAML's own. (PyYAML 6.0.3, `yaml.resolver` and `yaml.constructor`.)

use std::sync::LazyLock;

use airbridge_core::{Json, SecretText};
use fancy_regex::Regex;

/// The types that a scalar can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::file) enum Type {
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

#[expect(clippy::expect_used, reason = "constant patterns, each of which a test compiles")]
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

/// The type of a scalar that has neither quotes nor a tag.
pub(in crate::file) fn plain_type(text: &str) -> Type {
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

/// The type that a tag gives a scalar; `None` for tags of collections.
pub(in crate::file) fn tagged_type(tag: &str) -> Option<Type> {
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

/// The value of a scalar of that type; the error says what it is instead of anything that JSON has.
pub(in crate::file) fn value(kind: Type, text: &str) -> Result<Json, &'static str> {
    match kind {
        Type::Text => Ok(Json::string(text)),
        Type::Merge => Err("is a lone `<<`, on which YAML readers fail; put it in quotes"),
        Type::Null => Ok(Json::Null),
        Type::Bool => match text.to_lowercase().as_str() {
            "yes" | "true" | "on" => Ok(Json::Bool(true)),
            "no" | "false" | "off" => Ok(Json::Bool(false)),
            _ => Err("has the tag of a truth value but is none"),
        },
        Type::Int => integer(text).ok_or("looks like a whole number but is none that Python takes"),
        Type::Float => float(text).ok_or("looks like a number but is none that Python takes"),
        Type::Timestamp => Err("is a date to YAML; put it in quotes"),
        Type::Binary => Err("is binary data, which Airflow can put nowhere"),
        Type::Value => Err("is a lone `=`, on which YAML readers fail; put it in quotes"),
    }
}

/// Python's `SafeConstructor.construct_yaml_int`, without a limit on the size.
fn integer(text: &str) -> Option<Json> {
    let text: String = text.chars().filter(|character| *character != '_').collect();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let number = if digits == "0" {
        "0".to_owned()
    } else if let Some(digits) = digits.strip_prefix("0b") {
        decimal(digits, 2)?
    } else if let Some(digits) = digits.strip_prefix("0x") {
        decimal(digits, 16)?
    } else if digits.starts_with('0') {
        decimal(digits, 8)?
    } else if digits.contains(':') {
        let parts = digits.split(':').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()?;
        positional(parts.into_iter(), 60)
    } else {
        decimal(digits, 10)?
    };
    let sign = if negative && number != "0" { "-" } else { "" };
    Some(Json::Number(SecretText::new(format!("{sign}{number}"))))
}

fn decimal(digits: &str, base: u32) -> Option<String> {
    // `decimal` of a long number takes time that grows with its square; Python itself stops at 4300 digits.
    if digits.is_empty() || digits.len() > 4300 {
        return None;
    }
    let digits = digits.chars().map(|digit| digit.to_digit(base)).collect::<Option<Vec<u32>>>()?;
    Some(positional(digits.into_iter(), base))
}

/// The decimal digits of a number given by its digits in another base.
fn positional(digits: impl Iterator<Item = u32>, base: u32) -> String {
    // Least significant first.
    let mut decimal: Vec<u32> = vec![0];
    for digit in digits {
        let mut carry = u64::from(digit);
        for place in &mut decimal {
            carry += u64::from(*place) * u64::from(base);
            *place = u32::try_from(carry % 10).unwrap_or_default();
            carry /= 10;
        }
        while carry > 0 {
            decimal.push(u32::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
    }
    let digits: String = decimal.iter().rev().filter_map(|digit| char::from_digit(*digit, 10)).collect();
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() }
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
        // Digits that read back the same, always with a point or an exponent.
        format!("{number:?}")
    };
    Some(Json::Number(SecretText::new(text)))
}
