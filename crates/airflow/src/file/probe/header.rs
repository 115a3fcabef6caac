//! The first line: who answered, and what could be listed there.

use airbridge_core::{DocumentError, Fields, Json};

use super::source::{Source, reasons, word};
use crate::entry::Kind;
use crate::reader::AirflowVersion;

/// The version of the format.
const VERSION: i64 = 1;

/// Why a place was not listed: Airflow has no way to.
const CANNOT_LIST: &str = "cannot-list";

const KNOWN: [&str; 8] =
    ["probe", "airflow", "context", "reader", "sources", "backend", "listed", "not_listed"];

/// The first line.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) version: AirflowVersion,
    /// The kinds of which everything was wanted, with the places that were listed.
    listed: Vec<(Kind, Vec<Source>)>,
    /// The places that were not listed, and why.
    not_listed: Vec<(Kind, Vec<(Source, String)>)>,
}

impl Header {
    pub(super) fn parse(fields: &Fields) -> Result<Self, DocumentError> {
        let bad = |name: &str, expected: &str| {
            Err(DocumentError::new(format!("expected {expected}")).in_field(format!("`{name}`")))
        };
        match fields.get("probe") {
            Some(number) if *number == Json::integer(VERSION) => {}
            Some(Json::Number(_)) => {
                return Err(DocumentError::new("the probe was printed by a newer version of airbridge")
                    .with_hint(
                        "install the version that printed it, or print it again with `airbridge probe`",
                    ));
            }
            _ => {
                return Err(DocumentError::new("expected the header of a probe")
                    .with_hint("print the probe with `airbridge probe`"));
            }
        }
        if fields.iter().any(|(name, _)| !KNOWN.contains(&name)) {
            return Err(DocumentError::new(format!("expected only {} in the header", KNOWN.join(", "))));
        }
        let text = |name: &str| fields.get(name).and_then(word);
        let version = match text("airflow").map(|version| version.split('.').next().unwrap_or_default()) {
            Some("2") => AirflowVersion::V2_11,
            Some("3") => AirflowVersion::V3_3,
            _ => return bad("airflow", "the version of an Airflow 2 or 3"),
        };
        if !matches!(text("context"), Some("task" | "process")) {
            return bad("context", "`task` or `process`");
        }
        if !matches!(text("reader"), Some("sdk" | "core")) {
            return bad("reader", "`sdk` or `core`");
        }
        if fields.get("sources").and_then(sources).is_none() {
            return bad("sources", "a list of the places that Airflow asks");
        }
        let backend = fields.get("backend");
        if !backend.is_some_and(|backend| backend.is_null() || word(backend).is_some()) {
            return bad("backend", "the name of a class, or null");
        }
        let Some(listed) = by_kind(fields.get("listed"), sources) else {
            return bad("listed", "for each kind a list of places");
        };
        let Some(not_listed) = by_kind(fields.get("not_listed"), reasons) else {
            return bad("not_listed", "for each kind an object that says why a place was not listed");
        };
        Ok(Self { version, listed, not_listed })
    }

    /// A sentence for each kind of which everything was wanted and some place was not listed.
    pub(super) fn unlisted(&self) -> Vec<String> {
        let sentence = |(kind, places): &(Kind, Vec<(Source, String)>)| {
            let listed = self.listed.iter().find(|(listed, _)| listed == kind);
            let listed: Vec<_> =
                listed.into_iter().flat_map(|(_, places)| places).map(|place| place.in_prose()).collect();
            let left: Vec<_> = places.iter().map(|(place, why)| left_out(*place, why)).collect();
            (!left.is_empty()).then(|| {
                let kind = kind.plural();
                format!(
                    "the probe listed the {kind} of {}, but not those of {}",
                    listed.join(" and "),
                    left.join(" and ")
                )
            })
        };
        self.not_listed.iter().filter_map(sentence).collect()
    }
}

/// A place that was not listed, with the class of the error if there was one.
fn left_out(place: Source, why: &str) -> String {
    if why == CANNOT_LIST { place.in_prose().to_owned() } else { format!("{} ({why})", place.in_prose()) }
}

/// A list of places.
fn sources(json: &Json) -> Option<Vec<Source>> {
    let Json::Array(places) = json else { return None };
    places.iter().map(Source::parse).collect()
}

/// The values of an optional object whose names are kinds.
fn by_kind<T>(json: Option<&Json>, parse: fn(&Json) -> Option<T>) -> Option<Vec<(Kind, T)>> {
    let Some(json) = json else { return Some(Vec::new()) };
    let pair = |(name, value): (&str, &Json)| Some((kind_named(name)?, parse(value)?));
    json.as_object()?.iter().map(pair).collect()
}

/// The kind with this word.
pub(super) fn kind_named(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.word() == name)
}
