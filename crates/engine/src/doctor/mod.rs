//! What is right and wrong at one endpoint, without a write: who acts there, what is listed, and what Airflow can read. For one
//! entry: each name that Airflow asks for, and what answers.
//!
//! ```text
//!   endpoint ──examine()──────────────────► findings     names.rs: from listings, values.rs: from what was read
//!   entry    ──ask()──► Asked of a place ──lookup()──► findings                      asked.rs, lookup.rs, near.rs
//! ```

mod asked;
mod document;
mod lookup;
mod names;
mod near;
mod permission;
mod text;
mod values;

use airbridge_airflow::Kind;
use airbridge_core::{Finding, Result, Scope, SecretName, State};

use crate::endpoint::Source;
use crate::event::{Observer, Side};
use crate::inventory::{Evidence, Extent, Found, Inventory, Listing, list, resolve_names};
use crate::select::Selection;
use crate::snapshot::{Keep, snapshot};
pub use asked::{Answer, Asked, Place, ask, not_asked};
pub use document::doctor_document;
pub use lookup::{is_found, lookup};
pub use near::{Known, known_ids, near_entry};
pub use permission::failure;

/// How many entries of a kind are read: reading costs a request each at some services.
const SAMPLE: usize = 1_000;

/// Examines an open endpoint. After a fault that every further request would meet, nothing more is tried.
pub async fn examine(source: &Source, observer: &dyn Observer) -> Vec<Finding> {
    let mut findings: Vec<_> = identity(source).into_iter().collect();
    let (listing, of_listing) = match listed(source, observer).await {
        Ok(listing) => (listing, Vec::new()),
        Err(Unlisted { findings, ends: false, listing }) => (listing, findings),
        Err(Unlisted { findings: more, .. }) => {
            findings.extend(more);
            return findings;
        }
    };
    let inventory = resolve_names(source, &listing, &Kind::ALL, &Evidence::default());
    let own = diagnosed(source, &samples(&inventory)).await;
    findings.extend(permission::untold(source.endpoint(), &own));
    findings.extend(own);
    findings.extend(names::switched_off(source.endpoint()));
    let may_list = of_listing.is_empty();
    findings.extend(of_listing);
    if may_list {
        findings.extend(of_names(source, &listing, &inventory, observer).await);
    }
    findings.extend(of_values(source, inventory, observer).await);
    findings
}

/// What only the store can find out about its place, for an entry with these names.
pub async fn diagnosed(source: &Source, names: &[SecretName]) -> Vec<Finding> {
    let endpoint = source.endpoint();
    let prefixes = endpoint.layout.prefixes(&endpoint.held(&Kind::ALL));
    let scope = Scope { prefixes, names: names.to_vec() };
    match endpoint.store.diagnose(&scope).await {
        Ok(findings) => findings,
        Err(error) => vec![permission::failure("service", endpoint.place(), &error)],
    }
}

/// Who acts at an endpoint; `None` for files and the environment, where no one signs in.
pub fn identity(source: &Source) -> Option<Finding> {
    let endpoint = source.endpoint();
    let local = matches!(endpoint.store.descriptor().backend, "file" | "-" | "env");
    match endpoint.actor() {
        Some(actor) => Some(Finding::ok("identity", format!("requests are sent as {actor}"))),
        None if local => None,
        None => Some(Finding::ok("identity", format!("{} does not say who acts there", endpoint.place()))),
    }
}

/// A listing that failed, at least in part.
struct Unlisted {
    findings: Vec<Finding>,
    /// Whether every further request would fail, too.
    ends: bool,
    /// What could be listed.
    listing: Listing,
}

/// Lists the names of all kinds; if that fails, kind by kind, so that the finding names the prefix.
async fn listed(source: &Source, observer: &dyn Observer) -> Result<Listing, Unlisted> {
    let endpoint = source.endpoint();
    let held = endpoint.held(&Kind::ALL);
    let error = match list(source, Side::Source, &held, Extent::Entries, observer).await {
        Ok(listing) => return Ok(listing),
        Err(error) => error,
    };
    let ends = error.kind().ends_run();
    if ends || held.len() < 2 || !endpoint.store.descriptor().capabilities.lists_by_prefix {
        let findings = vec![permission::not_listed(endpoint, &held, &error)];
        return Err(Unlisted { findings, ends, listing: Listing::default() });
    }
    let (mut findings, mut listing) = (Vec::new(), Listing::default());
    for kind in held {
        match list(source, Side::Source, &[kind], Extent::Entries, observer).await {
            Ok(more) => listing.extend(more),
            Err(error) => findings.push(permission::not_listed(endpoint, &[kind], &error)),
        }
    }
    if findings.is_empty() {
        return Ok(listing);
    }
    Err(Unlisted { findings, ends: false, listing })
}

/// The name of one live entry of each kind.
fn samples(inventory: &Inventory) -> Vec<SecretName> {
    let first = |kind: Kind| {
        let mut live = inventory.found.iter().filter(|found| found.header.state == State::Live);
        live.find(|found| found.id.kind == kind).map(|found| found.header.name.clone())
    };
    Kind::ALL.into_iter().filter_map(first).collect()
}

async fn of_names(
    source: &Source,
    listing: &Listing,
    inventory: &Inventory,
    observer: &dyn Observer,
) -> Vec<Finding> {
    let endpoint = source.endpoint();
    let missing = inventory.missing(&endpoint.held(&Kind::ALL));
    let everything = if missing.is_empty() || !endpoint.store.descriptor().capabilities.lists_by_prefix {
        None
    } else {
        // Without a permission for it, the prefixes that were asked for are all that is known.
        list(source, Side::Source, &Kind::ALL, Extent::Everything, observer).await.ok()
    };
    let others: Vec<&SecretName> = match &everything {
        Some(everything) => {
            everything.names().filter(|name| listing.get(&endpoint.layout, name).is_none()).collect()
        }
        None => inventory.outside.iter().chain(inventory.foreign.iter().map(|header| &header.name)).collect(),
    };
    let mut findings = names::of_kinds(endpoint, inventory, &others);
    findings.extend(names::unusual(endpoint, listing, inventory));
    findings
}

async fn of_values(source: &Source, inventory: Inventory, observer: &dyn Observer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = inventory.found;
    for kind in source.endpoint().held(&Kind::ALL) {
        let (of_kind, rest): (Vec<Found>, Vec<Found>) =
            found.into_iter().partition(|found| found.id.kind == kind);
        found = rest;
        let total = of_kind.len();
        let sample = Inventory { found: of_kind.into_iter().take(SAMPLE).collect(), ..Inventory::default() };
        if sample.found.is_empty() {
            continue;
        }
        let all = Selection::everything();
        match snapshot(source, Side::Source, sample, &all, Keep::Readings, observer).await {
            Ok(snapshot) => findings.extend(values::of_kind(kind, total, &snapshot.items)),
            Err(error) => {
                findings.push(permission::failure("read", source.endpoint().place(), &error));
                return findings;
            }
        }
    }
    findings
}
