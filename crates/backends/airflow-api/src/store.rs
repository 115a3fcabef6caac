//! The store: connections and variables are secrets with named fields.

use std::sync::Arc;
use std::time::Duration;

use airbridge_core::{
    Capabilities, Change, Cursor, Descriptor, Error, ErrorKind, Header, Limits, Metadata, NamePrefix,
    Operation, Page, Payload, Rates, Read, Receipt, Rejection, Result, SecretName, SecretStore, Stored,
    SupportedMetadata, one_by_one,
};
use async_trait::async_trait;

use crate::client::Client;
use crate::settings::{ApiVersion, Settings};

/// What the names of connections and variables start with.
const CONNECTIONS: &str = "connections/";
const VARIABLES: &str = "variables/";
const ROOTS: [&str; 2] = [CONNECTIONS, VARIABLES];

/// An Airflow as a store. Entries are named `connections/ID` and `variables/KEY`.
#[derive(Debug)]
pub struct ApiStore {
    descriptor: Descriptor,
    client: Client,
    team: Option<String>,
}

/// Opens an Airflow: finds out the version of its API. Whether it accepts the user is known with the first request.
///
/// # Errors
///
/// `Config` if the address is not that of an Airflow, `Unreachable`, and `Unauthenticated` without a token or user.
pub async fn open(settings: Settings) -> Result<Arc<ApiStore>> {
    let client = Client::new(&settings).await?;
    if settings.team.is_some() && client.version == ApiVersion::V1 {
        return Err(Error::config("Airflow 2 has no teams").with_hint("remove `team`"));
    }
    let descriptor = Descriptor {
        backend: "airflow-api",
        place: client.place.clone(),
        actor: client.user().map(str::to_owned),
        capabilities: Capabilities {
            write: false,
            atomic_write: false,
            versions: false,
            metadata: false,
            lists_by_prefix: true,
        },
        limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 8 },
        rates: Rates::default(),
        read_lag: Duration::ZERO,
    };
    Ok(Arc::new(ApiStore { descriptor, client, team: settings.team }))
}

impl ApiStore {
    /// The version of the API.
    pub fn api_version(&self) -> ApiVersion {
        self.client.version
    }

    fn is_own(&self, team: Option<&str>) -> bool {
        self.team.as_deref() == team
    }

    async fn read(&self, read: &Read) -> Result<Option<Stored>> {
        let version = self.client.version;
        match split(read.name.as_str()) {
            Some((CONNECTIONS, id)) => {
                let found = self.client.connection(id).await?;
                Ok(found
                    .filter(|found| self.is_own(found.team_name.as_deref()))
                    .map(|found| found.stored(version)))
            }
            Some((_, key)) => {
                let found = self.client.variable(key).await?;
                Ok(found
                    .filter(|found| self.is_own(found.team_name.as_deref()))
                    .map(|found| found.stored(version)))
            }
            None => Ok(None),
        }
    }

    /// The entries on a page, with the number of all entries and of those on the page.
    async fn page(&self, root: &str, offset: usize) -> Result<(Vec<Header>, usize, usize)> {
        let version = self.client.version;
        let header = |id: &str, stored| Header {
            stored: Some(Arc::new(stored)),
            ..Header::live(SecretName::new(format!("{root}{id}")))
        };
        if root == CONNECTIONS {
            let page = self.client.connections(offset).await?;
            let count = page.connections.len();
            let own = page.connections.into_iter().filter(|found| self.is_own(found.team_name.as_deref()));
            let headers = own.map(|found| header(&found.id.clone(), found.stored(version)));
            Ok((headers.collect(), page.total_entries, count))
        } else {
            let page = self.client.variables(offset).await?;
            let count = page.variables.len();
            let own = page.variables.into_iter().filter(|found| self.is_own(found.team_name.as_deref()));
            let headers = own.map(|found| header(&found.key.clone(), found.stored(version)));
            Ok((headers.collect(), page.total_entries, count))
        }
    }

    fn unsteady(&self) -> Error {
        let message = format!("{} has other entries than when the listing began", self.descriptor.place);
        Error::new(ErrorKind::Unexpected, Operation::List, message)
            .with_hint("run the same command again when nothing is being added or removed")
    }
}

#[async_trait]
impl SecretStore for ApiStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        match (split(name.as_str()), payload) {
            (None, _) => {
                Err(Rejection::new("name-invalid", "the name is not `connections/ID` or `variables/KEY`"))
            }
            (_, Payload::Text(_)) => {
                Err(Rejection::new("shape", "an entry has named fields, not a single string"))
            }
            (_, Payload::Fields(_)) => Ok(()),
        }
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        _current: Option<&Metadata>,
    ) -> SupportedMetadata {
        SupportedMetadata::nothing(metadata, "Airflow's entries have no metadata")
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        // The cursor names the kind, the next entry, and how many there are: `variables/100/250`.
        let (root, offset, known) = match cursor {
            None => match ROOTS.into_iter().find(|root| overlaps(root, prefix)) {
                Some(root) => (root, 0, None),
                None => return Ok(Page { headers: Vec::new(), next: None }),
            },
            Some(cursor) => parse(cursor).ok_or_else(|| self.unsteady())?,
        };
        let (mut headers, total, count) = self.page(root, offset).await?;
        // Without an entry, the next page would be the same again.
        if known.is_some_and(|known| known != total) || (count == 0 && offset < total) {
            return Err(self.unsteady());
        }
        headers.retain(|header| header.name.as_str().starts_with(prefix.as_str()));
        let after = offset + count;
        let next = if after < total {
            Some(format!("{root}{after}/{total}"))
        } else {
            let following = ROOTS.into_iter().skip_while(|other| *other != root).nth(1);
            following.filter(|root| overlaps(root, prefix)).map(|root| format!("{root}0"))
        };
        Ok(Page { headers, next: next.map(Cursor::new) })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        one_by_one(wanted, |read| self.read(read)).await
    }

    async fn write_batch(&self, _changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let message = format!("{} can only be read", self.descriptor.place);
        Err(Error::new(ErrorKind::Unsupported, Operation::Write, message))
    }
}

/// The root and the rest of a name.
fn split(name: &str) -> Option<(&'static str, &str)> {
    let root = ROOTS.into_iter().find(|root| name.starts_with(root))?;
    let id = name.strip_prefix(root)?;
    // As the end of a path, these would lead elsewhere.
    let is_path = id.split('/').any(|part| matches!(part, "" | "." | ".."));
    (!is_path).then_some((root, id))
}

fn parse(cursor: &Cursor) -> Option<(&'static str, usize, Option<usize>)> {
    let root = ROOTS.into_iter().find(|root| cursor.as_str().starts_with(root))?;
    let rest = cursor.as_str().strip_prefix(root)?;
    match rest.split_once('/') {
        Some((offset, total)) => Some((root, offset.parse().ok()?, Some(total.parse().ok()?))),
        None => Some((root, rest.parse().ok()?, None)),
    }
}

/// Whether entries of a kind can have names with this prefix.
fn overlaps(root: &str, prefix: &NamePrefix) -> bool {
    root.starts_with(prefix.as_str()) || prefix.as_str().starts_with(root)
}
