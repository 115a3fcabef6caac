//! Secret keys that decrypt bundles.

use std::fmt;

use age::IdentityFile;
use age::ssh::{Identity as SshIdentity, UnsupportedKey};
use airbridge_core::{Error, Result};
use zeroize::Zeroizing;

use crate::age_file::is_age;

type Boxed = Box<dyn age::Identity + Send + Sync>;

/// Secret keys. `Debug` shows their number only.
#[derive(Default)]
pub struct Identities(pub(crate) Vec<Boxed>);

impl Identities {
    /// Adds the keys of an identity file: the file of `age-keygen`, or an SSH private key without a passphrase. `path` is for
    /// messages.
    ///
    /// # Errors
    ///
    /// The file has no such key, or is itself encrypted.
    pub fn add_file(&mut self, bytes: &[u8], path: &str) -> Result<()> {
        let fail = |what: &str, hint: &str| Err(Error::config(format!("{path} {what}")).with_hint(hint));
        if is_age(bytes) {
            return fail(
                "is itself encrypted, and airbridge reads only identity files that are not",
                "decrypt it with `age -d`, and name the result, or a pipe such as <(age -d FILE)",
            );
        }
        if contains(bytes, b"PRIVATE KEY-----") {
            return self.add_ssh(bytes, path);
        }
        if !contains(bytes, b"AGE-SECRET-KEY-1") {
            return fail(
                "contains no identity",
                "name a file of `age-keygen`, or an SSH private key without a passphrase",
            );
        }
        let read = IdentityFile::from_buffer(bytes).ok().and_then(|file| file.into_identities().ok());
        match read {
            Some(keys) if !keys.is_empty() => {
                self.0.extend(keys);
                Ok(())
            }
            _ => fail(
                "has a line that is not an identity",
                "keep only lines that start with AGE-SECRET-KEY-1, and comments that start with #",
            ),
        }
    }

    fn add_ssh(&mut self, bytes: &[u8], path: &str) -> Result<()> {
        let fail = |what: &str, hint: &str| Err(Error::config(format!("{path} {what}")).with_hint(hint));
        let mut lines = Zeroizing::new(Vec::with_capacity(bytes.len() + 1));
        lines.extend_from_slice(bytes);
        lines.push(b'\n');
        match SshIdentity::from_buffer(lines.as_slice(), None) {
            Ok(key @ SshIdentity::Unencrypted(_)) => {
                self.0.push(Box::new(key));
                Ok(())
            }
            Ok(SshIdentity::Encrypted(_) | SshIdentity::Unsupported(UnsupportedKey::EncryptedPem)) => fail(
                "is protected with a passphrase, and airbridge reads only identity files that are not",
                "use an identity of `age-keygen`, or remove the passphrase from a copy with `ssh-keygen -p`",
            ),
            Ok(SshIdentity::Unsupported(_)) => {
                fail("is an SSH key of a type that age does not support", "use an ed25519 or RSA key")
            }
            Err(_) => {
                fail("is not a valid SSH private key", "use an ed25519 or RSA key in a file of `ssh-keygen`")
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identities({})", self.0.len())
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}
