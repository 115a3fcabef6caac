//! The number of requests that writing and reading back take. `tests/counts.rs` compares it with those that servers count.

use airbridge_airflow::Kind;
use airbridge_core::{Descriptor, Limits};

use super::services::{Looks, Service};
use super::workload::{Workload, Written};
use crate::endpoint::NewSecretSetting;

/// How many requests there are at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Requests {
    /// All that reach the service.
    pub(super) all: usize,
    /// Those that count towards the rate of writing.
    pub(super) writes: usize,
    /// Those that count towards the rate of reading. A look that the adapter makes within a write counts as a part of it.
    pub(super) reads: usize,
}

/// Counts them. `verify` is whether written entries are read back.
pub(super) fn requests(
    work: &Workload,
    target: &Descriptor,
    service: Option<&Service>,
    settings: &[NewSecretSetting],
    verify: bool,
) -> Requests {
    let Limits { read_batch, write_batch, look_batch, .. } = target.limits;
    let batches = |changes: usize| changes.div_ceil(write_batch.max(1));
    let (creates, replaces) = (work.creates.len(), work.replaces.len());
    let more = usize::try_from(target.rates.more_to_create).unwrap_or_default();
    let writes = batches(creates) * (1 + more) + batches(replaces) + batches(work.deletes);
    let read_back = if verify { (creates + replaces).div_ceil(read_batch.max(1)) } else { 0 };
    let looks_together = if look_batch > 1 { replaces.div_ceil(look_batch) } else { 0 };
    let written = match service {
        Some(Service { looks: Looks::AirflowApi, .. }) => of_the_api(work, write_batch.max(1)),
        _ => writes + looks(work, target, service, settings) + looks_of_deletes(work, target),
    };
    Requests { all: written + read_back, writes, reads: looks_together + read_back }
}

/// The reads just before creates and replaces, and what descriptions and tags take.
fn looks(
    work: &Workload,
    target: &Descriptor,
    service: Option<&Service>,
    settings: &[NewSecretSetting],
) -> usize {
    let (creates, replaces) = (work.creates.len(), work.replaces.len());
    let compares = target.capabilities.atomic_write;
    let Some(service) = service else {
        return if compares { 0 } else { creates + replaces };
    };
    let metadata = service.metadata;
    let setting = settings.iter().find(|setting| Some(setting.name) == metadata.key);
    let setting = setting.filter(|setting| setting.value.is_some());
    let with_metadata = |written: &[Written], all: bool| {
        let has_metadata = |written: &&Written| all || written.has_metadata;
        if target.capabilities.metadata { written.iter().filter(has_metadata).count() } else { 0 }
    };
    let new_with_metadata = with_metadata(&work.creates, setting.is_some());
    let others_with_metadata =
        with_metadata(&work.replaces, setting.is_some_and(|setting| setting.of_replaced));
    let looks = match service.looks {
        _ if compares => 0,
        Looks::All => creates + replaces,
        Looks::Replaced(requests) => {
            let looked_at = replaces - if metadata.looks_alone { others_with_metadata } else { 0 };
            requests * looked_at.div_ceil(target.limits.look_batch.max(1))
        }
        Looks::AirflowApi => 0,
    };
    looks + new_with_metadata * metadata.create + others_with_metadata * metadata.replace
}

/// A secret that has a version is read before it is deleted.
fn looks_of_deletes(work: &Workload, target: &Descriptor) -> usize {
    if target.capabilities.versions { work.deletes } else { 0 }
}

/// The requests to Airflow's REST API, reading back aside. Version 1 changes one entry in a request; version 2 changes up
/// to `batch` entries of one kind.
fn of_the_api(work: &Workload, batch: usize) -> usize {
    let is_connection = |written: &&Written| written.kind == Kind::Connection;
    if batch == 1 {
        let others = |written: &[Written]| written.iter().filter(|written| !is_connection(written)).count();
        let recreated = work.replaces.iter().filter(|written| written.is_recreated).count();
        let writes = work.creates.len() + work.replaces.len() + recreated + work.deletes;
        // A POST would create or overwrite a variable, so the adapter looks before it.
        return writes + others(&work.creates) + others(&work.replaces);
    }
    let created: usize = work.creates.chunks(batch).map(kinds).sum();
    let replaced: usize = work.replaces.chunks(batch).map(replaced_together).sum();
    created + replaced + work.deletes.div_ceil(batch)
}

/// How many kinds there are.
fn kinds(written: &[Written]) -> usize {
    Kind::ALL.into_iter().filter(|kind| written.iter().any(|written| written.kind == *kind)).count()
}

/// The requests of one batch of replaces. Each connection is looked at. What cannot be written together is looked at
/// once more, and a connection that is created again takes two writes.
fn replaced_together(written: &[Written]) -> usize {
    let number = |wanted: &dyn Fn(&Written) -> bool| written.iter().filter(|written| wanted(written)).count();
    let together = |number: usize| if number == 1 { 2 } else { number.min(1) };
    let connections = number(&|written| written.kind == Kind::Connection);
    let recreated = number(&|written| written.is_recreated);
    let variables = number(&|written| written.kind == Kind::Variable);
    let looks = if written.len() > 1 { connections } else { 0 };
    looks + together(connections.saturating_sub(recreated)) + 3 * recreated + together(variables)
}
