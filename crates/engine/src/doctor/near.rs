//! What is probably meant by an id that no place has.

use airbridge_airflow::{EntryId, Kind, near_id};
use airbridge_core::Result;

use crate::endpoint::Source;
use crate::event::{Observer, Side};
use crate::inventory::{Evidence, Extent, list, resolve_names};

/// The ids that a place has.
#[derive(Clone, Debug)]
pub struct Known {
    /// The place, as messages name it.
    pub label: String,
    /// Its ids, also those that ambiguous names could be.
    pub ids: Vec<EntryId>,
}

/// Lists the ids of a place.
///
/// # Errors
/// The place cannot be listed.
pub async fn known_ids(label: &str, source: &Source, observer: &dyn Observer) -> Result<Known> {
    let kinds = source.endpoint().held(&Kind::ALL);
    let listing = list(source, Side::Source, &kinds, Extent::Entries, observer).await?;
    let inventory = resolve_names(source, &listing, &kinds, &Evidence::default());
    Ok(Known { label: label.to_owned(), ids: inventory.ids().cloned().collect() })
}

/// The id that is probably meant, as a hint: one that is nearly the same, or the same id of another kind.
pub fn near_entry(id: &EntryId, known: &[Known]) -> Option<String> {
    let of_kind = |place: &Known, kind: Kind| -> Vec<String> {
        place.ids.iter().filter(|id| id.kind == kind).map(|id| id.key.to_string()).collect()
    };
    let near = known.iter().filter_map(|place| {
        let ids = of_kind(place, id.kind);
        let (near, how) = near_id(&id.key, ids.iter().map(String::as_str))?;
        Some((how, format!("use {}:{near}, which {} has: {}", id.kind.prefix(), place.label, how.in_words())))
    });
    let other_kind = || {
        known.iter().find_map(|place| {
            let other = place.ids.iter().find(|other| other.key == id.key && other.kind != id.kind)?;
            Some(format!("check the kind: {} has {other}", place.label))
        })
    };
    near.min_by_key(|(how, _)| *how).map(|(_, hint)| hint).or_else(other_kind)
}
