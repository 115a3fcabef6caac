//! What encrypts and decrypts bundles.

use std::path::PathBuf;

use airbridge_endpoints::BundleOptions;
use clap::Args;

/// What decrypts a bundle.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Bundles")]
pub(crate) struct IdentityOptions {
    /// Decrypt a bundle (FILE.age) with the secret key in FILE: of age-keygen, or an SSH key (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Vec<PathBuf>,
}

/// What encrypts a bundle.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Bundles")]
pub(crate) struct RecipientOptions {
    /// Encrypt the bundle (FILE.age) for this public key: age1…, ssh-…, or @FILE with one per line (repeatable)
    #[arg(long, value_name = "RECIPIENT")]
    pub(crate) recipient: Vec<String>,
    /// Encrypt the bundle with a passphrase: from the file that `AIRBRIDGE_PASSPHRASE_FILE` names, or a prompt
    #[arg(long, conflicts_with = "recipient")]
    pub(crate) passphrase: bool,
}

/// A path that does not depend on the working directory.
pub(crate) fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

impl IdentityOptions {
    /// The same, with paths that do not depend on the working directory.
    pub(crate) fn absolute(self) -> Self {
        Self { identity: self.identity.into_iter().map(absolute).collect() }
    }

    /// The options of a command that only reads bundles.
    pub(crate) fn options(&self) -> BundleOptions {
        BundleOptions { identities: self.identity.clone(), ..BundleOptions::default() }
    }
}

impl RecipientOptions {
    /// The same, with paths that do not depend on the working directory.
    pub(crate) fn absolute(self) -> Self {
        let absolute = |text: String| match text.strip_prefix('@') {
            Some(path) => format!("@{}", absolute(path.into()).display()),
            None => text,
        };
        Self { recipient: self.recipient.into_iter().map(absolute).collect(), ..self }
    }

    /// Adds what encrypts a new bundle.
    pub(crate) fn add_to(self, options: &mut BundleOptions) {
        options.recipients = self.recipient;
        options.passphrase = self.passphrase;
    }
}
