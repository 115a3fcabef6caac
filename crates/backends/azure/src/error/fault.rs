//! The causes of failed calls that the store reacts to.

/// Why a call failed, where the store reacts to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// There is no such secret or no such version.
    Absent,
    /// The secret is disabled.
    Disabled,
    /// A deleted secret still holds the name.
    Deleted,
    /// A permission is missing.
    Denied,
    /// Any other reason; the error says which.
    Other,
}

/// A failed call.
pub(crate) type Fault = airbridge_http::Fault<Cause>;
