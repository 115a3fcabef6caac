//! Secrets among keys, which must not be on a command line.

use crate::error::Error;
use crate::value::Secret;

/// Whether an address contains a password.
pub(crate) fn holds_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
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
