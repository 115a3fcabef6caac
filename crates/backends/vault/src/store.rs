//! The contract, kept by the key-value engine.

use std::collections::BTreeMap;
use std::fmt;

use airbridge_core::{
    Action, Change, Content, Cursor, Descriptor, Error, ErrorKind, Fields, Metadata, NamePrefix, Operation,
    Page, Payload, Read, Receipt, Rejection, Result, SecretName, SecretStore, State, Stored,
    SupportedMetadata, Version,
};
use async_trait::async_trait;
use futures::future::join_all;

use crate::check::{self, check};
use crate::client::Client;
use crate::descriptor::descriptor;
use crate::kv::{self, Put};
use crate::mount::{KvVersion, Mount, Mounts};
use crate::name::is_addressable;
use crate::settings::Settings;
use crate::walk;

/// Mounts of a server as a store.
pub(crate) struct VaultStore {
    client: Client,
    mounts: Mounts,
    descriptor: Descriptor,
    /// Custom metadata of new secrets.
    own: BTreeMap<String, String>,
}

impl VaultStore {
    pub(crate) async fn open(settings: &Settings) -> Result<Self> {
        let client = Client::open(settings).await?;
        let mounts = Mounts::find(&client, settings).await?;
        check::check_own(&mounts, &settings.custom_metadata)?;
        let descriptor = descriptor(client.place(), &mounts, settings);
        Ok(Self { client, mounts, descriptor, own: settings.custom_metadata.clone() })
    }

    /// The mount and the path inside it; `None` where no secret can be.
    fn locate<'a>(&self, name: &'a SecretName) -> Option<(&Mount, &'a str)> {
        self.mounts.locate(name.as_str()).filter(|(_, path)| is_addressable(path))
    }

    async fn read_one(&self, wanted: &Read) -> Result<Option<Stored>> {
        match self.locate(&wanted.name) {
            Some((mount, path)) => {
                let version = wanted.version.as_ref();
                kv::read(&self.client, Operation::Read, mount, path, version).await
            }
            None => Ok(None),
        }
    }

    async fn write_one(&self, change: &Change) -> Result<Receipt> {
        let (mount, path) = match (self.locate(&change.name), &change.action) {
            (Some(place), _) => place,
            (None, Action::Delete { .. }) => return Ok(Receipt { version: None }),
            (None, _) => return Err(failed(ErrorKind::InvalidName, "Vault has no such path")),
        };
        if !mount.certain {
            let message =
                format!("the version of the mount `{}` is not certain, so it is only read", mount.path);
            return Err(failed(ErrorKind::Unsupported, message));
        }
        match &change.action {
            Action::Create(payload) => self.create(mount, path, fields(payload)?, &change.metadata).await,
            Action::Replace { payload, expect } => {
                self.replace(mount, path, fields(payload)?, expect.as_ref(), &change.metadata).await
            }
            Action::Delete { expect } => self.delete(mount, path, expect.as_ref()).await,
            _ => Err(failed(ErrorKind::Unsupported, "Vault cannot do this")),
        }
    }

    async fn create(
        &self,
        mount: &Mount,
        path: &str,
        fields: &Fields,
        metadata: &Metadata,
    ) -> Result<Receipt> {
        if mount.version == KvVersion::One && self.current(mount, path).await?.is_some() {
            return Err(failed(ErrorKind::AlreadyExists, "the name is taken"));
        }
        let said = Metadata { description: None, tags: self.own.clone() }.over(metadata);
        if mount.version == KvVersion::Two && !said.is_empty() {
            // The engine takes it whatever is there, so what is there is looked at.
            if self.current(mount, path).await?.is_some() {
                return Err(self.taken(mount, path).await);
            }
            kv::say(&self.client, mount, path, said, true).await?;
        }
        match kv::put(&self.client, mount, path, fields, 0).await {
            Ok(Put::Done(version)) => Ok(Receipt { version }),
            Ok(Put::OtherVersion) => Err(self.taken(mount, path).await),
            // Who may only create is refused as a matter of rights where something is there.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let taken = matches!(self.current(mount, path).await, Ok(Some(_)));
                Err(if taken { self.taken(mount, path).await } else { error })
            }
            Err(error) => Err(error),
        }
    }

    /// What holds a name that could not be created.
    async fn taken(&self, mount: &Mount, path: &str) -> Error {
        match self.current(mount, path).await {
            Ok(Some(Stored { content: Content::Hidden(State::Deleted { .. }), version, .. })) => {
                let version = version.map_or_else(|| "?".to_owned(), |version| version.to_string());
                let message = format!("a deleted secret (version {version}) holds the name");
                let remove = format!("vault kv metadata delete -mount={} {path}", mount.path);
                failed(ErrorKind::NameReserved, message).with_hint(format!(
                    "bring it back with `vault kv undelete`, or remove it for good with `{remove}`"
                ))
            }
            // The server has said that the name is taken; a look that fails or comes too late does not change that.
            _ => failed(ErrorKind::AlreadyExists, "the name is taken"),
        }
    }

    async fn replace(
        &self,
        mount: &Mount,
        path: &str,
        fields: &Fields,
        expect: Option<&Version>,
        metadata: &Metadata,
    ) -> Result<Receipt> {
        let says = mount.version == KvVersion::Two && !metadata.is_empty();
        let cas = if says {
            self.say(mount, path, expect, metadata).await?
        } else if let (KvVersion::Two, Some(expect)) = (mount.version, expect) {
            // A version that cannot be is not the current one; 0 would create.
            kv::number(expect).ok_or_else(moved)?
        } else {
            let Some(current) = self.current(mount, path).await? else { return Err(absent()) };
            current.version.as_ref().and_then(kv::number).unwrap_or(1)
        };
        match kv::put(&self.client, mount, path, fields, cas).await? {
            Put::Done(version) => Ok(Receipt { version }),
            Put::OtherVersion => Err(match self.current(mount, path).await {
                Ok(None) => absent(),
                _ => moved(),
            }),
        }
    }

    /// Says something more of a secret that is in the version expected, and gives that version.
    async fn say(
        &self,
        mount: &Mount,
        path: &str,
        expect: Option<&Version>,
        metadata: &Metadata,
    ) -> Result<u64> {
        let Some(current) = self.current(mount, path).await? else { return Err(absent()) };
        if expect.is_some() && current.version.as_ref() != expect {
            return Err(moved());
        }
        let said = metadata.over(&current.metadata);
        if said != current.metadata {
            kv::say(&self.client, mount, path, said, false).await?;
        }
        Ok(current.version.as_ref().and_then(kv::number).unwrap_or(1))
    }

    async fn delete(&self, mount: &Mount, path: &str, expect: Option<&Version>) -> Result<Receipt> {
        if let (KvVersion::Two, Some(expect)) = (mount.version, expect) {
            match self.current(mount, path).await? {
                None => return Ok(Receipt { version: None }),
                Some(current) if current.version.as_ref() != Some(expect) => return Err(moved()),
                Some(_) => {}
            }
        }
        kv::delete(&self.client, mount, path).await?;
        Ok(Receipt { version: None })
    }

    /// What a write finds before or after it.
    async fn current(&self, mount: &Mount, path: &str) -> Result<Option<Stored>> {
        kv::read(&self.client, Operation::Write, mount, path, None).await
    }
}

impl fmt::Debug for VaultStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultStore").field("place", &self.descriptor.place).finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretStore for VaultStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        check(&self.mounts, name.as_str(), payload)
    }

    fn supported_metadata(
        &self,
        name: &SecretName,
        metadata: &Metadata,
        there: Option<&Metadata>,
    ) -> SupportedMetadata {
        check::supported_metadata(&self.mounts, name.as_str(), metadata, there, &self.own)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        walk::page(&self.client, &self.mounts, prefix, cursor).await
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let reads = wanted.iter().map(|wanted| async {
            self.read_one(wanted).await.map_err(|error| error.with_name(&wanted.name))
        });
        Ok(join_all(reads).await)
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let writes = changes.iter().map(|change| async {
            self.write_one(change).await.map_err(|error| error.with_name(&change.name))
        });
        Ok(join_all(writes).await)
    }
}

fn fields(payload: &Payload) -> Result<&Fields> {
    match payload {
        Payload::Fields(fields) => Ok(fields),
        Payload::Text(_) => Err(failed(ErrorKind::InvalidPayload, "Vault keeps named fields, not a text")),
    }
}

fn failed(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, Operation::Write, message)
}

fn absent() -> Error {
    failed(ErrorKind::NotFound, "nothing has this name")
}

fn moved() -> Error {
    failed(ErrorKind::VersionMismatch, "it was changed meanwhile")
}
