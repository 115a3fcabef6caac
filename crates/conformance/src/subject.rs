//! What an adapter's test supplies.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

#[cfg(doc)]
use airbridge_core::State;
use airbridge_core::{Descriptor, Json, Metadata, Payload, SecretName, SecretStore, SecretText};

/// A marker in the payloads. No error, log or debug output may show it; every string of [`texts`] contains it.
pub const CANARY: &str = "c4n4ry7w1tch";

/// A store, and what the suite has to know about it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The store.
    pub store: Arc<dyn SecretStore>,
    /// The descriptor that the store must have. Write it out by hand: a capability that gets lost then fails the suite
    /// instead of skipping its cases.
    pub expected: Descriptor,
    /// Every name that the suite creates starts with this, and no other secret does. The suite appends digits (every
    /// service accepts them), `separator` and `names`. It may be empty in a fresh store.
    pub prefix: String,
    /// The separator between folders in names; empty where names are flat.
    pub separator: &'static str,
    /// Endings that make awkward names: each character that the service treats specially and still accepts.
    pub names: Vec<String>,
    /// Payloads that must come back byte for byte: at least three different ones, one of which contains [`CANARY`].
    pub payloads: Vec<Payload>,
    /// What `check` must refuse, and the reason word of each refusal.
    pub unfit: Vec<(SecretName, Payload, &'static str)>,
    /// The longest name that the service accepts, in bytes, with `prefix`. The suite writes a name of exactly this
    /// length, and `check` must refuse one that is a digit longer with `name-too-long`.
    pub longest_name: Bound,
    /// The largest value that the service accepts, in the unit of `sized`. The suite writes a value of exactly this size,
    /// and `check` must refuse the next size with `value-too-large`.
    pub largest_value: Bound,
    /// A payload of a given size: [`text_of`] for a service that counts the bytes of a string.
    pub sized: fn(usize) -> Payload,
    /// How the suite plants bytes that are not UTF-8, or why the service cannot hold any.
    pub binary: Binary,
    /// The credentials that the store was opened with: tokens, passwords, keys. `Debug` of the store and every error are
    /// searched for them. Empty for a store without credentials.
    pub secrets: Vec<SecretText>,
    /// The secrets that the store holds under `prefix` from the start. A store that cannot be written needs at least
    /// three, because the suite can list and read no others; one that can be written needs none. The character after
    /// the prefix must not be a digit.
    pub existing: Vec<(SecretName, Payload)>,
    /// The maximum number of names on one page of a listing; `None` where one page holds all. The suite creates just over
    /// twice as many and expects at least three pages. At most 499.
    pub page: Option<usize>,
    /// Whether the store deletes. If not, it must answer a delete with `Unsupported`.
    pub deletes: bool,
    /// Metadata that must come back, usually [`described`]. Empty for a store that keeps no metadata; less than the
    /// store can keep where an emulator loses some of it.
    pub metadata: Metadata,
}

/// A limit of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Exactly this many are accepted; one more is refused.
    At(usize),
    /// The suite tests no limit, for the reason given: the service has none, say.
    Untested(&'static str),
}

/// How the suite gets bytes that are not UTF-8 into the store.
#[derive(Clone)]
pub enum Binary {
    /// The test writes them with its own client; see [`Binary::planted`].
    Planted(Plant),
    /// The service cannot hold them, for the reason given: values are JSON strings, say.
    Impossible(&'static str),
}

type Plant = Arc<dyn Fn(SecretName, Vec<u8>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

impl Binary {
    /// `plant` writes the bytes under the name, past the adapter: with the vendor's own client, or straight into the
    /// file. A read must then find [`State::Binary`].
    pub fn planted<F>(plant: impl Fn(SecretName, Vec<u8>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::Planted(Arc::new(move |name, bytes| Box::pin(plant(name, bytes))))
    }
}

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planted(_) => f.write_str("Planted(..)"),
            Self::Impossible(reason) => f.debug_tuple("Impossible").field(reason).finish(),
        }
    }
}

impl Subject {
    /// Whether the suite creates its own secrets.
    pub(crate) fn writes(&self) -> bool {
        self.expected.capabilities.write
    }

    /// Fails if the subject supplies so little that a defective store would pass.
    pub(crate) fn validate(&self) {
        let payloads = &self.payloads;
        let distinct = payloads.iter().enumerate().all(|(i, one)| !payloads[..i].contains(one));
        assert!(
            payloads.len() >= 3 && distinct,
            "subject: `payloads` needs at least three different payloads"
        );
        assert!(payloads.iter().any(contains_canary), "subject: one of `payloads` must contain the canary");
        assert!(
            self.writes() || self.existing.len() >= 3,
            "subject: a store that cannot be written needs at least three secrets in `existing`"
        );
        assert!(self.page.is_none_or(|page| (1..500).contains(&page)), "subject: `page` must be 1 to 499");
        assert!(
            self.expected.capabilities.metadata || self.metadata.is_empty(),
            "subject: `metadata` must be empty where the store keeps no metadata"
        );
        let apart = |name: &SecretName| {
            let ending = name.as_str().strip_prefix(&self.prefix);
            ending.is_some_and(|ending| !ending.starts_with(|first: char| first.is_ascii_digit()))
        };
        assert!(
            self.existing.iter().all(|(name, _)| apart(name)),
            "subject: each name in `existing` must start with `prefix`, and no digit may follow"
        );
        assert!(
            self.secrets.iter().all(|secret| !secret.is_empty()),
            "subject: an entry of `secrets` is empty"
        );
        let reason = |bound: &Bound| !matches!(bound, Bound::Untested(""));
        assert!(
            reason(&self.longest_name)
                && reason(&self.largest_value)
                && !matches!(self.binary, Binary::Impossible("")),
            "subject: `Bound::Untested` and `Binary::Impossible` need a reason"
        );
    }
}

/// Strings that any store of strings should hold byte for byte, awkward ones first. An adapter leaves out, with a
/// reason, what its service cannot hold.
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

/// A string of so many bytes, which repeats the canary.
pub fn text_of(bytes: usize) -> Payload {
    Payload::text(CANARY.chars().cycle().take(bytes).collect::<String>())
}

/// Metadata that any store with metadata can keep.
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

    use super::{CANARY, contains_canary, text_of, texts};

    #[test]
    fn canary_is_found_at_any_depth() {
        assert!(texts().into_iter().all(|text| contains_canary(&Payload::text(text))));
        let nested = Json::Array(vec![Json::Null, Json::string(CANARY)]);
        assert!(contains_canary(&Payload::Fields(Fields::from_iter([("a", nested)]))));
        assert!(!contains_canary(&Payload::Fields(Fields::from_iter([(CANARY, Json::Bool(true))]))));
    }

    #[test]
    fn text_of_has_exactly_the_size_asked_for() {
        for size in [0, 1, 12, 100] {
            assert!(matches!(text_of(size), Payload::Text(text) if text.len() == size));
        }
    }
}
