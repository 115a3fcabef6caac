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

impl IdentityOptions {
    /// The options of a command that only reads bundles.
    pub(crate) fn options(&self) -> BundleOptions {
        BundleOptions { identities: self.identity.clone(), ..BundleOptions::default() }
    }
}

impl RecipientOptions {
    /// Adds what encrypts a new bundle.
    pub(crate) fn add_to(self, options: &mut BundleOptions) {
        options.recipients = self.recipient;
        options.passphrase = self.passphrase;
    }
}
