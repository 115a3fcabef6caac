//! From an encrypted file to bytes, once all of it is authenticated.

use std::io::Read;

use age::{DecryptError, Decryptor, Identity, scrypt};
use airbridge_core::{DocumentError, SecretText};
use zeroize::Zeroizing;

use crate::age_file::{binary, damaged};
use crate::identities::Identities;
use crate::passphrase;

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
