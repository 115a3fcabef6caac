//! Secrets among keys, which must not be on a command line.

use crate::error::Error;
use crate::value::Secret;

/// Whether an address contains a user name or password. A user name alone may be a token. A text that is not a well-formed address is searched as a whole: programs that
/// correct it would send the password all the same.
pub(crate) fn holds_password(url: &str) -> bool {
    let well_formed = url.split_once("://").and_then(|(scheme, rest)| {
        let authority = rest.split(['/', '?', '#', '\\']).next()?;
        let is_scheme = !scheme.is_empty() && scheme.chars().all(|char| char.is_ascii_alphanumeric());
        // `https://user:pass/word@host` ends its authority within the password, where a port has digits only.
        let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
        let is_authority = authority.contains(['@', ']']) || port.chars().all(|char| char.is_ascii_digit());
        (is_scheme && !authority.is_empty() && is_authority).then_some(authority)
    });
    // Of a malformed address, what follows the scheme and its slashes.
    let rest = well_formed.unwrap_or_else(|| match url.split_once(':') {
        Some((_, rest)) if rest.starts_with(['/', '\\']) => rest,
        _ => url,
    });
    let has_user = well_formed.is_some() || rest.starts_with(['/', '\\']);
    rest.rsplit_once('@').is_some_and(|(user, _)| has_user || user.contains(':'))
}

/// The name of an unknown key, as messages show it. A value that was written in a key's place is rarely a word.
pub(crate) fn shown_key(name: &str) -> String {
    let is_word = (1..=64).contains(&name.len())
        && name.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.'));
    if is_word { format!("`{name}`") } else { "with characters that no key has".to_owned() }
}

/// The error for an address with a password or token on the command line, with the place where it can be kept.
pub(crate) fn password_on_command_line(key: &str) -> Error {
    Error::usage(format!(
        "`{key}` contains a password or token and must not be on the command line, where other users can read it"
    ))
    .hint(format!("write it in airbridge.toml as {key} = {{ env = \"NAME\" }} and use `@name`"))
}

/// The error for a secret on the command line, with the places where it can be kept.
pub(crate) fn secret_on_command_line(key: &str, secret: Secret) -> Error {
    let variable = secret.variable.map(|variable| format!("set `{variable}`, or "));
    let file = secret.file_key.map(|file| format!("name a file that holds it with `{file}`, or "));
    Error::usage(format!("`{key}` is a secret and must not be on the command line, where other users can read it"))
        .hint(format!(
            "{}{}write it in airbridge.toml as {key} = {{ env = \"NAME\" }} or {{ file = \"PATH\" }} and use `@name`",
            variable.unwrap_or_default(),
            file.unwrap_or_default(),
        ))
}

#[cfg(test)]
mod tests {
    use super::holds_password;

    #[test]
    fn password_in_an_address_is_found_also_if_the_address_is_malformed() {
        for url in [
            "https://u:pw@h",
            "https://u:p@w@h:1/x",
            "https:/u:pw@h",
            "https:///u:pw@h",
            "https:u:pw@h",
            "http:\\\\u:pw@h",
            "u:pw@h",
            "//u:pw@h",
            "https://u:p/w@h",
            "https://token@h",
            "https:/token@h/x",
            "https://:@h",
        ] {
            assert!(holds_password(url), "{url}");
        }
        for url in ["https://h:8200/a@b:c", "h:80", "https://h?x=a:b@c", "acme-kv", ""] {
            assert!(!holds_password(url), "{url}");
        }
    }
}
