//! Applies rules to a snapshot.

use std::borrow::Cow;
use std::collections::BTreeMap;

use airbridge_airflow::{Edits, EntryId, Field, Part, Reading, Unrepresentable};
use airbridge_core::{Json, Result};

use super::rename::{Fill, Rename};
use super::rule::{Effect, Rule, Rules};
use crate::endpoint::Source;
use crate::event::{Observer, Side};
use crate::inventory::Inventory;
use crate::ruled::Ruled;
use crate::select::Selection;
use crate::snapshot::{Item, Keep, Snapshot, snapshot, snapshot_with_masks};
use crate::view::View;

const HALF: &str = "has a star that matches half a character of the id";

/// Reads the selected entries of an endpoint and applies rules to them. Entries that rules exclude are not read.
///
/// # Errors
/// As [`snapshot`](crate::snapshot()).
pub async fn ruled_snapshot(
    rules: &Rules,
    source: &Source,
    role: Side,
    mut inventory: Inventory,
    selection: &Selection,
    keep: Keep,
    observer: &dyn Observer,
) -> Result<Snapshot> {
    if rules.is_empty() {
        return snapshot(source, role, inventory, selection, keep, observer).await;
    }
    let excluded = rules.exclude(&mut inventory, selection);
    let mut seen = snapshot_with_masks(source, role, inventory, selection, observer).await?;
    seen.excluded = excluded;
    rules.apply(&mut seen);
    Ok(seen.without_masks(keep))
}

impl Rules {
    /// Renames and changes the entries of a snapshot. Several entries may then have the same id; plan and diff refuse all
    /// of them.
    pub fn apply(&self, snapshot: &mut Snapshot) {
        for item in &mut snapshot.items {
            if let Some((number, rule)) = self.taking(&item.id) {
                rule.apply(number, item);
            }
        }
        snapshot.items.sort_by(|a, b| (&a.id, &a.name).cmp(&(&b.id, &b.name)));
    }
}

impl Rule {
    fn apply(&self, number: usize, item: &mut Item) {
        item.ruled = Some(Box::new(Ruled { rule: number, ..Ruled::default() }));
        let Effect::Change { rename, edits, fills } = &self.effect else { return };
        let edits = self.filled(edits, fills, item);
        let renamed = self.renamed(rename.as_ref(), item);
        let unfit = renamed.and(edits).and_then(|edits| edited(&edits, item)).err();
        if let Some(message) = unfit.filter(|_| !item.reads_as_missing()) {
            item.view = View::Rejection(format!("rule {number} {message}"));
        }
    }

    /// The edits, with the values that depend on the id.
    fn filled<'e>(
        &self,
        edits: &'e Edits,
        fills: &BTreeMap<Part, Fill>,
        item: &Item,
    ) -> std::result::Result<Cow<'e, Edits>, String> {
        let glob = self.matches.iter().find(|glob| glob.takes(&item.id));
        let Some(glob) = glob.filter(|_| !fills.is_empty()) else { return Ok(Cow::Borrowed(edits)) };
        let caught = glob.caught(&item.id).ok_or(HALF)?;
        let mut edits = edits.clone();
        for (part, fill) in fills {
            let text = fill.text(&caught);
            let value = match part {
                Part::Field(Field::Port) => {
                    let port: u16 =
                        text.parse().map_err(|_| "would set `port` to an invalid port".to_owned())?;
                    Json::integer(port.into())
                }
                Part::Field(Field::ConnType) if text.is_empty() => {
                    return Err("would set `conn_type` to an empty string".to_owned());
                }
                _ => Json::string(text),
            };
            edits.set.insert(part.clone(), value);
        }
        Ok(Cow::Owned(edits))
    }

    fn renamed(&self, rename: Option<&Rename>, item: &mut Item) -> std::result::Result<(), String> {
        let glob = self.matches.iter().find(|glob| glob.takes(&item.id));
        let Some((rename, glob)) = rename.zip(glob) else { return Ok(()) };
        let caught = glob.caught(&item.id).ok_or(HALF)?;
        let key = rename.key(&caught);
        if key.is_empty() {
            return Err("would leave it without an id".to_owned());
        }
        if *key != *item.id.key {
            let id = EntryId { key: key.into(), ..item.id.clone() };
            let before = std::mem::replace(&mut item.id, id);
            if let Some(ruled) = &mut item.ruled {
                ruled.renamed_from = Some(before);
            }
        }
        Ok(())
    }
}

/// Changes an entry that can be read. Of any other entry, only the value can be set.
fn edited(edits: &Edits, item: &mut Item) -> std::result::Result<(), String> {
    let kind = item.id.kind;
    if let Some(part) = edits.unfit(kind) {
        let does = if edits.set.contains_key(part) { "sets" } else { "unsets" };
        return Err(format!("{does} {part}, which a {} does not have", kind.word()));
    }
    match &mut item.view {
        View::Readable {
            payload,
            reading: reading @ (Reading::Connection { .. } | Reading::Value { .. }),
            reader_dependent,
        } => {
            let edited = edits.apply(reading).map_err(|error| format!("cannot change it: {error}"))?;
            *reading = edited.reading;
            if !edited.set.is_empty() || !edited.unset.is_empty() {
                *payload = None;
                *reader_dependent = false;
            }
            if let Some(ruled) = &mut item.ruled {
                (ruled.set, ruled.unset) = (edited.set, edited.unset);
            }
        }
        View::Readable { .. } | View::Hidden(_) | View::Failed(_) | View::Rejection(_) | View::Gone => {
            let Some(value) = edits.value().filter(|_| !item.reads_as_missing()) else { return Ok(()) };
            // Whether the source has a description is unknown.
            let loses = Unrepresentable { description: true, ..Unrepresentable::default() };
            let reading = Reading::Value { value: value.clone(), description: Json::Null, loses };
            item.view = View::Readable { payload: None, reading, reader_dependent: false };
            if let Some(ruled) = &mut item.ruled {
                ruled.set = edits.set.keys().cloned().collect();
            }
        }
    }
    Ok(())
}
