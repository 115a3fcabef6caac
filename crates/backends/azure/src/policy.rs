//! Role definitions and assignments for the requests of `client`, and nothing else.
//!
//! The data actions: <https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault>.

use std::collections::BTreeSet;
use std::fmt::Write;

use airbridge_core::{Policy, PolicyRequest, Right, SecretName};
use serde_json::json;

use crate::check::RULES;
use crate::error::Call;

/// The number of role assignments that a subscription takes.
const ASSIGNMENTS: usize = 4_000;

/// The policy for `request` in the vault of this name: roles, and the commands that create and assign them. Without
/// [`Right::List`] it is for a program that knows the names and reads them one by one, as Airflow does.
pub(crate) fn policies(request: &PolicyRequest, vault: &str) -> Vec<Policy> {
    // No secret can have another name, and nothing is sent for one.
    let names: BTreeSet<_> = request.names.iter().map(SecretName::as_str).collect();
    let names: Vec<_> = names.into_iter().filter(|name| RULES.is_name(name)).collect();
    let mut on_vault = on_vault(request);
    let mut on_secrets = on_secrets(request);
    if names.is_empty() {
        on_vault.append(&mut on_secrets);
    }
    on_secrets.retain(|action| !on_vault.contains(action));
    let kind = kind(request);
    let roles = [Role::new(vault, kind, "vault", on_vault), Role::new(vault, kind, "secrets", on_secrets)];
    let roles: Vec<_> = roles.into_iter().filter(|role| !role.actions.is_empty()).collect();
    if roles.is_empty() {
        return Vec::new();
    }
    let mut policies: Vec<_> = roles.iter().map(Role::policy).collect();
    policies.push(Policy {
        title: "Commands that create and assign the roles".to_owned(),
        language: "sh",
        text: commands(vault, &roles, &names),
        notes: notes(request, vault, &names),
    });
    policies
}

/// A custom role.
struct Role {
    name: String,
    file: String,
    is_of_vault: bool,
    actions: BTreeSet<&'static str>,
}

impl Role {
    fn new(vault: &str, kind: &str, scope: &str, actions: BTreeSet<&'static str>) -> Self {
        Self {
            name: format!("airbridge {kind} ({scope} of {vault})"),
            file: format!("airbridge-{kind}-{scope}.json"),
            is_of_vault: scope == "vault",
            actions,
        }
    }

    fn policy(&self) -> Policy {
        let what = if self.is_of_vault { "all secrets of the vault" } else { "single secrets of the vault" };
        let actions: Vec<_> = self.actions.iter().map(|action| data_action(action)).collect();
        let definition = json!({
            "Name": self.name,
            "IsCustom": true,
            "Description": format!("For {what}"),
            "Actions": [],
            "NotActions": [],
            "DataActions": actions,
            "NotDataActions": [],
            "AssignableScopes": ["/subscriptions/SUBSCRIPTION/resourceGroups/RESOURCE_GROUP"],
        });
        Policy {
            title: format!("Role definition, as file {}", self.file),
            language: "json",
            text: format!("{definition:#}\n"),
            notes: Vec::new(),
        }
    }
}

/// What the roles are for, as a part of their names.
fn kind(request: &PolicyRequest) -> &'static str {
    if request.allows_any(&[Right::Delete, Right::Restore]) {
        "editor"
    } else if request.allows_any(&[Right::Create, Right::Replace]) {
        "writer"
    } else {
        "reader"
    }
}

/// What the whole vault is needed for: to list, and to create, because a role on a secret requires that the secret exists.
fn on_vault(request: &PolicyRequest) -> BTreeSet<&'static str> {
    let list = request.allows(Right::List).then_some([Call::List, Call::ListDeleted]);
    let create = request.allows(Right::Create).then_some([Call::Look, Call::Set, Call::LookDeleted]);
    actions(list.into_iter().flatten().chain(create.into_iter().flatten()))
}

fn on_secrets(request: &PolicyRequest) -> BTreeSet<&'static str> {
    let calls = |right: &Right| -> &[Call] {
        match right {
            // Descriptions and tags are part of a listing, and of a set.
            Right::List | Right::Create | Right::Metadata => &[],
            Right::Read | Right::ReadFormer => &[Call::Get],
            Right::Replace => &[Call::Look, Call::Set],
            Right::Delete => &[Call::Look, Call::Delete],
            Right::Restore => &[Call::Recover, Call::Look, Call::Set],
        }
    };
    actions(request.rights.iter().flat_map(calls).copied())
}

fn actions(calls: impl Iterator<Item = Call>) -> BTreeSet<&'static str> {
    calls.map(|call| call.permission().0).collect()
}

/// The data action of a permission. Only the deletion has no `action` at its end.
fn data_action(permission: &str) -> String {
    let end = if permission == "delete" { "" } else { "/action" };
    format!("Microsoft.KeyVault/vaults/secrets/{permission}{end}")
}

fn commands(vault: &str, roles: &[Role], names: &[&str]) -> String {
    let mut text =
        format!("ASSIGNEE=OBJECT_ID\nVAULT_ID=$(az keyvault show --name {vault} --query id --output tsv)\n");
    for Role { name, file, is_of_vault, .. } in roles {
        let _ = writeln!(text, "az role definition create --role-definition @{file}");
        let scopes = if *is_of_vault {
            vec!["$VAULT_ID".to_owned()]
        } else {
            names.iter().map(|name| format!("$VAULT_ID/secrets/{name}")).collect()
        };
        for scope in scopes {
            let _ = writeln!(
                text,
                "az role assignment create --assignee-object-id \"$ASSIGNEE\" --assignee-principal-type ServicePrincipal --role \"{name}\" --scope \"{scope}\""
            );
        }
    }
    text
}

fn notes(request: &PolicyRequest, vault: &str, names: &[&str]) -> Vec<String> {
    let mut notes = vec![
        format!(
            "Replace SUBSCRIPTION and RESOURCE_GROUP in the role definitions with those of the vault: az keyvault show --name {vault} --query id."
        ),
        "Replace OBJECT_ID with the object id of the service principal or managed identity; for a user, also write User in place of ServicePrincipal.".to_owned(),
    ];
    if names.is_empty() {
        notes.push("Azure has no roles for the names that start with a prefix: the role allows its actions on all secrets of the vault.".to_owned());
    } else if request.allows(Right::List) {
        notes.push(
            "Azure lists only whole vaults: the role for the vault shows the names and tags of all secrets, and no values."
                .to_owned(),
        );
    }
    if request.allows(Right::Create) && !names.is_empty() {
        notes.push("Azure cannot limit creating to some names: the role for the vault allows to read and write the values of all its secrets.".to_owned());
    }
    if names.len() > ASSIGNMENTS / 10 {
        notes.push(format!(
            "A subscription takes {ASSIGNMENTS} role assignments, and each of the {} names needs one.",
            names.len()
        ));
    }
    notes
}

#[cfg(test)]
mod tests;
