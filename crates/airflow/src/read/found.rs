//! A connection together with what its format cannot express.

use crate::connection::Connection;
use crate::reading::Unrepresentable;

/// A connection, and what the format that it was read from cannot express.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) connection: Connection,
    pub(super) loses: Unrepresentable,
}

impl Found {
    /// A connection read from a URI, which has no description and cannot distinguish absent from empty.
    pub(super) fn in_uri(connection: Connection) -> Self {
        Self {
            connection,
            loses: Unrepresentable {
                absence: true,
                absent_type: false,
                empty_password: true,
                description: true,
                types: true,
                unseen_description: false,
                spelling: false,
            },
        }
    }
}
