//! How an endpoint is written: `SCHEME:PLACE?key=value&key:=JSON`, `@name`, `-`, or a path.

use std::borrow::Cow;

use airbridge_core::{Json, SecretText};
use percent_encoding::percent_decode_str;

use crate::error::{Error, Result};
use crate::nearest::nearest;
use crate::value::Value;

/// An endpoint as the user wrote it.
#[derive(Debug)]
pub(crate) struct Written {
    /// The endpoint without its keys, and so without anything that could be secret.
    pub(crate) label: String,
    /// The place, or the name in the configuration.
    pub(crate) place: Place,
    /// The keys after the `?`, in their order.
    pub(crate) keys: Vec<(String, Value)>,
}

/// What precedes the `?`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A scheme and what follows its colon.
    At { scheme: String, place: String },
    /// `@name`.
    Configured(String),
}

/// What the program replaces the `-` of `-?format=…` with, because an argument parser reads `-?` as an option.
pub const STDIO: &str = "stdio:";

/// Parses an endpoint. `is_key` tells names of keys from parts of values, which messages must not repeat.
pub(crate) fn parse(text: &str, schemes: &[&str], is_key: &dyn Fn(&str) -> bool) -> Result<Written> {
    let (place, keys) = text.split_once('?').unwrap_or((text, ""));
    let place_text = if place == STDIO { "-" } else { place };
    let place = parse_place(place_text, schemes)?;
    let keys = keys.split('&').filter(|part| !part.is_empty());
    let keys = keys.map(|part| parse_key(part, is_key)).collect::<Result<_>>()?;
    Ok(Written { label: place_text.to_owned(), place, keys })
}

fn parse_place(text: &str, schemes: &[&str]) -> Result<Place> {
    let at = |scheme: &str, place: &str| Place::At { scheme: scheme.to_owned(), place: place.to_owned() };
    if text.is_empty() {
        return Err(Error::usage("the endpoint is empty")
            .hint("write SCHEME:PLACE; run `airbridge endpoints` to see the types of endpoint"));
    }
    if let Some(name) = text.strip_prefix('@') {
        return Ok(Place::Configured(name.to_owned()));
    }
    if text == "-" {
        return Ok(at("-", ""));
    }
    // One letter before the colon is a drive; with any character that schemes do not have, it is a path.
    let Some((scheme, place)) = text.split_once(':').filter(|(word, _)| looks_like_scheme(word)) else {
        return Ok(at("file", text));
    };
    if schemes.contains(&scheme) {
        return Ok(at(scheme, place));
    }
    let near = nearest(scheme, schemes.iter().copied()).map(|near| format!("did you mean `{near}:`? "));
    // What follows the scheme may be an address with a password, so it is not repeated.
    Err(Error::usage(format!("unknown endpoint type `{scheme}:`")).hint(format!(
        "{}run `airbridge endpoints` to see the types of endpoint, or write `file:` in front of the name of a file",
        near.unwrap_or_default()
    )))
}

fn looks_like_scheme(word: &str) -> bool {
    word.len() > 1
        && word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '+'))
}

/// Parses `key=value` or `key:=JSON`. Values are percent-decoded; `+` is literal.
pub(crate) fn parse_key(part: &str, is_key: &dyn Fn(&str) -> bool) -> Result<(String, Value)> {
    let Some((key, value)) = part.split_once('=') else {
        // A part that is not a known key may be half of a value with an unencoded `&`, so it is not repeated.
        let what = if is_key(part) { format!("the key `{part}`") } else { "a part after the `?`".to_owned() };
        return Err(Error::usage(format!("{what} has no `=`"))
            .hint("write key=value, and encode `&` inside a value as %26"));
    };
    let (key, json) = key.strip_suffix(':').map_or((key, false), |key| (key, true));
    let is_name = !key.is_empty() && key.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    if !is_name {
        return Err(Error::usage("a key of the endpoint has an invalid name")
            .hint("write key=value; names consist of letters, digits and `_`"));
    }
    let value: Cow<'_, str> = percent_decode_str(value).decode_utf8().map_err(|_| {
        Error::usage(format!("the value of `{key}` is not UTF-8 after percent-decoding"))
            .hint("write `%` itself as %25")
    })?;
    let value = if json {
        let parsed = Json::parse(&value).map_err(|error| {
            Error::usage(format!("the value of `{key}:=` is not valid JSON: {error}"))
                .hint(format!("write {key}=… if the value is a string"))
        })?;
        Value::Json(parsed)
    } else {
        Value::Text(SecretText::new(value))
    };
    Ok((key.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use airbridge_core::Json;

    use super::{Place, parse};
    use crate::value::Value;

    const SCHEMES: &[&str] = &["file", "-", "env", "aws", "vault"];

    fn is_key(name: &str) -> bool {
        name == "sep"
    }

    fn place(text: &str) -> Result<Place, String> {
        parse(text, SCHEMES, &is_key).map(|written| written.place).map_err(|error| error.code.to_owned())
    }

    fn at(scheme: &str, place: &str) -> Place {
        Place::At { scheme: scheme.to_owned(), place: place.to_owned() }
    }

    #[test]
    fn place_is_scheme_path_or_configured_name() {
        assert_eq!(place("aws:us-east-1"), Ok(at("aws", "us-east-1")));
        assert_eq!(place("aws:us-east-1?profile_name=old"), Ok(at("aws", "us-east-1")));
        assert_eq!(place("vault:"), Ok(at("vault", "")));
        assert_eq!(place("-"), Ok(at("-", "")));
        assert_eq!(place("stdio:?format=dotenv"), Ok(at("-", "")));
        assert_eq!(place("connections.json"), Ok(at("file", "connections.json")));
        assert_eq!(place("./odd:name.json"), Ok(at("file", "./odd:name.json")));
        assert_eq!(place(r"C:\airflow\a.json"), Ok(at("file", r"C:\airflow\a.json")));
        assert_eq!(place("file:a:b"), Ok(at("file", "a:b")));
        assert_eq!(place("@old?team=x"), Ok(Place::Configured("old".to_owned())));
        assert_eq!(place("valut:x"), Err("usage".to_owned()));
        assert_eq!(place(""), Err("usage".to_owned()));
    }

    #[test]
    fn unknown_scheme_is_rejected_with_the_nearest() {
        let error = parse("valut:x", SCHEMES, &is_key).unwrap_err();
        assert_eq!(error.message, "unknown endpoint type `valut:`");
        assert!(error.hint.unwrap_or_default().starts_with("did you mean `vault:`?"));
    }

    #[test]
    fn values_are_percent_decoded_and_plus_is_literal() {
        let written = parse("aws:x?sep=a%2Bb+c&sep2=?%26&n:=null&l:=[1,%22a%22]", SCHEMES, &is_key).unwrap();
        let text = |text: &str| Value::Text(text.into());
        let list = Json::Array(vec![Json::integer(1), Json::string("a")]);
        assert_eq!(
            written.keys,
            [
                ("sep".to_owned(), text("a+b+c")),
                ("sep2".to_owned(), text("?&")),
                ("n".to_owned(), Value::Json(Json::Null)),
                ("l".to_owned(), Value::Json(list)),
            ]
        );
    }

    #[test]
    fn invalid_keys_are_rejected_without_their_values() {
        for text in ["aws:x?canary", "aws:x?=canary", "aws:x?a:={canary", "aws:x?k=%ff", "aws:x?can ary=1"] {
            let error = parse(text, SCHEMES, &is_key).unwrap_err();
            assert_eq!(error.code, "usage", "{text}");
            assert!(!error.message.contains("canary"), "{text}: {}", error.message);
        }
        let error = parse("aws:x?sep", SCHEMES, &is_key).unwrap_err();
        assert_eq!(error.message, "the key `sep` has no `=`");
    }
}
