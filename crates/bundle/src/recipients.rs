//! Who can decrypt a bundle: public keys.

use std::fmt;

use age::ssh::ParseRecipientKeyError;
use airbridge_core::{Error, Result};

/// What a recipient can be, for hints.
const KNOWN: &str =
    "use a recipient that starts with age1, ssh-ed25519 or ssh-rsa, or @FILE with one per line";

type Boxed = Box<dyn age::Recipient + Send + Sync>;

/// Public keys. The owner of any of the secret keys can decrypt.
#[derive(Default)]
pub struct Recipients(pub(crate) Vec<Boxed>);

impl Recipients {
    /// Adds one recipient: `age1…`, `ssh-ed25519 …` or `ssh-rsa …`. `place` is where it stands, for messages.
    ///
    /// # Errors
    ///
    /// It is not such a recipient. The message never contains a secret key.
    pub fn add(&mut self, text: &str, place: &str) -> Result<()> {
        self.0.push(parsed(text.trim(), place)?);
        Ok(())
    }

    /// Adds the recipients of a file: one per line. Empty lines and lines that start with `#` are ignored.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add), or the file has none.
    pub fn add_file(&mut self, text: &str, path: &str) -> Result<()> {
        let before = self.0.len();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                self.add(line, &format!("{path}, line {}", index + 1))?;
            }
        }
        if self.0.len() == before {
            return Err(Error::config(format!("{path} contains no recipient")).with_hint(KNOWN));
        }
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipients({})", self.0.len())
    }
}

fn parsed(text: &str, place: &str) -> Result<Boxed> {
    let fail = |what: &str, hint: &str| Err(Error::config(format!("{place}: {what}")).with_hint(hint));
    let upper = text.to_ascii_uppercase();
    if upper.starts_with("AGE-SECRET-KEY-") || upper.contains("PRIVATE KEY") {
        return fail(
            "this is a secret key, not a recipient",
            "use the public key that belongs to it; `age-keygen -y FILE` prints it",
        );
    }
    if text.starts_with("ssh-") {
        return match text.parse::<age::ssh::Recipient>() {
            Ok(recipient) => Ok(Box::new(recipient)),
            Err(ParseRecipientKeyError::RsaModulusTooSmall | ParseRecipientKeyError::RsaModulusTooLarge) => {
                fail(
                    "the RSA key is not from 2048 to 4096 bits long",
                    "use an ed25519 key, or another RSA key",
                )
            }
            Err(_) => {
                fail("not a valid SSH public key", "use the whole line of an ed25519 or RSA public key")
            }
        };
    }
    if let Ok(recipient) = text.parse::<age::x25519::Recipient>() {
        return Ok(Box::new(recipient));
    }
    if text.starts_with("age1") {
        return fail("not a valid age recipient; recipients of age plugins are not supported", KNOWN);
    }
    fail("not a recipient", KNOWN)
}
