//! The environment as a read-only store.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use airbridge_core::{
    Capabilities, Change, Content, Cursor, Descriptor, Environment, Error, ErrorKind, Header, Limits,
    Metadata, NamePrefix, Operation, Page, Payload, Rates, Read, Receipt, Rejection, Result, SecretName,
    SecretStore, State, Stored, SupportedMetadata, Undo,
};
use async_trait::async_trait;

/// The environment variables that the program supplies, each a string under its name.
#[derive(Debug)]
pub struct EnvironmentStore {
    descriptor: Descriptor,
    variables: Environment,
    undecodable: BTreeSet<String>,
}

impl EnvironmentStore {
    /// `undecodable` has the names of the variables whose value is not UTF-8. They are listed as damaged.
    pub fn new(variables: Environment, undecodable: BTreeSet<String>) -> Self {
        let descriptor = Descriptor {
            backend: "env",
            place: "env:".to_owned(),
            actor: None,
            capabilities: Capabilities {
                write: false,
                atomic_write: false,
                versions: false,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: usize::MAX, write_batch: 1, look_batch: 0, concurrency: 1 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &[],
            undo: Undo::NONE,
        };
        Self { descriptor, variables, undecodable }
    }

    fn stored(&self, name: &str) -> Option<Stored> {
        if self.undecodable.contains(name) {
            let message = format!("the value of the environment variable {name} is not UTF-8 text");
            return Some(Stored::hidden(State::Damaged { message }, None));
        }
        let value = self.variables.get(name)?;
        Some(Stored::payload(Payload::text(value), None))
    }
}

#[async_trait]
impl SecretStore for EnvironmentStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The rules of the operating system, although this store never writes a variable.
    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        if name.as_str().is_empty() || name.as_str().contains(['=', '\0']) {
            return Err(Rejection::new(
                "name-invalid",
                "the name of a variable must not be empty or contain `=` or NUL",
            ));
        }
        match payload {
            Payload::Text(text) if text.expose().contains('\0') => {
                Err(Rejection::new("value-invalid", "the value of a variable must not contain NUL"))
            }
            Payload::Text(_) => Ok(()),
            Payload::Fields(_) => Err(Rejection::new("shape", "a variable holds a string, not fields")),
        }
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        _there: Option<&Metadata>,
    ) -> SupportedMetadata {
        SupportedMetadata::nothing(metadata, "environment variables have no metadata")
    }

    async fn list_page(&self, prefix: &NamePrefix, _cursor: Option<&Cursor>) -> Result<Page> {
        let names: BTreeSet<&str> = self
            .variables
            .iter()
            .map(|(name, _)| name)
            .chain(self.undecodable.iter().map(String::as_str))
            .collect();
        let matching = names.into_iter().filter(|name| name.starts_with(prefix.as_str()));
        let header = |name: &str| {
            let stored = self.stored(name)?;
            let state = match &stored.content {
                Content::Payload(_) => State::Live,
                Content::Hidden(state) => state.clone(),
            };
            Some(Header { state, stored: Some(Arc::new(stored)), ..Header::live(SecretName::new(name)) })
        };
        Ok(Page { headers: matching.filter_map(header).collect(), next: None })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        Ok(wanted.iter().map(|read| Ok(self.stored(read.name.as_str()))).collect())
    }

    async fn write_batch(&self, _changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        Err(Error::new(ErrorKind::Unsupported, Operation::Write, "the environment is read-only"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use airbridge_core::{
        Action, Change, Environment, ErrorKind, Fields, NamePrefix, Payload, Read, SecretStore, State,
    };

    use super::EnvironmentStore;

    fn store() -> EnvironmentStore {
        let variables: Environment = [("A_1", "c4n4ry"), ("B_1", "x")].into_iter().collect();
        EnvironmentStore::new(variables, BTreeSet::from(["A_0".to_owned()]))
    }

    #[tokio::test]
    async fn undecodable_variable_is_listed_as_damaged() {
        let store = store();
        let page = store.list_page(&NamePrefix::new("A_"), None).await.unwrap();
        let names: Vec<_> = page.headers.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(names, ["A_0", "A_1"]);
        assert!(matches!(page.headers[0].state, State::Damaged { .. }));
        let read = store.read_batch(&[Read::current("A_0".into())]).await.unwrap().remove(0).unwrap();
        assert_eq!(read.as_ref(), page.headers[0].stored.as_deref());
        assert!(!format!("{store:?}").contains("c4n4ry"));
    }

    #[tokio::test]
    async fn write_is_unsupported() {
        let change = Change::new("A_2".into(), Action::Create(Payload::text("x")));
        assert_eq!(store().write_batch(&[change]).await.unwrap_err().kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn check_follows_the_rules_of_variables() {
        let reason =
            |name: &str, payload: &Payload| store().check(&name.into(), payload).err().map(|no| no.reason);
        assert_eq!(reason("A", &Payload::text("=\n")), None);
        assert_eq!(reason("", &Payload::text("x")), Some("name-invalid"));
        assert_eq!(reason("A=", &Payload::text("x")), Some("name-invalid"));
        assert_eq!(reason("A", &Payload::text("\0")), Some("value-invalid"));
        assert_eq!(reason("A", &Payload::Fields(Fields::new())), Some("shape"));
    }
}
