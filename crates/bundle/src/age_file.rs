//! Whether bytes are an encrypted file, and its binary form.

use std::borrow::Cow;
use std::io::Read;

use age::armor::ArmoredReader;
use airbridge_core::DocumentError;

const BINARY: &[u8] = b"age-encryption.org/";
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// The size of the largest header, which lists the recipients.
const HEADER_LIMIT: usize = 1 << 20;

/// Whether the bytes begin like an encrypted file.
pub(crate) fn is_age(bytes: &[u8]) -> bool {
    bytes.starts_with(BINARY) || bytes.trim_ascii_start().starts_with(ARMOR)
}

/// The binary form of a file, which may be in text form.
pub(crate) fn binary(cipher: &[u8]) -> Result<Cow<'_, [u8]>, DocumentError> {
    if !is_age(cipher) {
        return Err(DocumentError::new("not an encrypted bundle").with_hint(
            "name a file that `airbridge export` made, or give a file of another format another name",
        ));
    }
    let cipher = if cipher.starts_with(BINARY) {
        Cow::Borrowed(cipher)
    } else {
        let mut bytes = Vec::with_capacity(cipher.len());
        ArmoredReader::new(cipher).read_to_end(&mut bytes).map_err(|_| damaged())?;
        Cow::Owned(bytes)
    };
    let start = &cipher[..cipher.len().min(HEADER_LIMIT)];
    if start.windows(4).any(|part| part == b"\n---") { Ok(cipher) } else { Err(damaged()) }
}

/// The error for a file that is not as it was made.
pub(crate) fn damaged() -> DocumentError {
    DocumentError::new("the file is damaged or cut off").with_hint("copy it again from where it was made")
}
