//! The document of `airbridge doctor` for machines.

use airbridge_airflow::EntryId;
use airbridge_core::{Finding, Health};
use serde_json::{Map, Value};

use crate::document::{EndpointDocument, document, entry, name};

/// The document `airbridge.doctor/1`. `endpoint` is `None` if it could not be opened, and `id` is the entry that was asked for.
pub fn doctor_document(
    endpoint: Option<&EndpointDocument>,
    id: Option<&EntryId>,
    findings: &[Finding],
) -> Value {
    let mut summary = Map::new();
    for health in Health::ALL {
        let number = findings.iter().filter(|finding| finding.result == health).count();
        summary.insert(health.word().into(), number.into());
    }
    let rows = findings.iter().map(|finding| {
        let none = || ["kind", "id", "team"].map(|key| (key.to_owned(), Value::Null)).into_iter().collect();
        let mut row = id.map_or_else(none, entry);
        row.insert("name".into(), name(finding.name.as_ref()));
        row.insert("check".into(), finding.check.into());
        row.insert("result".into(), finding.result.word().into());
        row.insert("message".into(), finding.message.clone().into());
        row.insert("hint".into(), finding.hint.clone().into());
        row.into()
    });
    let endpoints: Vec<_> = endpoint.into_iter().cloned().collect();
    document("airbridge.doctor/1", &endpoints, summary.into(), rows.collect())
}
