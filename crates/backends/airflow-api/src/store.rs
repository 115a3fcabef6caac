//! The store: connections and variables are secrets with named fields.

use std::sync::Arc;
use std::time::Duration;

use airbridge_core::{
    Capabilities, Change, Cursor, Descriptor, Error, ErrorKind, Header, Limits, Metadata, NamePrefix,
    Operation, Page, Payload, Policy, PolicyRequest, Rates, Read, Receipt, Rejection, Result, SecretName,
    SecretStore, Stored, SupportedMetadata, Undo, one_by_one,
};
use async_trait::async_trait;

use crate::check::check;
use crate::client::Client;
use crate::name::{CONNECTIONS, ROOTS, overlaps, split};
use crate::policy::policies;
use crate::settings::{ApiVersion, Settings};
use crate::write::Writer;

/// An Airflow as a store. Entries are named `connections/ID` and `variables/KEY`.
#[derive(Debug)]
pub struct ApiStore {
    descriptor: Descriptor,
    client: Client,
    writer: Writer,
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
            write: true,
            atomic_write: false,
            versions: false,
            metadata: false,
            lists_by_prefix: true,
        },
        limits: Limits {
            read_batch: 1,
            write_batch: if client.version == ApiVersion::V2 { 50 } else { 1 },
            look_batch: 0,
            concurrency: 4,
        },
        rates: Rates::default(),
        read_lag: Duration::ZERO,
        unremovable: &["password"],
        undo: Undo::NONE,
    };
    let writer = Writer::new(settings.team.clone());
    Ok(Arc::new(ApiStore { descriptor, client, writer, team: settings.team }))
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
                    .map(|found| found.stored(version, false)))
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

    /// The entries on a page.
    async fn page(&self, root: &str, offset: usize) -> Result<Listed> {
        let version = self.client.version;
        let header = |id: &str, stored| Header {
            stored: Some(Arc::new(stored)),
            ..Header::live(SecretName::new(format!("{root}{id}")))
        };
        if root == CONNECTIONS {
            let page = self.client.connections(offset).await?;
            let ids = page.connections.iter().map(|found| found.id.clone()).collect();
            let own = page.connections.into_iter().filter(|found| self.is_own(found.team_name.as_deref()));
            let headers = own.map(|found| header(&found.id.clone(), found.stored(version, true)));
            Ok(Listed { headers: headers.collect(), ids, total: page.total_entries })
        } else {
            let page = self.client.variables(offset).await?;
            let ids = page.variables.iter().map(|found| found.key.clone()).collect();
            let own = page.variables.into_iter().filter(|found| self.is_own(found.team_name.as_deref()));
            let headers = own.map(|found| header(&found.key.clone(), found.stored(version)));
            Ok(Listed { headers: headers.collect(), ids, total: page.total_entries })
        }
    }

    fn unsteady(&self) -> Error {
        let message = format!("{}: an entry was removed while they were listed", self.descriptor.place);
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
        check(self.client.version, name, payload)
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
        // The cursor names the kind, and the position and name of the last entry: `variables/99/KEY`. The next page begins
        // with it, which shows that no entry before it was removed: one behind it would have moved up, and would be lost.
        let (root, offset, last) = match cursor {
            None => match ROOTS.into_iter().find(|root| overlaps(root, prefix)) {
                Some(root) => (root, 0, None),
                None => return Ok(Page { headers: Vec::new(), next: None }),
            },
            Some(cursor) => parse(cursor).ok_or_else(|| self.unsteady())?,
        };
        let Listed { mut headers, ids, total } = self.page(root, offset).await?;
        let is_moved = last.is_some_and(|last| ids.first().is_none_or(|first| first != last));
        // Without a further entry, the next page would be the same again.
        let after = offset + ids.len();
        let is_stuck = ids.len() <= usize::from(last.is_some()) && after < total;
        if is_moved || is_stuck {
            return Err(self.unsteady());
        }
        let known = last.map(|last| format!("{root}{last}"));
        headers.retain(|header| {
            header.name.as_str().starts_with(prefix.as_str())
                && Some(header.name.as_str()) != known.as_deref()
        });
        let next = if let (true, Some(last)) = (after < total, ids.last()) {
            Some(format!("{root}{}/{last}", after - 1))
        } else {
            let following = ROOTS.into_iter().skip_while(|other| *other != root).nth(1);
            following.filter(|root| overlaps(root, prefix)).map(|root| format!("{root}0"))
        };
        Ok(Page { headers, next: next.map(Cursor::new) })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        one_by_one(wanted, |read| self.read(read)).await
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        self.writer.write(&self.client, changes).await
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        policies(request, self.client.version)
    }
}

/// A page of a listing.
struct Listed {
    /// The entries of the team.
    headers: Vec<Header>,
    /// The ids of all entries on the page.
    ids: Vec<String>,
    /// The number of all entries.
    total: usize,
}

/// The kind, the position and the id in a cursor.
fn parse(cursor: &Cursor) -> Option<(&'static str, usize, Option<&str>)> {
    let root = ROOTS.into_iter().find(|root| cursor.as_str().starts_with(root))?;
    let rest = cursor.as_str().strip_prefix(root)?;
    match rest.split_once('/') {
        Some((offset, last)) => Some((root, offset.parse().ok()?, Some(last))),
        None => Some((root, rest.parse().ok()?, None)),
    }
}
