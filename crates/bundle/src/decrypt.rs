//! From an encrypted file to bytes, once all of it is authenticated.

use std::borrow::Cow;
use std::io::Read;

use age::armor::ArmoredReader;
use age::{DecryptError, Decryptor, Identity, scrypt};
use airbridge_core::{DocumentError, SecretText};
use zeroize::Zeroizing;

use crate::identities::Identities;
use crate::passphrase;

const BINARY: &[u8] = b"age-encryption.org/";
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// The size of the largest header, which lists the recipients.
const HEADER_LIMIT: usize = 1 << 20;

/// The most work that a file may ask for to try a passphrase, as in `age`: 16 times as much as usual.
const MAX_WORK_FACTOR: u8 = 22;

/// What decrypts a file.
#[derive(Debug)]
pub enum Key {
    /// Secret keys, of which one must fit.
    Identities(Identities),
    /// A passphrase.
    Passphrase(SecretText),
}

/// What a file needs to be decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// An identity.
    Recipients,
    /// A passphrase.
    Passphrase,
}

/// Whether the bytes begin like an encrypted file.
pub(crate) fn is_age(bytes: &[u8]) -> bool {
    bytes.starts_with(BINARY) || bytes.trim_ascii_start().starts_with(ARMOR)
}

/// What the file needs to be decrypted. Nothing is decrypted.
///
/// # Errors
///
/// The bytes are not an encrypted file, or its header is damaged.
pub fn protection(cipher: &[u8]) -> Result<Protection, DocumentError> {
    let cipher = binary(cipher)?;
    let decryptor = Decryptor::new_buffered(&*cipher).map_err(|error| explained(&error, None))?;
    Ok(if decryptor.is_scrypt() { Protection::Passphrase } else { Protection::Recipients })
}

/// Decrypts a whole file. Nothing is returned unless every byte of it is authentic.
///
/// # Errors
///
/// The file is not encrypted, damaged or cut off, or the key does not fit. No error contains a part of the content.
pub fn decrypt(cipher: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, DocumentError> {
    let cipher = binary(cipher)?;
    let decryptor = Decryptor::new_buffered(&*cipher).map_err(|error| explained(&error, None))?;
    let opened = match (key, decryptor.is_scrypt()) {
        (Key::Identities(identities), false) => {
            decryptor.decrypt(identities.0.iter().map(|identity| identity.as_ref() as &dyn Identity))
        }
        (Key::Passphrase(text), true) => {
            let mut identity = scrypt::Identity::new(passphrase(text));
            identity.set_max_work_factor(MAX_WORK_FACTOR);
            decryptor.decrypt(std::iter::once(&identity as &dyn Identity))
        }
        (Key::Identities(_), true) => {
            return Err(DocumentError::new("the file is encrypted with a passphrase, not for an identity")
                .with_hint("leave out --identity"));
        }
        (Key::Passphrase(_), false) => {
            return Err(DocumentError::new("the file is encrypted for recipients, not with a passphrase")
                .with_hint("name the file with your secret key with --identity"));
        }
    };
    let mut reader = opened.map_err(|error| explained(&error, Some(key)))?;
    // The content is shorter than the file, so the buffer never grows.
    let mut plain = Zeroizing::new(vec![0; cipher.len()]);
    let mut filled = 0;
    loop {
        match reader.read(&mut plain[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return Err(damaged()),
        }
    }
    plain.truncate(filled);
    Ok(plain)
}

/// The binary form of a file, which may be in text form.
fn binary(cipher: &[u8]) -> Result<Cow<'_, [u8]>, DocumentError> {
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

fn damaged() -> DocumentError {
    DocumentError::new("the file is damaged or cut off").with_hint("copy it again from where it was made")
}

fn explained(error: &DecryptError, key: Option<&Key>) -> DocumentError {
    match (error, key) {
        (DecryptError::UnknownFormat, _) => {
            DocumentError::new("a version of the age format that airbridge does not know")
                .with_hint("encrypt the file again with age 1")
        }
        (DecryptError::ExcessiveWork { .. }, _) => {
            DocumentError::new("trying the passphrase would take far more work than age allows")
                .with_hint("encrypt the file again with `age -p` and the same passphrase")
        }
        (DecryptError::NoMatchingKeys, Some(_)) => {
            DocumentError::new("none of the identities can decrypt the file")
                .with_hint("name the secret key of one of its recipients with --identity")
        }
        (DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed, Some(Key::Passphrase(_))) => {
            DocumentError::new("the passphrase is wrong")
                .with_hint("run again with the passphrase of this file")
        }
        _ => damaged(),
    }
}
