//! How an endpoint is written: `SCHEME:PLACE?key=value&key:=JSON`, `@name`, `-`, or a path.

use std::borrow::Cow;

use airbridge_core::{Json, SecretText};
use percent_encoding::percent_decode_str;

use crate::backends;
use crate::error::{Error, Result};
use crate::nearest::nearest;

/// An endpoint as the user wrote it.
#[derive(Debug)]
pub(crate) struct Written {
    /// How the user calls it: without keys, so without anything that could be secret.
    pub(crate) label: String,
    /// Which place, or which name of the configuration.
    pub(crate) place: Place,
    /// The keys after the `?`, in their order.
    pub(crate) keys: Vec<(String, Value)>,
}

/// What stands before the `?`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A scheme and what follows its colon.
    At { scheme: String, place: String },
    /// `@name`.
    Configured(String),
}

/// The value of a key: a text that is typed as the key wants, or JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(SecretText),
    Json(Json),
}

/// What `-?…` is rewritten to before the options are read, since `-?` looks like one of them.
pub const STDIO: &str = "stdio:";

/// Reads an endpoint; `schemes` are those that can be opened, `later` those that will be.
pub(crate) fn parse(text: &str, schemes: &[&str], later: &[(&str, &str)]) -> Result<Written> {
    let (place, keys) = text.split_once('?').map_or((text, ""), |(place, keys)| (place, keys));
    let place_text = if place == STDIO { "-" } else { place };
    let place = read_place(place_text, schemes, later)?;
    let keys = keys.split('&').filter(|part| !part.is_empty()).map(read_key).collect::<Result<_>>()?;
    Ok(Written { label: place_text.to_owned(), place, keys })
}

fn read_place(text: &str, schemes: &[&str], later: &[(&str, &str)]) -> Result<Place> {
    let at = |scheme: &str, place: &str| Place::At { scheme: scheme.to_owned(), place: place.to_owned() };
    if text.is_empty() {
        return Err(Error::usage("an endpoint is empty").hint(format!("write {}", spellings(schemes))));
    }
    if let Some(name) = text.strip_prefix('@') {
        return Ok(Place::Configured(name.to_owned()));
    }
    if text == "-" {
        return Ok(at("-", ""));
    }
    // One letter before the colon is a drive; anything that no scheme can contain is part of a path.
    let Some((scheme, place)) = text.split_once(':').filter(|(word, _)| looks_like_scheme(word)) else {
        return Ok(at("file", text));
    };
    if schemes.contains(&scheme) {
        return Ok(at(scheme, place));
    }
    if let Some((_, what)) = later.iter().find(|(name, _)| *name == scheme) {
        return Err(Error::not_built(format!("the endpoint {scheme}: ({what}) is not built yet"))
            .hint(format!("what works today: {}", spellings(schemes))));
    }
    let known = schemes.iter().copied().chain(later.iter().map(|(name, _)| *name));
    let near = nearest(scheme, known).map(|near| format!("did you mean `{near}:`? ")).unwrap_or_default();
    Err(Error::usage(format!("`{scheme}:` is no kind of endpoint")).hint(format!(
        "{near}what works: {}; a file of that name is `file:{}`",
        spellings(schemes),
        text
    )))
}

fn looks_like_scheme(word: &str) -> bool {
    word.len() > 1
        && word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '+'))
}

/// The list of schemes as users type them.
pub(crate) fn spellings(schemes: &[&str]) -> String {
    let spelled: Vec<_> = schemes
        .iter()
        .map(|scheme| if *scheme == "-" { "-".to_owned() } else { format!("{scheme}:") })
        .collect();
    spelled.join(", ")
}

/// Reads `key=value` or `key:=JSON`. Values are percent-decoded, and a `+` is a plus.
pub(crate) fn read_key(part: &str) -> Result<(String, Value)> {
    let Some((key, value)) = part.split_once('=') else {
        // What is no key may be half of a value that should have been encoded, so it is not repeated.
        let what = if backends::is_key(part) {
            format!("`{part}`")
        } else {
            "a part of an endpoint's keys".to_owned()
        };
        return Err(
            Error::usage(format!("{what} has no `=`")).hint("write key=value, and `&` inside a value as %26")
        );
    };
    let (key, json) = key.strip_suffix(':').map_or((key, false), |key| (key, true));
    let named = !key.is_empty() && key.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    if !named {
        return Err(Error::usage("an endpoint has a key that is no name")
            .hint("keys are letters, digits and `_`: key=value"));
    }
    let value: Cow<'_, str> = percent_decode_str(value).decode_utf8().map_err(|_| {
        Error::usage(format!("the value of `{key}` is not UTF-8 once it is percent-decoded"))
            .hint("write `%` itself as %25")
    })?;
    let value = if json {
        let parsed = Json::parse(&value).map_err(|error| {
            Error::usage(format!("the value of `{key}:=` is no JSON: {error}"))
                .hint(format!("`{key}=…` takes a text as it is"))
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

    use super::{Place, Value, parse};

    const SCHEMES: &[&str] = &["file", "-", "env", "aws", "vault"];
    const LATER: &[(&str, &str)] = &[("gcp", "Google Secret Manager")];

    fn place(text: &str) -> Result<Place, String> {
        parse(text, SCHEMES, LATER).map(|written| written.place).map_err(|failure| failure.code.to_owned())
    }

    fn at(scheme: &str, place: &str) -> Place {
        Place::At { scheme: scheme.to_owned(), place: place.to_owned() }
    }

    #[test]
    fn places() {
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
        assert_eq!(place("gcp:acme"), Err("not-built-yet".to_owned()));
        assert_eq!(place("valut:x"), Err("usage".to_owned()));
        assert_eq!(place(""), Err("usage".to_owned()));
    }

    #[test]
    fn an_unknown_scheme_is_answered_with_the_nearest() {
        let failure = parse("valut:x", SCHEMES, LATER).unwrap_err();
        assert!(failure.hint.unwrap_or_default().contains("did you mean `vault:`?"));
    }

    #[test]
    fn values_are_percent_decoded_and_plus_is_a_plus() {
        let written = parse("aws:x?sep=a%2Bb+c&sep2=?%26&n:=null&l:=[1,%22a%22]", SCHEMES, LATER).unwrap();
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
    fn broken_keys_are_refused_without_their_values() {
        for text in ["aws:x?canary", "aws:x?=canary", "aws:x?a:={canary", "aws:x?k=%ff", "aws:x?can ary=1"] {
            let failure = parse(text, SCHEMES, LATER).unwrap_err();
            assert_eq!(failure.code, "usage", "{text}");
            assert!(!failure.message.contains("canary"), "{text}: {}", failure.message);
        }
    }
}
