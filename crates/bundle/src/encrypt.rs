//! From bytes to an encrypted file.

use std::io::Write;

use age::{Encryptor, Recipient, scrypt};
use airbridge_core::{DocumentError, SecretText};

use crate::passphrase;
use crate::recipients::Recipients;

/// The work factor of scrypt, as in `age`: each attempt at a passphrase takes about a second and 256 MiB.
const WORK_FACTOR: u8 = 18;

/// What can decrypt a file.
#[derive(Debug)]
pub enum Lock {
    /// The secret key of any recipient.
    Recipients(Recipients),
    /// A passphrase.
    Passphrase(SecretText),
}

/// Encrypts a whole file, in the binary form of age.
///
/// # Errors
///
/// The list of recipients is empty, or its recipients cannot be combined.
pub fn encrypt(plain: &[u8], lock: &Lock) -> Result<Vec<u8>, DocumentError> {
    let encryptor = match lock {
        Lock::Recipients(recipients) => {
            let each = recipients.0.iter().map(|recipient| recipient.as_ref() as &dyn Recipient);
            Encryptor::with_recipients(each)
        }
        Lock::Passphrase(text) => {
            let mut recipient = scrypt::Recipient::new(passphrase(text));
            recipient.set_work_factor(WORK_FACTOR);
            Encryptor::with_recipients(std::iter::once(&recipient as &dyn Recipient))
        }
    };
    let encryptor =
        encryptor.map_err(|_| DocumentError::new("the file cannot be encrypted for these recipients"))?;
    let fail =
        |error: std::io::Error| DocumentError::new(format!("the file cannot be encrypted: {}", error.kind()));
    // The room for the header and for the authentication of each part.
    let room = plain.len() + plain.len() / 1024 + 4096;
    let mut writer = encryptor.wrap_output(Vec::with_capacity(room)).map_err(fail)?;
    writer.write_all(plain).and_then(|()| writer.finish()).map_err(fail)
}
