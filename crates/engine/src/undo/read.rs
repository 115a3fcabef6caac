//! What the target holds now under the names of an earlier run, and what it held before.

use airbridge_core::{Header, Read, Result, SecretName, SecretStoreExt};

use super::{PastAction, PastChange};
use crate::endpoint::Source;
use crate::event::{Event, Observer, Phase, Side};
use crate::snapshot::{Existing, Item, item};

/// What was read for an undo, in the order of the changes.
#[derive(Debug, Default)]
pub struct Past {
    /// The secrets as they are.
    pub(super) now: Vec<Item>,
    /// The secrets in the version before the run; `None` if that was not asked for.
    pub(super) former: Vec<Option<Item>>,
}

/// Reads each secret by its name, as listings may lag behind, and the version before each replace where the store keeps it.
///
/// # Errors
/// An error that would meet every other entry, too (see `ErrorKind::ends_run`).
pub async fn read_past(target: &Source, changes: &[PastChange], observer: &dyn Observer) -> Result<Past> {
    let endpoint = target.endpoint();
    let rules = &endpoint.read_rules;
    let phase = Phase::Read(Side::Target);
    let current: Vec<_> = changes.iter().map(|change| Read::current(change.name.clone())).collect();
    observer.on(Event::Begin(phase, Some(current.len())));
    let progress = |read| observer.on(Event::Advance(phase, read));
    let outcomes = endpoint.store.read_all(&current, &progress).await?;
    let mut now = Vec::with_capacity(changes.len());
    for (change, outcome) in changes.iter().zip(outcomes) {
        now.push(item(rules, change.id.clone(), Header::live(change.name.clone()), outcome)?);
    }
    let keeps = endpoint.store.descriptor().undo.former_versions;
    let is_wanted = |change: &PastChange, now: &Item| {
        keeps
            && change.action == PastAction::Replace
            && change.before.is_some()
            && now.version != change.before
    };
    let wanted: Vec<Option<Read>> = changes
        .iter()
        .zip(&now)
        .map(|(change, now)| {
            is_wanted(change, now).then(|| Read { name: change.name.clone(), version: change.before.clone() })
        })
        .collect();
    let reads: Vec<Read> = wanted.iter().flatten().cloned().collect();
    let mut outcomes = endpoint.store.read_all(&reads, &|_| ()).await?.into_iter();
    let mut former = Vec::with_capacity(changes.len());
    for (change, read) in changes.iter().zip(&wanted) {
        let outcome = read.as_ref().and_then(|_| outcomes.next());
        let found = |outcome| item(rules, change.id.clone(), Header::live(change.name.clone()), outcome);
        former.push(outcome.map(found).transpose()?);
    }
    observer.on(Event::End(phase));
    Ok(Past { now, former })
}

impl Past {
    /// The secrets as they are, as a plan reads them.
    pub fn into_existing(self, target: &Source) -> Existing {
        let layout = &target.endpoint().layout;
        let fold = |name: &SecretName| layout.fold(name);
        Existing::new(self.now.into_iter().map(|item| (fold(&item.name), Box::new(item))).collect())
    }
}
