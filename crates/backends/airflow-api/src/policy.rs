//! The permissions of a role for the requests of `write` and `client`, and nothing else.
//!
//! Both versions check a method for each request, which the FAB auth manager names `can_…`. A request that changes many
//! entries is checked for what it does to each of them. (Airflow 2.11.2 and 3.3.2)

use std::collections::BTreeSet;

use airbridge_core::{Policy, PolicyRequest, Right};

use crate::name::{CONNECTIONS, ROOTS, overlaps, split};
use crate::settings::ApiVersion;

/// The policy for `request`.
pub(crate) fn policies(request: &PolicyRequest, version: ApiVersion) -> Vec<Policy> {
    let mut lines = Vec::new();
    for root in ROOTS.into_iter().filter(|root| asks_for(request, root)) {
        let resource = if root == CONNECTIONS { "Connections" } else { "Variables" };
        let actions: BTreeSet<_> =
            request.rights.iter().flat_map(|right| actions(*right, root, version)).copied().collect();
        lines.extend(actions.into_iter().map(|action| format!("{action} on {resource}\n")));
    }
    if lines.is_empty() {
        return Vec::new();
    }
    let mut notes =
        vec!["Airflow checks no ids: each permission is for all connections or all variables.".to_owned()];
    let title = match version {
        ApiVersion::V1 => "Permissions of a role of Airflow 2",
        ApiVersion::V2 => {
            notes.push("These are the names of the FAB auth manager; with the simple auth manager, give the user the role `op`, the least one that may use the API for connections and variables.".to_owned());
            "Permissions of a role of Airflow 3"
        }
    };
    vec![Policy { title: title.to_owned(), language: "text", text: lines.concat(), notes }]
}

/// Whether entries of this kind are meant. A listing asks for a whole kind.
fn asks_for(request: &PolicyRequest, root: &str) -> bool {
    let is_named =
        request.names.iter().any(|name| split(name.as_str()).is_some_and(|(found, _)| found == root));
    let lists = request.names.is_empty() || request.allows(Right::List);
    is_named || (lists && request.prefixes.iter().any(|prefix| overlaps(root, prefix)))
}

fn actions(right: Right, root: &str, version: ApiVersion) -> &'static [&'static str] {
    let is_connection = root == CONNECTIONS;
    match (right, version) {
        (Right::List | Right::Read, _) => &["can_read"],
        (Right::ReadFormer | Right::Metadata | Right::Restore, _) => &[],
        // A POST would overwrite a variable, so it is read first.
        (Right::Create | Right::Replace, ApiVersion::V1) if !is_connection => &["can_create", "can_read"],
        (Right::Create, _) => &["can_create"],
        // A connection is deleted and created again to remove its password.
        (Right::Replace, ApiVersion::V1) => &["can_create", "can_delete", "can_edit"],
        (Right::Replace, ApiVersion::V2) if is_connection => {
            &["can_create", "can_delete", "can_edit", "can_read"]
        }
        (Right::Replace, ApiVersion::V2) => &["can_edit", "can_read"],
        (Right::Delete, _) => &["can_delete"],
    }
}
