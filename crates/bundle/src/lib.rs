#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod age_file;
mod decrypt;
mod encrypt;
mod identities;
mod recipients;
#[cfg(test)]
mod tests;

pub use decrypt::{Key, Protection, decrypt, protection};
pub use encrypt::{Lock, encrypt};
pub use identities::Identities;
pub use recipients::Recipients;

use age::secrecy::SecretString;
use airbridge_core::SecretText;

/// The passphrase as `age` takes it. The copy has exactly the room that it needs, so that none is left behind.
fn passphrase(text: &SecretText) -> SecretString {
    SecretString::from(text.expose().to_owned())
}
