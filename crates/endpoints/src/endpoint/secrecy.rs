//! What is a secret among keys, and does not belong on a command line.

use crate::error::Error;

/// Keys whose value is a secret: never on the command line, where every process of the machine can read it.
pub(crate) const SECRET_KEYS: &[&str] = &[
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "client_secret",
    "gcp_keyfile_dict",
    "jwt_token",
    "password",
    "radius_secret",
    "secret_id",
    "token",
];

/// Whether an address has a password in it.
pub(crate) fn holds_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

/// Says where a secret belongs instead.
pub(super) fn secret_on_command_line(key: &str) -> Error {
    let usual = match key {
        "client_secret" => "AZURE_CLIENT_SECRET, or ",
        "token" => "VAULT_TOKEN, a file named by `token_path`, or ",
        "jwt_token" => "a file named by `jwt_token_path`, or ",
        "aws_access_key_id" | "aws_secret_access_key" | "aws_session_token" => {
            "the environment or a profile, as the AWS CLI has it, or "
        }
        _ => "",
    };
    Error::usage(format!(
        "`{key}` is a secret and does not belong on a command line, where others can read it"
    ))
    .hint(format!(
        "it belongs into {usual}airbridge.toml: {key} = {{ env = \"NAME\" }} or {{ file = \"PATH\" }}"
    ))
}
