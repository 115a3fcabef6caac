//! The names and changes of a saved plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use airbridge_core::{Right, SecretName};
use airbridge_endpoints::read_text;
use airbridge_engine::Endpoint;
use serde_json::Value;

use crate::cli::PurposeWord;
use crate::failure::{Failure, Outcome, why};
use crate::output::style::plain;

/// A plan that was read.
#[derive(Debug)]
pub(super) struct Plan {
    path: PathBuf,
    document: Value,
}

/// What a plan needs at one of its sides: names, by what is to be allowed for them.
pub(super) type Planned = BTreeMap<BTreeSet<Right>, Vec<SecretName>>;

/// Reads a plan: one that `--save` wrote, or the document of `plan --output json`. Its key is not needed, because nothing is
/// compared.
pub(super) fn read(path: &Path) -> Outcome<Plan> {
    let shown = plain(&path.display().to_string());
    let hint = "name a file that `airbridge plan --save` wrote";
    let text = read_text(path)
        .map_err(|error| Failure::usage(format!("{shown} cannot be read: {}", why(&error))).hint(hint))?;
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let is_plan = document["schema"] == "airbridge.saved-plan/1" || document["schema"] == "airbridge.plan/1";
    let sides = document["endpoints"].as_array().map_or(0, Vec::len);
    if !is_plan || sides != 2 || !document["entries"].is_array() {
        return Err(Failure::usage(format!("{shown} is not a plan of this version of airbridge")).hint(hint));
    }
    Ok(Plan { path: path.to_owned(), document })
}

impl Plan {
    /// What the plan needs at this endpoint.
    pub(super) fn of(&self, endpoint: &Endpoint, purpose: PurposeWord) -> Outcome<Planned> {
        let place =
            |side: usize| self.document["endpoints"][side]["place"].as_str() == Some(endpoint.place());
        let reads = purpose == PurposeWord::Read;
        if !place(usize::from(!reads)) {
            let (side, path) = (if reads { "source" } else { "target" }, self.path.display().to_string());
            let (path, here) = (plain(&path), plain(endpoint.place()));
            return Err(Failure::usage(format!("{here} is not the {side} of the plan in {path}"))
                .hint(format!("name the {side} of the plan, as it was written there")));
        }
        let restores = endpoint.store.descriptor().undo.restores;
        let rows = self.document["entries"].as_array().into_iter().flatten();
        let mut names: BTreeMap<SecretName, BTreeSet<Right>> = BTreeMap::new();
        for row in rows {
            let Some(name) = row[if reads { "source_name" } else { "target_name" }].as_str() else {
                continue;
            };
            let rights = rights(row, purpose, restores);
            if !rights.is_empty() {
                names.entry(SecretName::new(name)).or_default().extend(rights);
            }
        }
        let carried = self.carries_metadata() && purpose != PurposeWord::Airflow;
        let mut planned = Planned::new();
        for (name, mut rights) in names {
            rights.extend(carried.then_some(Right::Metadata));
            planned.entry(rights).or_default().push(name);
        }
        Ok(planned)
    }

    /// Whether the plan copies descriptions and tags, as far as a saved plan says so.
    fn carries_metadata(&self) -> bool {
        let asked = &self.document["asked"];
        let keys = asked["from_keys"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let written =
            asked["from"].as_str().and_then(|from| from.split_once('?')).map(|(_, keys)| keys.split('&'));
        keys.chain(written.into_iter().flatten()).any(|key| key == "metadata=carry")
    }
}

/// What one row of a plan needs at the side that the policy is for.
fn rights(row: &Value, purpose: PurposeWord, restores: bool) -> Vec<Right> {
    // A secret that is deleted and created again, because the service cannot replace what it has.
    let anew = |rights: &[Right]| {
        let more = if is_made_anew(row) { &[Right::Create, Right::Delete][..] } else { &[] };
        [rights, more].concat()
    };
    match (purpose, row["action"].as_str().unwrap_or_default()) {
        // The source lists and reads every selected entry, also those that stay as they are.
        (PurposeWord::Read, _)
        | (PurposeWord::Airflow, "create" | "replace" | "restore" | "keep")
        | (PurposeWord::Write, "keep") => vec![Right::Read],
        (PurposeWord::Write, "create") => vec![Right::Read, Right::Create],
        (PurposeWord::Write, "replace") => anew(&[Right::Read, Right::Replace]),
        (PurposeWord::Write, "delete") => vec![Right::Read, Right::Delete],
        (PurposeWord::Write, "restore") => vec![Right::Read, Right::Replace, Right::Restore],
        (PurposeWord::Undo, "create" | "restore") => vec![Right::Read, Right::ReadFormer, Right::Delete],
        (PurposeWord::Undo, "replace") => anew(&[Right::Read, Right::ReadFormer, Right::Replace]),
        (PurposeWord::Undo, "delete") => {
            let rights = [Right::Read, Right::ReadFormer, Right::Create, Right::Replace];
            rights.into_iter().chain(restores.then_some(Right::Restore)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the secret is deleted and created again, because the service cannot replace what it has.
fn is_made_anew(row: &Value) -> bool {
    row["flags"].as_array().into_iter().flatten().any(|flag| flag == "recreated")
}
