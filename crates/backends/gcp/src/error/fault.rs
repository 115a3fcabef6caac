//! The causes of failed calls that the store reacts to.

use crate::version_state::VersionState;

/// Why a call failed, where the store reacts to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// There is no such secret, no such version, or no version at all.
    Absent,
    /// A secret of this name already exists.
    Exists,
    /// The state of the secret or version forbids the call; the version's state, if the response names it.
    State(VersionState),
    /// Another client changed the secret at the same time.
    Changed,
    /// A permission is missing.
    Denied,
    /// Any other reason; the error says which.
    Other,
}

/// A failed call.
pub(crate) type Fault = airbridge_http::Fault<Cause>;
