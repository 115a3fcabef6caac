//! The document `airbridge.check/1`.

use airbridge_core::SecretName;
use airbridge_engine::EndpointDocument;
use serde_json::{Value, json};

use super::code::Code;
use super::row::{Row, Use};

/// The schema of the document.
pub(in crate::command) const SCHEMA: &str = "airbridge.check/1";

/// The document for machines.
pub(super) fn document(endpoint: &EndpointDocument, code: &Code, rows: &[Row<'_>]) -> Value {
    let number = |wanted: &str| rows.iter().filter(|row| row.used.word() == wanted).count();
    let required = rows.iter().filter(|row| row.used == (Use::Missing { required: true })).count();
    let unread: Vec<Value> = code
        .broken
        .iter()
        .map(|broken| {
            json!({
                "file": broken.file.display().to_string(),
                "line": broken.line,
                "problem": broken.problem.word(),
            })
        })
        .collect();
    json!({
        "schema": SCHEMA,
        "endpoints": [endpoint],
        "summary": {
            "files": code.files,
            "used": code.ids().count(),
            "present": number("present"),
            "missing": number("missing"),
            "required": required,
            "unused": number("unused"),
            "dynamic": number("dynamic"),
        },
        "unread": unread,
        "entries": rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(row: &Row<'_>) -> Value {
    let uses = row.references.iter().map(|found| {
        json!({
            "file": found.file.display().to_string(),
            "line": found.line,
            "how": found.how.word(),
            "need": found.need.word(),
        })
    });
    let dynamic = row.dynamic.iter().map(|found| {
        json!({
            "file": found.file.display().to_string(),
            "line": found.line,
            "how": found.reason.word(),
            "need": null,
        })
    });
    let required = match row.used {
        Use::Missing { required } => Some(required),
        Use::Present | Use::Unused | Use::Dynamic => None,
    };
    json!({
        "kind": row.kind.word(),
        "id": row.id.as_ref().map(|id| id.key.as_ref()),
        "team": row.id.as_ref().and_then(|id| id.team.as_deref()),
        "name": row.name.as_ref().map(SecretName::as_str),
        "use": row.used.word(),
        "required": required,
        "message": row.message,
        "references": uses.chain(dynamic).collect::<Vec<_>>(),
    })
}
