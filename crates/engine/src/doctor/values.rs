//! Findings from values, which are never shown: what may not be read, what Airflow cannot read, and what it treats as missing.

use std::collections::BTreeMap;

use airbridge_airflow::{EntryId, Kind, Reading};
use airbridge_core::{Finding, State};

use super::text::{are, count, some};
use crate::snapshot::Item;
use crate::view::View;

/// How many findings of the same check are shown one by one.
const SHOWN: usize = 5;

/// What was read of the entries of one kind. `total` is how many there are.
pub(super) fn of_kind(kind: Kind, total: usize, items: &[Box<Item>]) -> Vec<Finding> {
    let mut states: BTreeMap<&'static str, Vec<&EntryId>> = BTreeMap::new();
    let mut failed: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    let (mut unreadable, mut dependent, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let mut read = 0;
    for item in items {
        match &item.view {
            View::Readable { reading: Reading::Unreadable(error), .. } => {
                unreadable.push((item, error.to_string()));
            }
            View::Readable { reading: Reading::Missing, .. } => {
                states.entry("empty").or_default().push(&item.id);
            }
            View::Readable { reader_dependent, .. } => {
                read += 1;
                if *reader_dependent {
                    dependent.push(&item.id);
                }
                let remarks = item.remarks.as_deref();
                notes.extend(
                    remarks.and_then(|remarks| remarks.note.as_ref()).map(|note| (item, note.clone())),
                );
            }
            View::Hidden(State::Damaged { message }) => unreadable.push((item, message.clone())),
            View::Hidden(state) => states.entry(word(state)).or_default().push(&item.id),
            View::Failed(error) => failed.entry(error.kind().word()).or_default().push(item),
            View::Rejection(_) | View::Gone => {}
        }
    }
    let mut findings = Vec::new();
    if read > 0 {
        let of = if items.len() < total {
            format!(" (the first {} of {total} were tried)", items.len())
        } else {
            String::new()
        };
        findings.push(Finding::ok("read", format!("Airflow can read {}{of}", count(kind, read))));
    }
    findings.extend(failed.into_values().filter_map(|items| not_read(kind, &items)));
    for (item, why) in unreadable.iter().take(SHOWN) {
        let message = format!("Airflow cannot read {}: {why}", item.id);
        let hint = "correct the value there; until then Airflow ignores it and asks its next backend";
        findings.push(Finding::problem("unreadable", message).hint(hint).about(&item.name));
    }
    if unreadable.len() > SHOWN {
        let more = count(kind, unreadable.len() - SHOWN);
        findings.push(Finding::problem("unreadable", format!("Airflow cannot read {more} more")));
    }
    for (word, ids) in states {
        findings.push(missing(kind, word, &ids));
    }
    if !dependent.is_empty() {
        let (number, ids) = (count(kind, dependent.len()), some(dependent));
        let message = format!("readers of one Airflow version read different values from {number}: {ids}");
        let hint = "write them as JSON with strings, for example with `airbridge copy --value-format json`";
        findings.push(Finding::warning("reader-dependent", message).hint(hint));
    }
    for (item, note) in notes.iter().take(SHOWN) {
        findings.push(Finding::warning("note", format!("{}: {note}", item.id)).about(&item.name));
    }
    findings
}

fn word(state: &State) -> &'static str {
    match state {
        State::Disabled => "disabled",
        State::Deleted { .. } => "deleted",
        State::NoValue | State::Live => "without a value",
        State::Binary => "binary",
        State::Masked { .. } => "masked",
        State::Damaged { .. } => "damaged",
    }
}

/// Entries that Airflow treats as missing, or whose value the service does not give out.
fn missing(kind: Kind, word: &'static str, ids: &[&EntryId]) -> Finding {
    let number = ids.len();
    let (count, are, ids) = (count(kind, number), are(number), some(ids));
    let them = if number == 1 { "it" } else { "them" };
    let (check, what, hint) = match word {
        "disabled" => (
            "disabled",
            "Airflow's lookup fails".to_owned(),
            "enable the newest version, or delete the secret",
        ),
        "deleted" => {
            ("deleted", format!("Airflow does not find {them}"), "restore the secret, or use another id")
        }
        "binary" => ("binary", "Airflow reads bytes as missing".to_owned(), "store the value as text"),
        "masked" => (
            "masked",
            "a mask such as `***` is not the secret".to_owned(),
            "read it where it is not masked, such as `airflow-db:`",
        ),
        _ => ("empty", format!("Airflow does not find {them}"), "store a value, or delete the secret"),
    };
    let message = format!("{count} {are} {word}, so {what}: {ids}");
    Finding::warning(check, message).hint(hint)
}

fn not_read(kind: Kind, items: &[&Item]) -> Option<Finding> {
    let first = items.first()?;
    let View::Failed(error) = &first.view else { return None };
    let ids = some(items.iter().map(|item| &item.id));
    let of_first = if items.len() > 1 { "; of the first" } else { "" };
    let message =
        format!("{} cannot be read ({ids}){of_first}: {}", count(kind, items.len()), error.message());
    let hint = error.hint().map_or_else(
        || "grant the permission to read, and to decrypt where a key of its own is used".to_owned(),
        str::to_owned,
    );
    Some(Finding::problem("read", message).hint(hint).about(&first.name))
}
