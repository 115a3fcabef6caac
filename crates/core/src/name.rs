//! Names, prefixes, cursors and versions: opaque texts that must not be mixed up.

use std::fmt;

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

text_newtype! {
    /// What the store calls a secret, in full, without the account, project or mount around it. Never a value.
    SecretName
}
text_newtype! {
    /// The start of the names that a listing is asked for; empty asks for all.
    NamePrefix
}
text_newtype! {
    /// Where a listing goes on; only the store that gave it can read it.
    Cursor
}
text_newtype! {
    /// One state of a secret, in the store's own words; only equality means anything.
    Version
}
