//! Many entries at once: which prefixes to list, and where a store keeps its entries.

use std::fmt;

use airbridge_core::NamePrefix;

use super::names::Layout;
use super::style::KeyStyle;
use crate::entry::Kind;

impl Layout {
    /// The prefixes to list to find every entry of `kinds`. None is a prefix of another. A store that ignores case in
    /// names must also ignore it in prefixes.
    pub fn prefixes(&self, kinds: &[Kind]) -> Vec<NamePrefix> {
        let roots = kinds.iter().flat_map(|kind| &self.roots.get(*kind).own);
        let mut starts: Vec<&str> = match self.style {
            // Names start with the mount, which can be any.
            KeyStyle::MountedPath => roots.map(|_| "").collect(),
            _ => roots.map(String::as_str).collect(),
        };
        starts.sort_unstable();
        // In this order, a string comes directly after its prefix, or after others with the same prefix.
        starts.dedup_by(|next, kept| next.starts_with(*kept));
        starts.into_iter().map(NamePrefix::new).collect()
    }

    /// The names of each kind that the store can hold, with `*` for the id: `airflow/connections/*`. Several names of
    /// a kind are in the order in which Airflow tries them.
    pub fn describe(&self) -> Vec<(Kind, Vec<String>)> {
        let held = Kind::ALL.into_iter().filter(|kind| self.holds(*kind));
        held.map(|kind| (kind, self.roots.get(kind).own.iter().map(|root| self.glob(root)).collect()))
            .collect()
    }

    fn glob(&self, root: &str) -> String {
        match self.style {
            KeyStyle::MountedPath => format!("MOUNT/{root}*"),
            _ => format!("{root}*"),
        }
    }
}

/// `connections airflow/connections/*, variables airflow/variables/*`
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (kind, names)) in self.describe().into_iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} {}", kind.plural(), names.join(" or "))?;
        }
        Ok(())
    }
}
