//! Writing: all new files are prepared first, then they replace the old ones.

use std::collections::HashSet;

use airbridge_core::{
    Action, Change, Edit, Error, ErrorKind, Operation, Payload, Receipt, Result, SecretName,
};

use super::using::PartInUse;

/// The receipt of every change: files have no versions.
const DONE: Receipt = Receipt { version: None };

/// Makes the changes. An outer error means that no file was changed.
pub(super) fn write(parts: &[PartInUse], changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
    let mut outcomes: Vec<Option<Result<Receipt>>> = changes.iter().map(|_| None).collect();
    // Dropped last: a new folder is removed only if it is empty by then.
    let mut new_folders = Vec::new();
    let mut ready = Vec::new();
    for part in parts {
        let mine: Vec<usize> = (0..changes.len()).filter(|&index| part.takes(&changes[index].name)).collect();
        if mine.is_empty() {
            continue;
        }
        let medium = part.medium();
        let before = medium.read_to_write()?;
        let taken = part.records(&before, Operation::Write)?.into_iter().map(|record| record.name).collect();
        let mut edits = Vec::new();
        let mut edited = Vec::new();
        for index in mine {
            outcomes[index] = Some(match judge(part, &changes[index], &taken) {
                Ok(Some(edit)) => {
                    edits.push(edit);
                    edited.push(index);
                    Ok(DONE)
                }
                Ok(None) => Ok(DONE),
                Err(error) => Err(error),
            });
        }
        if !edits.is_empty() {
            let rendered = part.render(&before, &edits, Operation::Write)?;
            new_folders.extend(medium.make_folder()?);
            let file = medium.stage(rendered.bytes, &before)?;
            ready.push((medium, file, edited));
        }
    }
    for (mut medium, file, edited) in ready {
        if let Err(error) = medium.commit(file) {
            for index in edited {
                outcomes[index] = Some(Err(error.clone().with_name(&changes[index].name)));
            }
        }
    }
    let unknown = |change: &Change| fail(&change.name, ErrorKind::InvalidName, "no file holds this name");
    let outcomes = outcomes.into_iter().zip(changes);
    Ok(outcomes.map(|(outcome, change)| outcome.unwrap_or_else(|| unknown(change))).collect())
}

/// The edit for a change; `None` if there is nothing to do.
fn judge<'a>(part: &PartInUse, change: &'a Change, taken: &HashSet<SecretName>) -> Result<Option<Edit<'a>>> {
    let name = &change.name;
    let is_taken = taken.contains(name);
    let payload = match &change.action {
        Action::Create(_) if is_taken => return fail(name, ErrorKind::AlreadyExists, "the name is taken"),
        Action::Replace { .. } if !is_taken => {
            return fail(name, ErrorKind::NotFound, "no such entry");
        }
        Action::Replace { expect: Some(_), .. } | Action::Delete { expect: Some(_) } if is_taken => {
            return fail(name, ErrorKind::VersionMismatch, "a file has no versions to compare");
        }
        Action::Create(payload) | Action::Replace { payload, .. } => Some(payload),
        Action::Delete { .. } if is_taken => None,
        Action::Delete { .. } => return Ok(None),
        _ => return fail(name, ErrorKind::Unsupported, "files do not support this change"),
    };
    if let Some(payload) = payload {
        fit(part, name, payload)?;
    }
    let metadata = change.metadata.as_deref().filter(|_| part.keeps_metadata());
    Ok(Some(Edit { name, payload, metadata }))
}

/// An entry that does not fit must not stop the others.
fn fit(part: &PartInUse, name: &SecretName, payload: &Payload) -> Result<()> {
    part.check(name, payload).map_err(|rejection| rejection.into_error(name))
}

fn fail<T>(name: &SecretName, kind: ErrorKind, message: &str) -> Result<T> {
    Err(Error::new(kind, Operation::Write, message).with_name(name))
}
