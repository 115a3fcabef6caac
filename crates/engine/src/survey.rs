//! The names at both endpoints, and the entries that they stand for.

use std::collections::BTreeSet;

use airbridge_airflow::Kind;
use airbridge_core::Result;

use crate::endpoint::Source;
use crate::event::{Observer, Side};
use crate::inventory::{Evidence, Extent, Inventory, Listing, list, resolve_names};

/// What both endpoints of a run hold, by name.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The entries at the source.
    pub source: Inventory,
    /// The entries at the target; empty without a target.
    pub target: Inventory,
    /// All names at the target, as [`read_existing`](crate::read_existing) needs them.
    pub target_listing: Listing,
}

/// Lists both endpoints at the same time and resolves the names that could be several ids.
///
/// The target is resolved by the ids that the user gave, the source also by the ids that rules name. Then the certain
/// ids of each side resolve what is still open at the other. Labels count on both sides.
///
/// # Errors
/// The first error of a listing.
pub async fn survey(
    source: &Source,
    target: Option<&Source>,
    kinds: &[Kind],
    evidence: &Evidence,
    observer: &dyn Observer,
) -> Result<Survey> {
    let list_target = async {
        match target {
            Some(target) => list(target, Side::Target, kinds, Extent::Entries, observer).await,
            None => Ok(Listing::default()),
        }
    };
    let (listing, target_listing) =
        futures::try_join!(list(source, Side::Source, kinds, Extent::Entries, observer), list_target)?;
    let mut survey = Survey { source: resolve_names(source, &listing, kinds, evidence), ..Survey::default() };
    if let Some(target) = target {
        let of_target = Evidence { given: evidence.given.clone(), ..Evidence::default() };
        survey.target = resolve_names(target, &target_listing, kinds, &of_target);
        let certain = |inventory: &Inventory| inventory.certain().cloned().collect();
        let open_at_source = survey.source.has_open_names();
        let at_source =
            if survey.target.has_open_names() { certain(&survey.source) } else { BTreeSet::new() };
        if open_at_source {
            let evidence = Evidence { elsewhere: certain(&survey.target), ..evidence.clone() };
            survey.source = resolve_names(source, &listing, kinds, &evidence);
        }
        if survey.target.has_open_names() {
            let of_target = Evidence { elsewhere: at_source, ..of_target };
            survey.target = resolve_names(target, &target_listing, kinds, &of_target);
        }
    }
    Ok(Survey { target_listing, ..survey })
}
