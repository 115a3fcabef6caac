//! `urllib.parse.quote`, `unquote` and `parse_qsl`.

use airbridge_core::SecretText;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use zeroize::Zeroizing;

/// The characters that `quote(text, safe="")` escapes.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');

/// `unquote(text)`: each `%xx` becomes its byte, invalid UTF-8 becomes U+FFFD, and an invalid escape stays unchanged.
pub(crate) fn unquote(text: &str) -> SecretText {
    SecretText::new(percent_decode_str(text).decode_utf8_lossy())
}

/// `quote(text, safe="")`: escapes everything except letters, digits and `_.-~`.
pub(crate) fn quote(text: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(text, RESERVED)
}

/// `quote_plus(text)`: like [`quote`], but a space becomes `+`.
pub(crate) fn quote_plus(text: &str) -> impl Iterator<Item = &str> {
    quote(text).map(|part| if part == "%20" { "+" } else { part })
}

/// The pairs of a query in order. A field without `=` has an empty value, and empty fields are skipped.
pub(crate) fn parse_query(query: &str) -> impl Iterator<Item = (SecretText, SecretText)> {
    query.split('&').filter(|field| !field.is_empty()).map(|field| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        (unquote_plus(name), unquote_plus(value))
    })
}

fn unquote_plus(text: &str) -> SecretText {
    unquote(&Zeroizing::new(text.replace('+', " ")))
}
