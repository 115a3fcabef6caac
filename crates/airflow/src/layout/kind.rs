//! One value for each kind of entry.

use crate::entry::Kind;

/// One value for each kind of entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerKind<T> {
    /// For connections.
    pub connections: T,
    /// For variables.
    pub variables: T,
    /// For config options.
    pub config: T,
}

impl<T> PerKind<T> {
    /// The value for `kind`.
    pub fn get(&self, kind: Kind) -> &T {
        match kind {
            Kind::Connection => &self.connections,
            Kind::Variable => &self.variables,
            Kind::Config => &self.config,
        }
    }

    /// The value for `kind`, for changing it.
    pub fn get_mut(&mut self, kind: Kind) -> &mut T {
        match kind {
            Kind::Connection => &mut self.connections,
            Kind::Variable => &mut self.variables,
            Kind::Config => &mut self.config,
        }
    }

    /// Calls `make` for each kind and returns the values, or the first error.
    pub(super) fn try_from_fn<E>(mut make: impl FnMut(Kind) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self {
            connections: make(Kind::Connection)?,
            variables: make(Kind::Variable)?,
            config: make(Kind::Config)?,
        })
    }
}
