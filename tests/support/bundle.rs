//! Keys of bundles.

use crate::Airbridge;

/// A recipient, whose secret key is in [`IDENTITY`].
pub const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

/// An identity file. The key is published: it is one of the age project's own tests.
pub const IDENTITY: &str =
    "# for tests only\nAGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33\n";

impl Airbridge {
    /// Writes `key.txt`, an identity, and `team.txt`, the recipient that belongs to it.
    ///
    /// # Panics
    /// If they cannot be written.
    pub fn write_keys(&self) {
        self.write_private("key.txt", IDENTITY);
        self.write("team.txt", format!("# who can read bundles\n{RECIPIENT}\n"));
    }

    /// Writes a file that only its owner can read.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write_private(&self, name: &str, content: impl AsRef<[u8]>) {
        use std::os::unix::fs::PermissionsExt;
        self.write(name, content);
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.home().join(name), mode).expect("a private file");
    }
}
