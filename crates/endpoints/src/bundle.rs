//! What the command line says about bundles: who can decrypt a new one, and what decrypts an existing one.

use std::path::PathBuf;

use airbridge_airflow::{EntryId, ReadRules};
use airbridge_core::{Payload, SecretText};

use crate::error::Result;

/// Asks for the passphrase of a bundle at the terminal. The first argument is the bundle, as messages name it; the second
/// is whether it is a new passphrase, which is asked for twice.
pub type AskPassphrase = fn(&str, bool) -> Result<SecretText>;

/// What encrypts and decrypts the bundles of a run.
#[derive(Clone, Debug, Default)]
pub struct BundleOptions {
    /// Who can decrypt a new bundle: public keys, and `@FILE` for a file of them.
    pub recipients: Vec<String>,
    /// Whether a new bundle is encrypted with a passphrase instead.
    pub passphrase: bool,
    /// The files with the secret keys that decrypt an existing bundle.
    pub identities: Vec<PathBuf>,
    /// Asks the user for a passphrase if no file has it. `None` in programs without a user at a terminal.
    pub ask: Option<AskPassphrase>,
}

/// A new file that states by which rules it is read: those of the source that it is made from.
pub(crate) trait StatesRules: std::fmt::Debug + Send + Sync {
    /// Sets the rules. Called once, before anything is planned.
    fn set_rules(&self, rules: &ReadRules);
}

/// What a backup holds.
#[derive(Debug)]
pub struct SavedValues {
    /// The rules by which Airflow reads the target, and so the payloads.
    pub rules: ReadRules,
    /// What the target held.
    pub former: Vec<(EntryId, Payload)>,
    /// What the run was about to write in its place.
    pub written: Vec<(EntryId, Payload)>,
}
