//! The document `airbridge.policy/1`.

use airbridge_core::{NamePrefix, Policy, PolicyRequest, Right, SecretName};
use airbridge_engine::EndpointDocument;
use serde_json::{Value, json};

use crate::cli::PurposeWord;

/// The schema of the document.
pub(in crate::command) const SCHEMA: &str = "airbridge.policy/1";

/// The document for machines.
pub(super) fn document(
    endpoint: &EndpointDocument,
    purpose: PurposeWord,
    requests: &[PolicyRequest],
    policies: &[Policy],
) -> Value {
    let entry = |policy: &Policy| {
        json!({
            "title": policy.title,
            "language": policy.language,
            "text": policy.text,
            "notes": policy.notes,
        })
    };
    json!({
        "schema": SCHEMA,
        "endpoints": [endpoint],
        "for": purpose.word(),
        "allowed": requests.iter().map(allowed).collect::<Vec<_>>(),
        "entries": policies.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn allowed(request: &PolicyRequest) -> Value {
    json!({
        "rights": request.rights.iter().map(|right| word(*right)).collect::<Vec<_>>(),
        "names": request.names.iter().map(SecretName::as_str).collect::<Vec<_>>(),
        "prefixes": request.prefixes.iter().map(NamePrefix::as_str).collect::<Vec<_>>(),
    })
}

fn word(right: Right) -> &'static str {
    match right {
        Right::List => "list",
        Right::Read => "read",
        Right::ReadFormer => "read-former",
        Right::Metadata => "metadata",
        Right::Create => "create",
        Right::Replace => "replace",
        Right::Delete => "delete",
        Right::Restore => "restore",
    }
}
