//! Names that look like those of entries, and that Airflow never requests all the same.

use airbridge_core::SecretName;

use super::names::{Layout, NamingError};
use crate::entry::{EntryId, Kind};

impl Layout {
    /// The kwarg with which Airflow looks up no entries of `kind` in the store, such as `variables_prefix`. `None` if it looks
    /// them up, or if the store could not hold them in any case.
    pub fn off_by(&self, kind: Kind) -> Option<&str> {
        self.roots.get(kind).off_by.as_deref()
    }

    /// The entry that `name` would be, and why Airflow does not request it: a lookup pattern, or a rule for ids. `None` for a
    /// name that it requests, and for one that is below no root.
    pub fn refused(&self, name: &SecretName) -> Option<(EntryId, NamingError)> {
        let mut refused = None;
        for kind in Kind::ALL {
            for root in &self.roots.get(kind).own {
                for key in self.style.keys(root, name.as_str()).into_iter().filter(|key| !key.is_empty()) {
                    let id = EntryId::new(kind, key).with_team(self.team.clone());
                    match self.names_of(&id) {
                        Ok(_) => {}
                        Err(error) => refused = refused.or(Some((id, error))),
                    }
                }
            }
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::SecretName;

    use crate::{AirflowVersion, Kind, Layout, PerKind, Prefix, Scheme};

    fn aws(prefixes: PerKind<Prefix>, lookup: PerKind<Option<String>>) -> Layout {
        let scheme = Scheme::AwsSecretsManager { prefixes, sep: None, lookup };
        Layout::new(&scheme, AirflowVersion::V3_3, None).unwrap()
    }

    #[test]
    fn null_prefix_switches_its_kind_off() {
        let prefixes = PerKind { variables: Prefix::Off, ..PerKind::default() };
        let layout = aws(prefixes, PerKind::default());
        assert_eq!(layout.off_by(Kind::Variable), Some("variables_prefix"));
        assert_eq!(layout.off_by(Kind::Connection), None);
        let files = Layout::new(&Scheme::Environment, AirflowVersion::V3_3, None).unwrap();
        assert_eq!(files.off_by(Kind::Config), None);
    }

    #[test]
    fn name_that_a_lookup_pattern_excludes_is_refused_with_its_id() {
        let lookup = PerKind { connections: Some("prod_".to_owned()), ..PerKind::default() };
        let layout = aws(PerKind::default(), lookup);
        let (id, error) = layout.refused(&SecretName::new("airflow/connections/dev_db")).unwrap();
        assert_eq!((id.to_string().as_str(), error.reason), ("conn:dev_db", "outside-lookup-pattern"));
        assert!(layout.refused(&SecretName::new("airflow/connections/prod_db")).is_none());
        assert!(layout.refused(&SecretName::new("other")).is_none());
    }
}
