//! The state of a version.

/// Whether a version's value can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionState {
    /// The value can be read.
    Enabled,
    /// The value cannot be read until the version is enabled again.
    Disabled,
    /// The value is deleted permanently.
    Destroyed,
    /// The service did not say.
    Unknown,
}
