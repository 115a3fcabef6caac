//! `conn_uri` as the Astro CLI parses it: with Go's URL parser, not Airflow's. (Go 1.24, `net/url`;
//! astronomer/astro-cli, `settings.parseConnectionURI`.)

use airbridge_core::{Fields, Json, SecretText, write_json_string};
use zeroize::Zeroizing;

/// The fields that the CLI sends for a URI. The error says what Go's parser or Airflow rejects.
pub(super) fn fields(uri: &str) -> Result<Fields, &'static str> {
    let (uri, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    if uri.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("contains a control character");
    }
    unescape(fragment, false)?;
    let (scheme, rest) = scheme(uri)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));

    let mut fields = Fields::new();
    fields.insert("conn_type", Json::string(scheme.to_ascii_lowercase()));
    let path = if rest.starts_with('/') || scheme.is_empty() {
        path(&mut fields, rest, scheme.is_empty())?
    } else {
        // In Go, `type:text` has neither a host nor a path.
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

/// Inserts the fields between `//` and the next `/`, and returns the path.
fn path<'a>(fields: &mut Fields, rest: &'a str, is_relative: bool) -> Result<&'a str, &'static str> {
    let authority = rest.strip_prefix("//").filter(|_| !(is_relative && rest.starts_with("///")));
    if let Some(authority) = authority {
        let (authority, path) = authority.split_at(authority.find('/').unwrap_or(authority.len()));
        insert_authority(fields, authority)?;
        return Ok(path);
    }
    if rest.split('/').next().is_some_and(|first| first.contains(':')) {
        return Err("expected a connection type before the `:`");
    }
    fields.insert("host", Json::string(""));
    Ok(rest)
}

/// The text before the first `:` if it is a valid scheme, and the rest.
fn scheme(uri: &str) -> Result<(&str, &str), &'static str> {
    let end = uri.find(|character: char| !character.is_ascii_alphanumeric() && !"+-.".contains(character));
    match end {
        Some(0) if uri.starts_with(':') => Err("expected a connection type before the `:`"),
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
            let (inner, after) = inner.rsplit_once(']').ok_or("unmatched `[` in the host")?;
            let port = if after.is_empty() {
                None
            } else {
                Some(after.strip_prefix(':').ok_or("expected a number as port")?)
            };
            (inner, port)
        }
        None if host.contains('[') => return Err("unexpected `[` in the host"),
        None => host.rsplit_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let port = port.unwrap_or_default();
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("expected a number as port");
    }
    if host.bytes().any(|byte| byte.is_ascii() && !is_host(byte)) {
        return Err("the host contains a character that Go rejects");
    }
    let host = unescape_host(host)?;
    fields.insert("host", Json::string(host.as_str()));
    if let Some(user) = user {
        if !user.bytes().all(is_user) {
            return Err("the login or password contains a character that must be percent-encoded");
        }
        let (login, password) =
            user.split_once(':').map_or((user, None), |(login, word)| (login, Some(word)));
        fields.insert("login", Json::string(unescape(login, false)?.as_str()));
        if let Some(password) = password {
            fields.insert("password", Json::string(unescape(password, false)?.as_str()));
        }
    }
    // Go drops a port that does not fit into 64 bits.
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

/// Decodes a host. Only non-ASCII bytes may be percent-encoded there.
fn unescape_host(host: &str) -> Result<Zeroizing<String>, &'static str> {
    let ascii = host.match_indices('%').any(|(at, _)| {
        host.as_bytes().get(at + 1).is_some_and(|digit| matches!(digit, b'0'..=b'7'))
            && !host[at..].starts_with("%25")
    });
    if ascii {
        Err("the host contains a percent-encoded ASCII character, which Go rejects")
    } else {
        unescape(host, false)
    }
}

/// Percent-decodes a string. Rejects an invalid code, and bytes that are not valid UTF-8, which cannot be sent.
fn unescape(text: &str, plus: bool) -> Result<Zeroizing<String>, &'static str> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = (digit(), digit());
                let code = high.zip(low).map(|(high, low)| high * 16 + low);
                code.and_then(|code| u8::try_from(code).ok())
                    .ok_or("expected two hexadecimal digits after `%`")?
            }
            b'+' if plus => b' ',
            byte => byte,
        });
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "the percent-encoded bytes are not valid UTF-8")?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The query as JSON: every value is a string, and the values of equal keys are joined by commas.
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
    // Go's order is random. A fixed order makes the entry equal to itself in the next run.
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

/// Writes a string as Go's `%q` does, which is a JSON string unless it contains other control characters.
fn write_quoted(out: &mut String, text: &str) -> Result<(), &'static str> {
    let is_escaped = |character| matches!(character, '\n' | '\r' | '\t' | '\u{8}' | '\u{c}');
    if text.chars().any(|character| character.is_control() && !is_escaped(character)) {
        return Err("the query contains a control character, for which the Astro CLI writes invalid JSON");
    }
    write_json_string(out, text, |_| false);
    Ok(())
}
