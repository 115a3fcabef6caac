//! What a plan saw of each entry, so that a saved plan can find out whether anything moved.

use std::fmt::Write;

use airbridge_airflow::{Field, Reading};
use airbridge_core::{Json, JsonStyle, SecretText, Version};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::snapshot::Item;
use crate::view::View;

/// Marks values, to compare them later without keeping them. A mark tells nothing without the key.
#[derive(Clone)]
pub struct Marker(hmac::Key);

/// What was seen of an entry at both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// At the source.
    pub source: SideSeen,
    /// At the target.
    pub target: SideSeen,
}

/// What was seen of an entry at one side. An absent entry has neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideSeen {
    /// The version.
    pub version: Option<Version>,
    /// A mark of what Airflow reads, where the store has no versions or a rule changed the value.
    pub mark: Option<String>,
}

impl std::fmt::Debug for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Marker")
    }
}

impl Marker {
    /// A marker with this key, of 32 random bytes.
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// `is_copied` says that the description and the tags count.
    fn mark(&self, item: &Item, is_copied: bool) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        let mut add = |part: &[u8]| {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        };
        add(item.id.to_string().as_bytes());
        match &item.view {
            View::Readable { reading, .. } => add_reading(reading, &mut add),
            View::Hidden(state) => add(Zeroizing::new(format!("hidden {state:?}")).as_bytes()),
            View::Gone => add(b"gone"),
            View::Failed(error) => add(format!("failed {}", error.kind().word()).as_bytes()),
            View::Rejection(message) => add(format!("rejection {message}").as_bytes()),
        }
        if let Some(shown) = &item.shown {
            add_reading(shown.reading(), &mut add);
        }
        if let Some(metadata) = item.metadata.as_ref().filter(|_| is_copied) {
            add(metadata.description.as_deref().unwrap_or_default().as_bytes());
            for (key, value) in &metadata.tags {
                add(key.as_bytes());
                add(value.as_bytes());
            }
        }
        context.sign().as_ref().iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

fn add_reading(reading: &Reading, add: &mut impl FnMut(&[u8])) {
    let text = |value: &Json| -> SecretText { value.to_text(JsonStyle::LINE.exact()) };
    match reading {
        Reading::Connection { connection, .. } => {
            for field in Field::ALL {
                add(text(connection.get(field)).expose().as_bytes());
            }
        }
        Reading::Value { value, description, .. } => {
            add(text(value).expose().as_bytes());
            add(text(description).expose().as_bytes());
        }
        Reading::Missing => add(b"missing"),
        Reading::Unreadable(_) => add(b"unreadable"),
    }
}

impl Seen {
    /// What was seen of an entry and of what the target has under its name.
    pub(super) fn of(marker: &Marker, item: Option<&Item>, there: Option<&Item>) -> Self {
        let side = |item: Option<&Item>, is_copied: bool| {
            let Some(item) = item else { return SideSeen::default() };
            // No version covers what a rule made, and not every version covers a description.
            let is_marked =
                item.version.is_none() || item.ruled.is_some() || is_copied && item.metadata.is_some();
            SideSeen { version: item.version.clone(), mark: is_marked.then(|| marker.mark(item, is_copied)) }
        };
        Self { source: side(item, true), target: side(there, false) }
    }
}
