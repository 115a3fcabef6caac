//! What a listing shows of values that came with the names, as in files.

use std::sync::Arc;

use airbridge_airflow::Reading;
use airbridge_core::State;

use crate::endpoint::Source;
use crate::inventory::Inventory;
use crate::view::{View, view};

/// Marks the entries whose value came with the listing and is a mask, or missing or unreadable for Airflow. Reads nothing: of a service
/// that lists names only, all that is known is the state that it lists.
pub fn mark_unusable(source: &Source, inventory: &mut Inventory) {
    let rules = &source.endpoint().read_rules;
    for found in &mut inventory.found {
        let Some(stored) = &found.header.stored else { continue };
        match view(rules, &found.id, stored.content.clone()).without_mask() {
            View::Readable { reading: Reading::Unreadable(error), .. } => {
                Arc::make_mut(&mut found.header).state = State::Damaged { message: error.to_string() };
            }
            View::Readable { reading: Reading::Missing, .. } => {
                Arc::make_mut(&mut found.header).state = State::NoValue;
            }
            View::Hidden(state) => Arc::make_mut(&mut found.header).state = state,
            _ => {}
        }
    }
}
