//! What an adapter's test supplies.

use std::sync::Arc;

use airbridge_core::{Descriptor, Json, Metadata, Payload, SecretName, SecretStore};

/// A text that no error, log or debug print may show; [`texts`] all hold it.
pub const CANARY: &str = "c4n4ry7w1tch";

/// A store, and what the suite has to know of it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The store.
    pub store: Arc<dyn SecretStore>,
    /// The descriptor it must have, written out by hand: a capability that gets lost fails and is not skipped.
    pub expected: Descriptor,
    /// Every name that the suite makes starts with this, and nothing else does. The suite appends digits (every service
    /// takes them), `separator` and `names`. It may be empty in a fresh store.
    pub prefix: String,
    /// What separates folders in names, or an empty text where names are flat.
    pub separator: &'static str,
    /// Endings that make awkward names: each character that the service treats specially and still accepts.
    pub names: Vec<String>,
    /// Payloads that must come back byte for byte, at least three different ones; one of them contains [`CANARY`].
    pub payloads: Vec<Payload>,
    /// What `check` must refuse, and for which reason word.
    pub unfit: Vec<(SecretName, Payload, &'static str)>,
    /// What is in the store under `prefix` from the start. A store that cannot be written needs at least three of
    /// these, for they are all that there is to list and read; one that can be written needs none. What follows the
    /// prefix is no digit.
    pub existing: Vec<(SecretName, Payload)>,
    /// The most names on one page of a listing; `None` where one page holds all. The suite makes just over twice as
    /// many and expects three pages. At most 499.
    pub page: Option<usize>,
    /// Whether the store deletes; where not, it must answer `Unsupported`.
    pub deletes: bool,
    /// What is said of a secret and must come back, [`described`] as a rule. Empty for a store that keeps nothing beside
    /// values; less than the store can keep where an emulator loses some of it.
    pub metadata: Metadata,
}

impl Subject {
    /// Whether the suite makes its own secrets.
    pub(crate) fn writes(&self) -> bool {
        self.expected.capabilities.write
    }

    /// A subject that gives too little would pass whatever the store does.
    pub(crate) fn validate(&self) {
        let payloads = &self.payloads;
        let distinct = payloads.iter().enumerate().all(|(i, one)| !payloads[..i].contains(one));
        assert!(payloads.len() >= 3 && distinct, "subject: at least three different payloads are needed");
        assert!(
            payloads.iter().any(contains_canary),
            "subject: a payload that contains the canary is needed"
        );
        assert!(
            self.writes() || self.existing.len() >= 3,
            "subject: a store that cannot be written needs three secrets from the start"
        );
        assert!(
            self.page.is_none_or(|page| (1..500).contains(&page)),
            "subject: a page holds 1 to 499 names"
        );
        assert!(
            self.expected.capabilities.metadata || self.metadata.is_empty(),
            "subject: a store that keeps nothing beside values says nothing of secrets"
        );
        let apart = |name: &SecretName| {
            let ending = name.as_str().strip_prefix(&self.prefix);
            ending.is_some_and(|ending| !ending.starts_with(|first: char| first.is_ascii_digit()))
        };
        assert!(
            self.existing.iter().all(|(name, _)| apart(name)),
            "subject: what is there from the start has the prefix and goes on with no digit"
        );
    }
}

/// Texts that any store of texts should hold byte for byte, awkward ones first. An adapter leaves out, with a reason,
/// what its service cannot hold.
pub fn texts() -> Vec<String> {
    let awkward = [
        "postgresql://u:p%40ss@h:5432/db?x=%7B%22a%22%3A+1%7D#",
        "{\"conn_type\": \"http\", \"password\": \"\\\"\\\\\\u00e9\"}",
        " leading, trailing and double  space ",
        "line\nbreak\r\nand\ttab, and one at the end\n",
        "$HOME ${HOME} $$ `id` # ; % {{ ds }} 'single' \"double\" \\n",
        "\u{feff}é e\u{301} 日本語 🔑 \u{2028}",
        "null",
        "yes: [1, 2]",
        "=",
    ];
    awkward.iter().map(|text| format!("{text}{CANARY}{text}")).collect()
}

/// What any store that keeps something beside values can keep.
pub fn described() -> Metadata {
    let tags = [("team", "data"), ("cost-centre", "42")];
    Metadata {
        description: Some("The warehouse".to_owned()),
        tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
    }
}

fn contains_canary(payload: &Payload) -> bool {
    fn within(json: &Json) -> bool {
        match json {
            Json::String(text) | Json::Number(text) => text.expose().contains(CANARY),
            Json::Array(items) => items.iter().any(within),
            Json::Object(fields) => fields.iter().any(|(_, value)| within(value)),
            Json::Null | Json::Bool(_) => false,
        }
    }
    match payload {
        Payload::Text(text) => text.expose().contains(CANARY),
        Payload::Fields(fields) => fields.iter().any(|(_, value)| within(value)),
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Fields, Json, Payload};

    use super::{CANARY, contains_canary, texts};

    #[test]
    fn the_canary_is_found_wherever_it_sits() {
        assert!(texts().into_iter().all(|text| contains_canary(&Payload::text(text))));
        let nested = Json::Array(vec![Json::Null, Json::string(CANARY)]);
        assert!(contains_canary(&Payload::Fields(Fields::from_iter([("a", nested)]))));
        assert!(!contains_canary(&Payload::Fields(Fields::from_iter([(CANARY, Json::Bool(true))]))));
    }
}
