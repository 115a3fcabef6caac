//! The store: each name belongs to a part, and each part is one file.

mod using;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use airbridge_core::{
    Capabilities, Change, Cursor, Description, Descriptor, Edit, Error, ErrorKind, Header, Limits, Metadata,
    MetadataRules, NamePrefix, Operation, Page, Payload, Rates, Read, Receipt, Rejection, Result, SecretName,
    SecretStore, Stored, SupportedMetadata, Undo,
};
use async_trait::async_trait;

use crate::blocking;
use crate::exposure::Exposure;
use crate::part::{Location, Part};
use using::PartInUse;

/// Files as a store of secrets. Opening reads nothing; each call reads the files.
#[derive(Debug)]
pub struct FileStore {
    descriptor: Descriptor,
    parts: Arc<[PartInUse]>,
}

/// A store of `parts`, whose descriptor has this `place`. It can be written unless a part is standard input or a pipe.
///
/// # Errors
///
/// `Config` if there is no part, or if two parts could hold the same name.
pub fn open(place: impl Into<String>, parts: Vec<Part>) -> Result<Arc<FileStore>> {
    let place = place.into();
    let overlap = parts.iter().enumerate().any(|(index, part)| {
        parts[..index]
            .iter()
            .any(|other| other.prefix.starts_with(&part.prefix) || part.prefix.starts_with(&other.prefix))
    });
    if parts.is_empty() || overlap {
        let message = format!("{place} has no files, or two files for the same names");
        return Err(Error::new(ErrorKind::Config, Operation::Open, message));
    }
    let write = !parts.iter().any(|part| matches!(part.location, Location::Stdin(_) | Location::Pipe(..)));
    let descriptor = Descriptor {
        backend: "file",
        place,
        actor: None,
        capabilities: Capabilities {
            write,
            atomic_write: false,
            versions: false,
            metadata: parts.iter().any(|part| part.document.keeps_metadata()),
            lists_by_prefix: true,
        },
        // Every call reads or writes the file as a whole.
        limits: Limits { read_batch: usize::MAX, write_batch: usize::MAX, look_batch: 0, concurrency: 1 },
        rates: Rates::default(),
        read_lag: Duration::ZERO,
        unremovable: &[],
        undo: Undo::NONE,
    };
    Ok(Arc::new(FileStore { descriptor, parts: parts.into_iter().map(PartInUse::new).collect() }))
}

impl FileStore {
    /// Whether none of the files exists: normal for a target, probably a mistake for a source. Streams always exist.
    pub fn missing(&self) -> bool {
        self.parts.iter().all(|part| part.medium().is_missing())
    }

    /// The names of the entries that `edits` do not change, but that would be spelled differently afterwards. Reads the
    /// files and writes nothing.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or its format cannot hold an edit.
    pub fn reformatted(&self, edits: &[Edit<'_>]) -> Result<Vec<SecretName>> {
        let mut names = Vec::new();
        for part in self.parts.iter().filter(|part| !part.keeps_spelling()) {
            let mine: Vec<_> = edits.iter().filter(|edit| part.takes(edit.name)).copied().collect();
            if !mine.is_empty() {
                let before = part.medium().read(Operation::Read)?;
                names.extend(part.render(&before, &mine, Operation::Read)?.reformatted);
            }
        }
        Ok(names)
    }

    /// Checks that the files of these names can be written, and returns those that other users can use. Nothing is
    /// written.
    ///
    /// # Errors
    ///
    /// A file or its folder cannot be written now, with the reason.
    pub fn probe<'a>(&self, names: impl IntoIterator<Item = &'a SecretName>) -> Result<Vec<Exposure>> {
        let names: Vec<_> = names.into_iter().collect();
        let written = self.parts.iter().filter(|part| names.iter().any(|name| part.takes(name)));
        let exposures = written.map(|part| part.medium().probe()).collect::<Result<Vec<_>>>()?;
        Ok(exposures.into_iter().flatten().collect())
    }

    async fn run<T: Send + 'static>(
        &self,
        operation: Operation,
        work: impl FnOnce(&[PartInUse]) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let parts = Arc::clone(&self.parts);
        blocking::run(operation, move || work(&parts)).await
    }
}

#[async_trait]
impl SecretStore for FileStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        match self.parts.iter().find(|part| part.takes(name)) {
            Some(part) => part.check(name, payload),
            None => Err(Rejection::new(
                "kind-not-held",
                format!("{} has no file for this name", self.descriptor.place),
            )),
        }
    }

    fn supported_metadata(
        &self,
        name: &SecretName,
        metadata: &Metadata,
        current: Option<&Metadata>,
    ) -> SupportedMetadata {
        let keeps = self.parts.iter().any(|part| part.takes(name) && part.keeps_metadata());
        if !keeps {
            return SupportedMetadata::nothing(metadata, "files have no metadata");
        }
        let (description, own) = (Description::Own(usize::MAX), &BTreeMap::new());
        let tag = |_: &str, _: &str| Ok(());
        MetadataRules { service: "a bundle", description, tags: usize::MAX, tag, own }
            .supported(metadata, current)
    }

    async fn list_page(&self, prefix: &NamePrefix, _cursor: Option<&Cursor>) -> Result<Page> {
        let prefix = prefix.clone();
        let headers = self.run(Operation::List, move |parts| list(parts, &prefix)).await?;
        Ok(Page { headers, next: None })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let wanted = wanted.to_vec();
        self.run(Operation::Read, move |parts| read(parts, &wanted)).await
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let changes = changes.to_vec();
        self.run(Operation::Write, move |parts| write::write(parts, &changes)).await
    }
}

fn list(parts: &[PartInUse], prefix: &NamePrefix) -> Result<Vec<Header>> {
    let mut headers = Vec::new();
    for part in parts.iter().filter(|part| part.may_hold(prefix)) {
        let snapshot = part.medium().list()?;
        let records = part.records_of(snapshot, Operation::List)?;
        headers.reserve_exact(records.len());
        let mine = records.into_iter().filter(|record| record.name.as_str().starts_with(prefix.as_str()));
        headers.extend(mine.map(using::header));
    }
    Ok(headers)
}

fn read(parts: &[PartInUse], wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
    let mut found = Vec::new();
    for part in parts.iter().filter(|part| wanted.iter().any(|read| part.takes(&read.name))) {
        let snapshot = part.medium().read(Operation::Read)?;
        found.push(part.records_of(snapshot, Operation::Read)?);
    }
    // A name may be wanted twice.
    let mut first: HashMap<&SecretName, usize> = HashMap::with_capacity(wanted.len());
    for (index, read) in wanted.iter().enumerate() {
        first.entry(&read.name).or_insert(index);
    }
    let mut outcomes: Vec<Result<Option<Stored>>> = wanted.iter().map(|_| Ok(None)).collect();
    for records in found {
        for (name, stored) in records.into_iter().map(using::stored) {
            if let Some(index) = first.get(&name) {
                outcomes[*index] = Ok(Some(stored));
            }
        }
    }
    for (index, read) in wanted.iter().enumerate() {
        if let Some(first) = first.get(&read.name).filter(|first| **first != index) {
            let outcome = outcomes[*first].clone();
            outcomes[index] = outcome;
        }
    }
    Ok(outcomes)
}
