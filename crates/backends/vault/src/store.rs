//! The store: the contract on top of the key-value engine.

use std::collections::BTreeMap;
use std::fmt;

use airbridge_core::{
    Action, Change, Content, Cursor, Descriptor, Error, ErrorKind, Fields, Finding, Metadata, NamePrefix,
    Operation, Page, Payload, Policy, PolicyRequest, Read, Receipt, Rejection, Result, Scope, SecretName,
    SecretStore, State, Stored, SupportedMetadata, Version,
};
use async_trait::async_trait;
use futures::future::join_all;

use crate::check::{self, check};
use crate::client::Client;
use crate::descriptor::descriptor;
use crate::diagnose::diagnose;
use crate::kv::{self, Put};
use crate::mount::{KvVersion, Mount, Mounts};
use crate::name::is_addressable;
use crate::policy::policies;
use crate::settings::Settings;
use crate::walk;

/// One or all mounts of a server as a store.
pub(crate) struct VaultStore {
    client: Client,
    mounts: Mounts,
    descriptor: Descriptor,
    /// Custom metadata that every new secret gets.
    own: BTreeMap<String, String>,
    namespace: Option<String>,
}

impl VaultStore {
    pub(crate) async fn open(settings: &Settings) -> Result<Self> {
        let client = Client::open(settings).await?;
        let mounts = Mounts::find(&client, settings).await?;
        check::check_own(&mounts, &settings.custom_metadata)?;
        let descriptor = descriptor(client.place(), &mounts, settings, client.actor().await);
        let namespace = settings.namespace().map(ToOwned::to_owned);
        Ok(Self { client, mounts, descriptor, own: settings.custom_metadata.clone(), namespace })
    }

    /// The mount of `name` and the path inside it; `None` if no secret can have this name.
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
            (None, _) => return Err(failed(ErrorKind::InvalidName, "the name is not a valid path in Vault")),
        };
        if !mount.certain {
            let message = format!(
                "the mount `{}` is open for reading only: the server does not tell its version",
                mount.path
            );
            return Err(failed(ErrorKind::Unsupported, message));
        }
        // Some servers accept a path that others reject; a delete of it does no harm.
        let deletes = matches!(change.action, Action::Delete { .. });
        if let (false, Some(fault)) = (deletes, check::path_fault(mount.version, path)) {
            return Err(failed(ErrorKind::InvalidName, fault));
        }
        match &change.action {
            Action::Create(payload) => self.create(mount, path, fields(payload)?, change.metadata()).await,
            Action::Replace { payload, expect } => {
                self.replace(mount, path, fields(payload)?, expect.as_ref(), change.metadata()).await
            }
            Action::Delete { expect } => self.delete(mount, path, expect.as_ref()).await,
            _ => Err(failed(ErrorKind::Unsupported, "Vault does not support this kind of change")),
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
            return Err(failed(ErrorKind::AlreadyExists, "a secret with this name already exists"));
        }
        let metadata = Metadata { description: None, tags: self.own.clone() }.over(metadata);
        if mount.version == KvVersion::Two && !metadata.is_empty() {
            // The engine replaces the metadata of an existing secret without a check, so the name is checked here.
            if self.current(mount, path).await?.is_some() {
                return Err(self.name_taken(mount, path).await);
            }
            kv::write_metadata(&self.client, mount, path, metadata, true).await?;
        }
        match kv::put(&self.client, mount, path, fields, 0).await {
            Ok(Put::Done(version)) => Ok(Receipt { version }),
            Ok(Put::OtherVersion) => Err(self.name_taken(mount, path).await),
            // For a token that may only create, the server answers 403 if the secret exists.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let taken = matches!(self.current(mount, path).await, Ok(Some(_)));
                Err(if taken { self.name_taken(mount, path).await } else { error })
            }
            Err(error) => Err(error),
        }
    }

    /// The error for a create whose name is taken: by a secret or by a deleted one.
    async fn name_taken(&self, mount: &Mount, path: &str) -> Error {
        match self.current(mount, path).await {
            Ok(Some(Stored { content: Content::Hidden(State::Deleted { .. }), version, .. })) => {
                let version = version.map_or_else(|| "?".to_owned(), |version| version.to_string());
                let message = format!("a deleted secret (version {version}) reserves this name");
                let remove = format!("vault kv metadata delete -mount={} {path}", mount.path);
                failed(ErrorKind::NameReserved, message).with_hint(format!(
                    "restore it with `vault kv undelete`, or remove it permanently with `{remove}`"
                ))
            }
            // The server has reported that the name is taken, even if this read fails or finds nothing any more.
            _ => failed(ErrorKind::AlreadyExists, "a secret with this name already exists"),
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
        let with_metadata = mount.version == KvVersion::Two && !metadata.is_empty();
        let cas = if with_metadata {
            self.add_metadata(mount, path, expect, metadata).await?
        } else if let (KvVersion::Two, Some(expect)) = (mount.version, expect) {
            // An invalid version number is not the current version; 0 would create the secret.
            kv::number(expect).ok_or_else(version_mismatch)?
        } else {
            let Some(current) = self.current(mount, path).await? else { return Err(absent()) };
            current.version.as_ref().and_then(kv::number).unwrap_or(1)
        };
        match kv::put(&self.client, mount, path, fields, cas).await? {
            Put::Done(version) => Ok(Receipt { version }),
            Put::OtherVersion => Err(match self.current(mount, path).await {
                Ok(None) => absent(),
                _ => version_mismatch(),
            }),
        }
    }

    /// Adds `metadata` to that of a secret in the expected version, and returns the number of that version.
    async fn add_metadata(
        &self,
        mount: &Mount,
        path: &str,
        expect: Option<&Version>,
        metadata: &Metadata,
    ) -> Result<u64> {
        let Some(current) = self.current(mount, path).await? else { return Err(absent()) };
        if expect.is_some() && current.version.as_ref() != expect {
            return Err(version_mismatch());
        }
        let kept = current.metadata.as_deref().unwrap_or(Metadata::NONE);
        let metadata = metadata.over(kept);
        if metadata != *kept {
            kv::write_metadata(&self.client, mount, path, metadata, false).await?;
        }
        Ok(current.version.as_ref().and_then(kv::number).unwrap_or(1))
    }

    async fn delete(&self, mount: &Mount, path: &str, expect: Option<&Version>) -> Result<Receipt> {
        if let (KvVersion::Two, Some(expect)) = (mount.version, expect) {
            match self.current(mount, path).await? {
                None => return Ok(Receipt { version: None }),
                Some(current) if current.version.as_ref() != Some(expect) => return Err(version_mismatch()),
                Some(_) => {}
            }
        }
        kv::delete(&self.client, mount, path).await?;
        Ok(Receipt { version: None })
    }

    /// The secret at `path` now, read as part of a write.
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

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        policies(&self.mounts, self.namespace.as_deref(), !self.own.is_empty(), request)
    }

    async fn diagnose(&self, scope: &Scope) -> Result<Vec<Finding>> {
        diagnose(&self.client, &self.mounts, scope).await
    }
}

fn fields(payload: &Payload) -> Result<&Fields> {
    match payload {
        Payload::Fields(fields) => Ok(fields),
        Payload::Text(_) => {
            Err(failed(ErrorKind::InvalidPayload, "Vault stores named fields, not a single string"))
        }
    }
}

fn failed(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, Operation::Write, message)
}

fn absent() -> Error {
    failed(ErrorKind::NotFound, "no such secret")
}

fn version_mismatch() -> Error {
    failed(ErrorKind::VersionMismatch, "the secret was changed in the meantime")
}
