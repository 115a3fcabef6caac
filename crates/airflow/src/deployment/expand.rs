//! Expansion of `$VAR`, `${VAR}` and `~` as in Airflow, which repeats it until nothing changes.
//! (`airflow.configuration.expand_env_var`, `posixpath.expandvars` and `expanduser`.)

use airbridge_core::{Environment, SecretText};
use zeroize::Zeroizing;

/// Limits beyond which an expansion is treated as endless.
const ROUNDS: usize = 64;
const LONGEST: usize = 1 << 20;

/// The expansion never ends, so Airflow does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endless;

/// Expands `text` with the variables of `environment`. A variable that is not set stays as written. So does `~name`,
/// because only the machine of the deployment knows the home directory of another user.
///
/// # Errors
///
/// [`Endless`] if variables refer to each other in a cycle.
pub fn expand(text: &str, environment: &Environment) -> Result<SecretText, Endless> {
    let mut text = Zeroizing::new(text.to_owned());
    for _ in 0..ROUNDS {
        let next = user(variables(&text, environment), environment);
        if next == text {
            return Ok(SecretText::new(text.as_str()));
        }
        if next.len() > LONGEST {
            return Err(Endless);
        }
        text = next;
    }
    Err(Endless)
}

fn variables(text: &str, environment: &Environment) -> Zeroizing<String> {
    let mut expanded = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = reference(rest);
        let whole = reference.map_or(1, |(_, length)| length);
        match reference.and_then(|(name, _)| environment.get(name)) {
            Some(value) => expanded.push_str(value),
            None => expanded.push_str(&rest[..whole]),
        }
        rest = &rest[whole..];
    }
    expanded.push_str(rest);
    expanded
}

/// The variable name after a `$`, and the length of the whole reference.
fn reference(text: &str) -> Option<(&str, usize)> {
    let after = text.strip_prefix('$')?;
    if let Some(braced) = after.strip_prefix('{') {
        let name = &braced[..braced.find('}')?];
        return Some((name, name.len() + 3));
    }
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let length = after.find(|character| !is_word(character)).unwrap_or(after.len());
    (length > 0).then(|| (&after[..length], length + 1))
}

fn user(text: Zeroizing<String>, environment: &Environment) -> Zeroizing<String> {
    let Some(rest) = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
        return text;
    };
    let Some(home) = environment.get("HOME") else { return text };
    let whole = format!("{}{rest}", home.trim_end_matches('/'));
    Zeroizing::new(if whole.is_empty() { "/".to_owned() } else { whole })
}
