//! Names, prefixes, cursors and versions: strings with a type each, so that the compiler keeps them apart.

use std::fmt;
use std::sync::Arc;

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps the string unchanged. Clones share it.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(text.as_ref().into())
            }

            /// The string.
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
    /// The full name of a secret within its store, without account, project or mount. It is not secret: messages show it.
    SecretName
}
text_newtype! {
    /// The start of the names to list; empty for all names.
    NamePrefix
}
text_newtype! {
    /// The position of the next page of a listing. Only the store that returned it understands it.
    Cursor
}
text_newtype! {
    /// The version of a secret, as the service spells it. Versions can be compared for equality only.
    Version
}
