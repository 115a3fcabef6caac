//! A string that cannot be printed and is wiped when it is dropped.

use std::fmt;

use zeroize::Zeroizing;

/// A string that may be secret: `Debug` never shows it, it has no `Display`, and its memory is wiped on drop.
///
/// Call [`expose`](Self::expose) only to parse, compare or send the string, or to write it where the user asked.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes ownership of `text`. Earlier copies are not wiped; the caller must wipe them.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The string itself. The caller must not log or store it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the string is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Length in UTF-8 bytes, which is how services count.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::SecretText;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", SecretText::new("canary")), "[REDACTED]");
    }
}
