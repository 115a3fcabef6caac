//! Fernet, in which Airflow stores passwords, extras and variables.
//!
//! A key is 16 bytes to sign and 16 bytes to encrypt, in base64. A token is base64 of: `0x80`, the time in seconds (8 bytes,
//! big-endian), an initialisation vector (16), the text in AES-128-CBC with PKCS#7 padding, and an HMAC-SHA256 over all
//! before it (32). The time is not checked. (The Fernet specification; `cryptography.fernet` 50.0.2.)

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use airbridge_core::SecretText;
use aws_lc_rs::cipher::{
    AES_128, DecryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::{FixedLength, IV_LEN_128_BIT};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use zeroize::Zeroizing;

use crate::python_base64;

const VERSION: u8 = 0x80;
/// Version, time and initialisation vector.
const HEAD: usize = 1 + 8 + IV_LEN_128_BIT;
const HMAC: usize = 32;
const BLOCK: usize = 16;

/// The keys of a deployment: the first one encrypts, and each of them decrypts. Without a key, text is stored as it is.
#[derive(Clone)]
pub struct Fernet(Arc<[Key]>);

struct Key {
    sign: hmac::Key,
    encrypt: Zeroizing<[u8; 16]>,
}

/// Why a key or a token cannot be used. Contains no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FernetError {
    /// One of the keys, by its place from 1, is not a Fernet key.
    Key(usize),
    /// No key is configured.
    NoKey,
    /// It is not a token, or not a complete one.
    Damaged,
    /// No key opens it: they are the wrong ones, or the token was altered.
    WrongKey,
    /// What it holds is not UTF-8.
    Binary,
    /// The cryptography library refused.
    Library,
}

/// Which key opens a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Opener {
    /// Nothing is encrypted.
    Plain,
    /// The key at this place, counted from 0.
    Key(usize),
    /// No key.
    None,
}

impl fmt::Debug for Fernet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fernet({} keys)", self.0.len())
    }
}

impl Fernet {
    /// Reads the setting `[core] fernet_key`: keys that are separated by commas. An empty setting has no key.
    ///
    /// # Errors
    ///
    /// [`FernetError::Key`] for the first that is not 32 bytes in base64.
    pub fn new(setting: &SecretText) -> Result<Self, FernetError> {
        let setting = setting.expose();
        if setting.is_empty() {
            return Ok(Self(Arc::from([])));
        }
        let keys = setting
            .split(',')
            .enumerate()
            .map(|(index, text)| Key::parse(text).ok_or(FernetError::Key(index + 1)));
        Ok(Self(keys.collect::<Result<Vec<_>, _>>()?.into()))
    }

    /// Whether no key is configured. Text is then stored unencrypted.
    pub fn is_off(&self) -> bool {
        self.0.is_empty()
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Which key opens a token.
    pub(crate) fn opener(&self, token: &str) -> Opener {
        let opens = |key: &Key| decrypt(std::slice::from_ref(key), token).is_ok();
        self.0.iter().position(opens).map_or(Opener::None, Opener::Key)
    }

    /// The text in a token.
    ///
    /// # Errors
    ///
    /// No key opens it.
    pub fn decrypt(&self, token: &str) -> Result<SecretText, FernetError> {
        decrypt(&self.0, token)
    }

    /// A token of `text`, under the first key.
    ///
    /// # Errors
    ///
    /// [`FernetError::NoKey`], and [`FernetError::Library`].
    pub fn encrypt(&self, text: &str) -> Result<String, FernetError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.0.first().ok_or(FernetError::NoKey)?.seal(text, now)
    }

    /// The length of the token of a text of `bytes` bytes.
    pub fn token_len(bytes: usize) -> usize {
        let encrypted = (bytes / BLOCK + 1) * BLOCK;
        (HEAD + encrypted + HMAC).div_ceil(3) * 4
    }
}

/// The text in a token that one of the keys opens.
fn decrypt(keys: &[Key], token: &str) -> Result<SecretText, FernetError> {
    if keys.is_empty() {
        return Err(FernetError::NoKey);
    }
    let token = python_base64::decode(token).ok_or(FernetError::Damaged)?;
    let whole = HEAD + BLOCK + HMAC;
    if token.first() != Some(&VERSION) || token.len() < whole || !(token.len() - whole).is_multiple_of(BLOCK)
    {
        return Err(FernetError::Damaged);
    }
    let (signed, signature) = token.split_at(token.len() - HMAC);
    let signers = keys.iter().filter(|key| hmac::verify(&key.sign, signed, signature).is_ok());
    // Two keys can have the half in common that signs, and then the wrong one finds bytes without a meaning.
    let mut why = FernetError::WrongKey;
    for key in signers {
        match key.open(signed) {
            Ok(text) => return Ok(text),
            Err(error) => why = error,
        }
    }
    Err(why)
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        let bytes = python_base64::decode(text)?;
        let (sign, encrypt) = bytes.split_at_checked(16)?;
        let encrypt = Zeroizing::new(<[u8; 16]>::try_from(encrypt).ok()?);
        Some(Self { sign: hmac::Key::new(hmac::HMAC_SHA256, sign), encrypt })
    }

    fn cipher(&self) -> Result<UnboundCipherKey, FernetError> {
        UnboundCipherKey::new(&AES_128, &*self.encrypt).map_err(|_| FernetError::Library)
    }

    /// Decrypts what is signed.
    fn open(&self, signed: &[u8]) -> Result<SecretText, FernetError> {
        let (head, encrypted) = signed.split_at_checked(HEAD).ok_or(FernetError::Damaged)?;
        let vector = head.get(HEAD - IV_LEN_128_BIT..).unwrap_or_default();
        let vector = FixedLength::try_from(vector).map_err(|_| FernetError::Library)?;
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(self.cipher()?).map_err(|_| FernetError::Library)?;
        let mut buffer = Zeroizing::new(encrypted.to_vec());
        let text =
            key.decrypt(&mut buffer, DecryptionContext::Iv128(vector)).map_err(|_| FernetError::WrongKey)?;
        let text = std::str::from_utf8(text).map_err(|_| FernetError::Binary)?;
        Ok(SecretText::new(text))
    }

    fn seal(&self, text: &str, time: u64) -> Result<String, FernetError> {
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(self.cipher()?).map_err(|_| FernetError::Library)?;
        // With room for the padding: growing would leave a copy of the text in freed memory.
        let mut buffer = Zeroizing::new(Vec::with_capacity(text.len() + BLOCK));
        buffer.extend_from_slice(text.as_bytes());
        let context = key.encrypt(&mut *buffer).map_err(|_| FernetError::Library)?;
        let DecryptionContext::Iv128(vector) = context else { return Err(FernetError::Library) };
        let mut token = Vec::with_capacity(HEAD + buffer.len() + HMAC);
        token.push(VERSION);
        token.extend(time.to_be_bytes());
        token.extend(vector.as_ref());
        token.extend_from_slice(&buffer);
        token.extend(hmac::sign(&self.sign, &token).as_ref());
        Ok(URL_SAFE.encode(token))
    }
}

#[cfg(test)]
mod tests;
