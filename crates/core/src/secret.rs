//! A string that cannot be printed and is wiped when it is dropped.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A string that may be secret: `Debug` never shows it, it has no `Display`, and its memory is wiped on drop.
///
/// Clones and [slices](Self::slice) share the memory, which is wiped when the last of them is dropped. Call
/// [`expose`](Self::expose) only to parse, compare or send the string, or to write it where the user asked.
#[derive(Clone)]
pub struct SecretText {
    buffer: Arc<Zeroizing<String>>,
    /// The part of the buffer in bytes, at the limits of characters. [`WHOLE`] stands for all of it, however long it is.
    /// Documents have many texts, so they are small.
    start: u32,
    end: u32,
}

const WHOLE: u32 = u32::MAX;

impl SecretText {
    /// Takes ownership of `text`. Earlier copies are not wiped; the caller must wipe them.
    pub fn new(text: impl Into<String>) -> Self {
        Self::shared(Zeroizing::new(text.into()))
    }

    /// The text in a buffer that is wiped already.
    pub fn shared(buffer: Zeroizing<String>) -> Self {
        Self { buffer: Arc::new(buffer), start: 0, end: WHOLE }
    }

    /// The whole string in a buffer of its own; copied if clones or slices share it.
    pub fn into_buffer(self) -> Zeroizing<String> {
        if self.end != WHOLE {
            return Zeroizing::new(self.expose().to_owned());
        }
        Arc::try_unwrap(self.buffer).unwrap_or_else(|shared| (*shared).clone())
    }

    /// The string itself. The caller must not log or store it.
    pub fn expose(&self) -> &str {
        if self.end == WHOLE {
            return &self.buffer;
        }
        // Both were checked when the slice was made.
        self.buffer.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// A part of the string, in bytes. It shares the memory, so that the whole string stays there until the last part of it
    /// is dropped. Empty if the range does not lie within the string, at the limits of characters.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let Some(text) = self.expose().get(range.clone()) else { return Self::default() };
        let position = |at: usize| u32::try_from(self.start as usize + at).ok().filter(|at| *at != WHOLE);
        match (position(range.start), position(range.end)) {
            (Some(start), Some(end)) => Self { buffer: Arc::clone(&self.buffer), start, end },
            // Beyond 4 GiB.
            _ => Self::new(text),
        }
    }

    /// Whether the string is empty.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Length in UTF-8 bytes, which is how services count.
    pub fn len(&self) -> usize {
        self.expose().len()
    }
}

impl Default for SecretText {
    fn default() -> Self {
        Self::new(String::new())
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for SecretText {}

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
        assert_eq!(format!("{:?}", SecretText::new("canary").slice(1..3)), "[REDACTED]");
    }

    #[test]
    fn buffer_is_copied_only_if_it_is_shared() {
        let text = SecretText::new("abc");
        let place = text.expose().as_ptr();
        let slice = text.slice(1..2);
        assert_eq!((slice.clone().into_buffer().as_str(), text.clone().into_buffer().as_str()), ("b", "abc"));
        drop(slice);
        assert_eq!(text.into_buffer().as_ptr(), place);
    }

    #[test]
    fn slices_are_parts_of_the_text_and_of_slices() {
        let text = SecretText::new("aé日b");
        let slice = text.slice(1..6);
        assert_eq!((slice.expose(), slice.len()), ("é日", 5));
        assert_eq!(slice.slice(2..5).expose(), "日");
        assert_eq!(slice, SecretText::new("é日"));
        drop(text);
        assert_eq!(slice.expose(), "é日");
        // Within a character, and beyond the end of the slice.
        for range in [1..2, 0..9, 5..6] {
            assert!(slice.slice(range.clone()).is_empty(), "{range:?}");
        }
    }
}
