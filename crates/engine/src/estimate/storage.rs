//! The change of what a service charges for storage.

use serde::{Deserialize, Serialize};

use super::services::{PRICES_OF, Storage};
use super::workload::Workload;
use crate::endpoint::NewSecretSetting;

/// The change of what a service charges for storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageChange {
    /// US cents for each month; negative if it becomes less.
    pub usd_cents_per_month: i64,
    /// What is charged: `secret`, `secret version`, `advanced parameter`.
    pub unit: String,
    /// How many of them the copy adds, replicas aside.
    pub added: usize,
    /// How many of them the copy removes.
    pub removed: usize,
    /// In how many places each new secret is charged: its region and those of its replicas, or its locations.
    pub places: usize,
    /// What such a place is: `region` or `location`.
    pub place: String,
    /// When the prices were looked up.
    pub prices_of: String,
}

/// What is charged for, and how much of it a copy changes.
struct Charged {
    cents: u32,
    unit: &'static str,
    place: &'static str,
    /// Added in each of `places`.
    new: usize,
    places: usize,
    /// Added to secrets that are there already. In how many places those are is not known; one is the least.
    to_others: usize,
    removed: usize,
}

impl StorageChange {
    /// What `work` changes; `None` if the service charges nothing for storage. `settings` are those of new secrets.
    pub(super) fn of(storage: Storage, work: &Workload, settings: &[NewSecretSetting]) -> Option<Self> {
        let (creates, replaces, deletes) = (work.creates.len(), work.replaces.len(), work.deletes);
        let Charged { cents, unit, place, new, places, to_others, removed } = match storage {
            Storage::Free | Storage::OwnServer => return None,
            Storage::Secrets { cents, replicas } => Charged {
                cents,
                unit: "secret",
                place: "region",
                new: creates,
                places: 1 + listed(settings, replicas),
                to_others: 0,
                removed: deletes,
            },
            Storage::Versions { cents, locations } => Charged {
                cents,
                unit: "secret version",
                place: "location",
                new: creates,
                places: listed(settings, locations).max(1),
                // The former version of a replaced secret stays.
                to_others: replaces,
                removed: deletes,
            },
            Storage::AdvancedParameters { cents, tier, standard_bytes } => Charged {
                cents,
                unit: "advanced parameter",
                place: "region",
                new: match value(settings, tier) {
                    Some("advanced") => creates,
                    Some("intelligent") => {
                        work.creates.iter().filter(|written| written.bytes > standard_bytes).count()
                    }
                    _ => 0,
                },
                places: 1,
                // The tier of the parameters that are there is not known.
                to_others: 0,
                removed: 0,
            },
        };
        let more = signed(new.saturating_mul(places).saturating_add(to_others)) - signed(removed);
        Some(Self {
            usd_cents_per_month: more.saturating_mul(i64::from(cents)),
            unit: unit.to_owned(),
            added: new + to_others,
            removed,
            places,
            place: place.to_owned(),
            prices_of: PRICES_OF.to_owned(),
        })
    }
}

fn value<'a>(settings: &'a [NewSecretSetting], name: &str) -> Option<&'a str> {
    settings.iter().find(|setting| setting.name == name)?.value.as_deref()
}

/// How many items the value of a setting lists.
fn listed(settings: &[NewSecretSetting], name: &str) -> usize {
    let items = value(settings, name).unwrap_or_default().split(',');
    items.filter(|item| !item.trim().is_empty()).count()
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
