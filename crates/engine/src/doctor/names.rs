//! Findings from listings: kinds that are not looked up, prefixes that match nothing, and names that Airflow never asks for.

use std::collections::BTreeMap;

use airbridge_airflow::{Elsewhere, EntryId, Kind, Parsed};
use airbridge_core::{Finding, SecretName};

use super::text::{are, count, plural, some};
use crate::endpoint::Endpoint;
use crate::inventory::{Inventory, Listing};

/// The kinds that a kwarg switches off. Deployments often switch config options off to save requests.
pub(super) fn switched_off(endpoint: &Endpoint) -> Vec<Finding> {
    let off = |kind: Kind| {
        let (key, entries) = (endpoint.layout.off_by(kind)?, plural(kind));
        let message = format!("`{key}` is null, so Airflow does not look up {entries} there");
        if kind == Kind::Config {
            return Some(Finding::ok("lookup-off", message));
        }
        let hint = format!("set `{key}` if Airflow should read {entries} from this backend");
        Some(Finding::warning("lookup-off", message).hint(hint))
    };
    Kind::ALL.into_iter().filter_map(off).collect()
}

/// How many entries of each kind there are. Where there are none, `others` are the names outside the prefixes.
pub(super) fn of_kinds(endpoint: &Endpoint, inventory: &Inventory, others: &[&SecretName]) -> Vec<Finding> {
    let layout = &endpoint.layout;
    let number = |kind: Kind| {
        let open = inventory.ambiguous.iter().filter(|name| name.candidates.iter().any(|id| id.kind == kind));
        inventory.found.iter().filter(|found| found.id.kind == kind).count() + open.count()
    };
    let kinds = layout.describe();
    let elsewhere: Vec<_> =
        kinds.iter().map(|(kind, _)| layout.elsewhere(*kind, others.iter().copied())).collect();
    if inventory.is_empty() && elsewhere.iter().all(Vec::is_empty) && !kinds.is_empty() {
        return vec![nothing(endpoint, others)];
    }
    let one = |((kind, names), elsewhere): (&(Kind, Vec<String>), &Vec<Elsewhere>)| {
        let (kind, names) = (*kind, names.join(" or "));
        let number = number(kind);
        if number > 0 {
            return Finding::ok("names", format!("{}: {names}", count(kind, number)));
        }
        let message = format!("there are no {}: no name matches {names}", plural(kind));
        match elsewhere.first() {
            None if endpoint.named_kinds.contains(&kind) => {
                Finding::warning("names", message).hint("check the prefix or path")
            }
            None => Finding::ok("names", message),
            Some(first) => {
                let message = format!("{message}, but {}", there(elsewhere));
                // Other deployments may have their entries in the same place.
                let new = if inventory.is_empty() { Finding::problem } else { Finding::warning };
                new("names", message).maybe_hint(kwargs_hint(first))
            }
        }
    };
    kinds.iter().zip(&elsewhere).map(one).collect()
}

/// An endpoint without any entry.
fn nothing(endpoint: &Endpoint, others: &[&SecretName]) -> Finding {
    let message = format!("there are no entries: no name matches {}", endpoint.layout);
    if others.is_empty() {
        let hint = "check the region, mount, prefix or path; some services show nothing where a permission is missing";
        return Finding::warning("names", message).hint(hint);
    }
    let number = others.len();
    let name = if number == 1 { "name" } else { "names" };
    let message = format!("{message}; the place has {number} other {name}: {}", some(quoted(others)));
    Finding::warning("names", message).hint("check the prefix, path and separator")
}

fn quoted<'a>(names: &'a [&'a SecretName]) -> impl Iterator<Item = String> + 'a {
    names.iter().map(|name| format!("`{name}`"))
}

/// `4 names start with x- and 2 with y-`.
fn there(elsewhere: &[Elsewhere]) -> String {
    let one = |(index, found): (usize, &Elsewhere)| match (index, found.count) {
        (0, 1) => format!("1 name starts with `{}`", found.start),
        (0, number) => format!("{number} names start with `{}`", found.start),
        (_, number) => format!("{number} with `{}`", found.start),
    };
    elsewhere.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
}

fn kwargs_hint(elsewhere: &Elsewhere) -> Option<String> {
    let set: Vec<_> = elsewhere.kwargs.iter().map(|(key, value)| format!("`{key}` to `{value}`")).collect();
    (!set.is_empty())
        .then(|| format!("set {}, here and in the deployment, if these are the entries", set.join(" and ")))
}

/// Names that Airflow never asks for, that could be several ids, and those that another name hides.
pub(super) fn unusual(endpoint: &Endpoint, listing: &Listing, inventory: &Inventory) -> Vec<Finding> {
    let layout = &endpoint.layout;
    let mut findings = Vec::new();
    let (mut by_pattern, mut by_rule, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    for header in &inventory.foreign {
        match layout.refused(&header.name) {
            Some((id, error)) if error.reason == "outside-lookup-pattern" => by_pattern.push(id),
            Some((id, error)) => by_rule.push((id, error.message)),
            None => foreign.push(&header.name),
        }
    }
    for kind in Kind::ALL {
        let ids: Vec<_> = by_pattern.iter().filter(|id| id.kind == kind).collect();
        if ids.is_empty() {
            continue;
        }
        let (number, key) = (ids.len(), format!("{}_lookup_pattern", kind.plural()));
        let (count, are) = (count(kind, number), are(number));
        let message =
            format!("{count} {are} there and not looked up, because `{key}` does not match: {}", some(ids));
        findings.push(
            Finding::warning("lookup-pattern", message)
                .hint(format!("change `{key}`; it must match an id from its first character")),
        );
    }
    for (_, message) in by_rule.iter().take(3) {
        let (message, hint) = message.split_once("; ").unwrap_or((message, "rename the entry"));
        findings.push(Finding::warning("id-not-reachable", message).hint(hint));
    }
    if !foreign.is_empty() {
        let (number, names) = (foreign.len(), some(quoted(&foreign)));
        let message = format!("Airflow never asks for {number} of the names there: {names}");
        let hint = "rename these secrets if they should be entries; run `airbridge list` to see all";
        findings.push(Finding::warning("foreign", message).hint(hint));
    }
    if let Some(first) = inventory.ambiguous.first() {
        let number = inventory.ambiguous.len();
        let ids = some(first.candidates.iter().map(ToString::to_string));
        let (names, are) = if number == 1 { ("name", "is") } else { ("names", "are") };
        let message = format!(
            "{number} {names} {are} ambiguous: Airflow asks for `{}` for several ids, such as {ids}",
            first.header.name
        );
        let hint = "check which of the ids your DAGs use, and give them to `airbridge copy` with --ids";
        findings.push(Finding::warning("ambiguous", message).hint(hint));
    }
    findings.extend(duplicates(endpoint, listing));
    findings
}

/// Entries with several names, of which Airflow reads the first.
fn duplicates(endpoint: &Endpoint, listing: &Listing) -> Option<Finding> {
    let layout = &endpoint.layout;
    let mut by_id: BTreeMap<EntryId, Vec<&SecretName>> = BTreeMap::new();
    for name in listing.names() {
        if let Parsed::Exact(id) | Parsed::Guess(id) = layout.parse(name) {
            by_id.entry(id).or_default().push(name);
        }
    }
    by_id.retain(|_, names| names.len() > 1);
    let (id, _) = by_id.first_key_value()?;
    let names = layout.names_of(id).unwrap_or_default();
    let there: Vec<_> = names.iter().filter(|name| listing.get(layout, name).is_some()).collect();
    let (first, rest) = there.split_first()?;
    let hidden: Vec<_> = rest.iter().map(|name| format!("`{name}`")).collect();
    let number = by_id.len();
    let entries = if number == 1 { "1 entry has".to_owned() } else { format!("{number} entries have") };
    let message = format!(
        "{entries} several names, and Airflow reads the first: of {id}, `{first}` hides {}",
        some(hidden)
    );
    Some(Finding::warning("duplicate", message).hint("delete the names that Airflow does not read"))
}
