//! `conn_uri` as the Astro CLI takes it apart: by Go's URL parser, not by Airflow's. (Go 1.24, `net/url`;
//! astronomer/astro-cli, `settings.parseConnectionURI`.)

use airbridge_core::{Fields, Json, SecretText};
use zeroize::Zeroizing;

/// The fields that the CLI sends for a URI; the error says what Go's parser, or Airflow behind it, stumbles over.
pub(super) fn fields(uri: &str) -> Result<Fields, &'static str> {
    let (uri, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    if uri.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("holds a control character");
    }
    unescape(fragment, false)?;
    let (scheme, rest) = scheme(uri)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));

    let mut fields = Fields::new();
    fields.insert("conn_type", Json::string(scheme.to_ascii_lowercase()));
    let path = if rest.starts_with('/') || scheme.is_empty() {
        path(&mut fields, rest, scheme.is_empty())?
    } else {
        // `type:text` has neither host nor path in Go.
        fields.insert("host", Json::string(""));
        ""
    };
    let path = unescape(path, false)?;
    if !path.is_empty() {
        fields.insert("schema", Json::string(path.strip_prefix('/').unwrap_or(&path)));
    }
    if !query.is_empty() {
        fields.insert("extra", Json::String(extra(query)?));
    }
    Ok(fields)
}

/// Puts what stands between `//` and the next `/` into the fields, and leaves the path.
fn path<'a>(fields: &mut Fields, rest: &'a str, is_relative: bool) -> Result<&'a str, &'static str> {
    let authority = rest.strip_prefix("//").filter(|_| !(is_relative && rest.starts_with("///")));
    if let Some(authority) = authority {
        let (authority, path) = authority.split_at(authority.find('/').unwrap_or(authority.len()));
        insert_authority(fields, authority)?;
        return Ok(path);
    }
    if rest.split('/').next().is_some_and(|first| first.contains(':')) {
        return Err("has no connection type in front of the `:`");
    }
    fields.insert("host", Json::string(""));
    Ok(rest)
}

/// What stands in front of the first `:`, if it can be a scheme, and the rest.
fn scheme(uri: &str) -> Result<(&str, &str), &'static str> {
    let end = uri.find(|character: char| !character.is_ascii_alphanumeric() && !"+-.".contains(character));
    match end {
        Some(0) if uri.starts_with(':') => Err("has no connection type in front of the `:`"),
        Some(end) if uri[end..].starts_with(':') && uri.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            Ok((&uri[..end], &uri[end + 1..]))
        }
        _ => Ok(("", uri)),
    }
}

fn insert_authority(fields: &mut Fields, authority: &str) -> Result<(), &'static str> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let (host, port) = match host.strip_prefix('[') {
        Some(inner) => {
            let (inner, after) = inner.rsplit_once(']').ok_or("has a `[` in its host that does not end")?;
            let port = if after.is_empty() {
                None
            } else {
                Some(after.strip_prefix(':').ok_or("has no port that is a number")?)
            };
            (inner, port)
        }
        None if host.contains('[') => return Err("has a bracket in its host"),
        None => host.rsplit_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let port = port.unwrap_or_default();
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("has no port that is a number");
    }
    if host.bytes().any(|byte| byte.is_ascii() && !is_host(byte)) {
        return Err("has a character in its host that Go refuses there");
    }
    let host = unescape_host(host)?;
    fields.insert("host", Json::string(host.as_str()));
    if let Some(user) = user {
        if !user.bytes().all(is_user) {
            return Err("has a character in login or password that must be percent-encoded");
        }
        let (login, password) =
            user.split_once(':').map_or((user, None), |(login, word)| (login, Some(word)));
        fields.insert("login", Json::string(unescape(login, false)?.as_str()));
        if let Some(password) = password {
            fields.insert("password", Json::string(unescape(password, false)?.as_str()));
        }
    }
    // What no 64 bits hold is dropped, like no port at all.
    if let Ok(port) = port.parse() {
        fields.insert("port", Json::integer(port));
    }
    Ok(())
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"%".contains(&byte)
}

fn is_user(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)
}

/// In a host only bytes beyond ASCII may be percent-encoded.
fn unescape_host(host: &str) -> Result<Zeroizing<String>, &'static str> {
    let ascii = host.match_indices('%').any(|(at, _)| {
        host.as_bytes().get(at + 1).is_some_and(|digit| matches!(digit, b'0'..=b'7'))
            && !host[at..].starts_with("%25")
    });
    if ascii {
        Err("has a percent-encoded letter in its host, which Go refuses")
    } else {
        unescape(host, false)
    }
}

/// Percent-decoding that refuses what is no code; what is no UTF-8 then cannot be sent either.
fn unescape(text: &str, plus: bool) -> Result<Zeroizing<String>, &'static str> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = (digit(), digit());
                let code = high.zip(low).map(|(high, low)| high * 16 + low);
                code.and_then(|code| u8::try_from(code).ok()).ok_or("has a `%` that begins no code")?
            }
            b'+' if plus => b' ',
            byte => byte,
        });
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "has percent-encoded bytes that are no text")?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The query as JSON: every value a text, equal keys joined by commas.
fn extra(query: &str) -> Result<SecretText, &'static str> {
    let mut values: Vec<(Zeroizing<String>, Zeroizing<String>)> = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty() && !part.contains(';')) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let (Ok(key), Ok(value)) = (unescape(key, true), unescape(value, true)) else { continue };
        match values.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => {
                known.push(',');
                known.push_str(&value);
            }
            None => values.push((key, value)),
        }
    }
    // Go has no order here; a fixed one keeps the entry equal to itself.
    values.sort_by(|a, b| a.0.cmp(&b.0));
    let room = values.iter().map(|(key, value)| (key.len() + value.len()) * 2 + 8).sum::<usize>() + 2;
    let mut out = Zeroizing::new(String::with_capacity(room));
    out.push('{');
    for (at, (key, value)) in values.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write_quoted(&mut out, key)?;
        out.push_str(": ");
        write_quoted(&mut out, value)?;
    }
    out.push('}');
    Ok(SecretText::new(out.as_str()))
}

/// Go's `%q`, which is JSON as long as nothing unprintable is in it.
fn write_quoted(out: &mut String, text: &str) -> Result<(), &'static str> {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            _ if character.is_control() => return Err("has a character in its query that the CLI breaks"),
            _ => out.push(character),
        }
    }
    out.push('"');
    Ok(())
}
