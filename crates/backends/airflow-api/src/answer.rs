//! A complete answer of the server.

use std::time::Duration;

use airbridge_core::SecretText;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// A complete answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) is_json: bool,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// The body as JSON of a known form.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Option<T> {
        if self.is_json { serde_json::from_slice(&self.body).ok() } else { None }
    }
}

/// A string of an answer, moved into memory that is wiped.
#[derive(Debug)]
pub(crate) struct Secret(pub(crate) SecretText);

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretText::new(text)))
    }
}
