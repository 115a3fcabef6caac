//! Custom roles and their bindings for the requests of `client`, and nothing else.
//!
//! What each permission is checked against: <https://cloud.google.com/secret-manager/docs/access-control>. Conditions and
//! their limits: <https://cloud.google.com/iam/docs/conditions-overview#limitations>.

use std::collections::BTreeSet;
use std::fmt::Write;

use airbridge_core::{NamePrefix, Policy, PolicyRequest, Right, SecretName};

use crate::check::RULES;
use crate::error::Call;
use crate::place::Place;

/// The maximum number of comparisons in one condition: 12 logical operators join them.
const COMPARISONS: usize = 13;

/// The maximum number of names that are bound one by one. The service accepts 20 conditional bindings of one role to one
/// principal.
const NAMES: usize = 60;

/// What `gcloud` replaces by the number of the project, which conditions need in place of its id.
const NUMBER: &str = "$PROJECT_NUMBER";

/// The policy for `request`: roles, and the commands that create and bind them. Without [`Right::List`] it is for a program
/// that knows the names and reads them one by one, as Airflow does: the search for a reason why a value is missing is left
/// out.
pub(crate) fn policies(request: &PolicyRequest, place: &Place) -> Vec<Policy> {
    let kind = kind(request);
    let secrets = Role::new(place, kind, "secrets", on_secrets(request));
    let project = Role::new(place, kind, "project", on_project(request));
    let (conditions, mut notes) = conditions(request, place, &secrets);
    let roles: Vec<_> = [(project, vec![None]), (secrets, conditions.into_iter().map(Some).collect())]
        .into_iter()
        .filter(|(role, bindings)| !role.permissions.is_empty() && !bindings.is_empty())
        .collect();
    if roles.is_empty() {
        return Vec::new();
    }
    if !on_project(request).is_empty() {
        notes.push("Google checks secretmanager.secrets.list and secretmanager.secrets.create on the project, so that no condition can limit them to some names.".to_owned());
    }
    let mut policies: Vec<_> = roles.iter().map(|(role, _)| role.policy()).collect();
    policies.push(Policy {
        title: "Commands that create and bind the roles".to_owned(),
        language: "sh",
        text: commands(place, &roles),
        notes,
    });
    policies
}

/// A custom role of the project.
struct Role {
    id: String,
    title: String,
    permissions: BTreeSet<&'static str>,
}

impl Role {
    fn new(place: &Place, kind: &str, scope: &str, calls: Vec<Call>) -> Self {
        Self {
            id: format!("airbridge_{kind}_{scope}"),
            title: format!("airbridge {kind} ({scope} of {})", place.project()),
            permissions: calls.into_iter().map(Call::permission).collect(),
        }
    }

    fn file(&self) -> String {
        format!("{}.yaml", self.id)
    }

    fn policy(&self) -> Policy {
        // The project may contain a colon.
        let mut text = format!("title: \"{}\"\nstage: GA\nincludedPermissions:\n", self.title);
        for permission in &self.permissions {
            let _ = writeln!(text, "- {permission}");
        }
        Policy {
            title: format!("Custom role, as file {}", self.file()),
            language: "yaml",
            text,
            notes: Vec::new(),
        }
    }
}

/// What the roles are for, as a part of their names.
fn kind(request: &PolicyRequest) -> &'static str {
    if request.allows(Right::Delete) {
        "editor"
    } else if request.allows_any(&[Right::Create, Right::Replace]) {
        "writer"
    } else {
        "reader"
    }
}

/// The calls that Google checks on the project.
fn on_project(request: &PolicyRequest) -> Vec<Call> {
    let calls = [(Right::List, Call::ListSecrets), (Right::Create, Call::CreateSecret)];
    calls.into_iter().filter_map(|(right, call)| request.allows(right).then_some(call)).collect()
}

/// The calls that Google checks on one secret or one of its versions.
fn on_secrets(request: &PolicyRequest) -> Vec<Call> {
    let mut calls = Vec::new();
    for right in &request.rights {
        calls.extend_from_slice(match right {
            Right::List | Right::Metadata | Right::Restore => &[],
            Right::Read if request.allows_any(&[Right::List, Right::ReadFormer]) => {
                &[Call::AccessSecretVersion, Call::GetSecret, Call::GetSecretVersion]
            }
            Right::Read => &[Call::AccessSecretVersion],
            Right::ReadFormer => &[Call::AccessSecretVersion, Call::GetSecretVersion],
            // The create of a name that an interrupted run has made continues there.
            Right::Create => {
                &[Call::AddSecretVersion, Call::GetSecret, Call::AccessSecretVersion, Call::UpdateSecret]
            }
            Right::Replace if request.allows(Right::Metadata) => {
                &[Call::AccessSecretVersion, Call::AddSecretVersion, Call::GetSecret, Call::UpdateSecret]
            }
            Right::Replace => &[Call::AccessSecretVersion, Call::AddSecretVersion],
            Right::Delete => &[Call::AccessSecretVersion, Call::DeleteSecret],
        });
    }
    calls
}

/// The conditions of the bindings for exactly the names, or for the prefixes, with notes.
fn conditions(request: &PolicyRequest, place: &Place, role: &Role) -> (Vec<String>, Vec<String>) {
    let mut notes = Vec::new();
    let of_prefixes = || {
        // No secret can have another prefix, and nothing is sent for one.
        let prefixes = request.prefixes.iter().map(NamePrefix::as_str);
        let prefixes = prefixes.filter(|prefix| RULES.can_start_name(prefix));
        prefixes.map(|prefix| vec![starts_with(place, prefix)]).collect::<Vec<_>>()
    };
    let names: BTreeSet<_> = request.names.iter().map(SecretName::as_str).collect();
    let names: Vec<_> = names.into_iter().filter(|name| RULES.is_name(name)).collect();
    let groups = if names.is_empty() {
        of_prefixes()
    } else if names.len() > NAMES && !request.prefixes.is_empty() {
        let count = names.len();
        notes.push(format!(
            "Google accepts too few conditions for {count} names: the role is bound for the prefixes, which allows more than the names. To allow exactly these, bind it to each secret: gcloud secrets add-iam-policy-binding NAME."
        ));
        of_prefixes()
    } else {
        names.into_iter().map(|name| comparisons(place, name, &role.permissions)).collect()
    };
    let mut conditions: Vec<Vec<String>> = Vec::new();
    for group in groups {
        match conditions.last_mut() {
            Some(last) if last.len() + group.len() <= COMPARISONS => last.extend(group),
            _ => conditions.push(group),
        }
    }
    (conditions.into_iter().map(|comparisons| comparisons.join(" || ")).collect(), notes)
}

/// The comparisons for one secret and its versions, as far as the permissions are checked on them.
fn comparisons(place: &Place, name: &str, permissions: &BTreeSet<&'static str>) -> Vec<String> {
    let of_versions = |permission: &&str| {
        *permission != Call::AddSecretVersion.permission() && permission.contains(".versions.")
    };
    let mut comparisons = Vec::new();
    if !permissions.iter().all(of_versions) {
        comparisons.push(format!("resource.name == \"{}\"", resource(place, name)));
    }
    if permissions.iter().any(of_versions) {
        comparisons.push(starts_with(place, &format!("{name}/versions/")));
    }
    comparisons
}

fn starts_with(place: &Place, prefix: &str) -> String {
    format!("resource.name.startsWith(\"{}\")", resource(place, prefix))
}

/// The name of a secret in a condition.
fn resource(place: &Place, name: &str) -> String {
    let parent = place.parent();
    let location = parent.split_once("/locations/").map(|(_, location)| format!("/locations/{location}"));
    format!("projects/{NUMBER}{}/secrets/{name}", location.unwrap_or_default())
}

fn commands(place: &Place, roles: &[(Role, Vec<Option<String>>)]) -> String {
    let project = place.project();
    let mut text = format!(
        "MEMBER=serviceAccount:ACCOUNT_EMAIL\nPROJECT_NUMBER=$(gcloud projects describe {project} --format='value(projectNumber)')\n"
    );
    for (role, bindings) in roles {
        let Role { id, .. } = role;
        let _ = writeln!(text, "gcloud iam roles create {id} --project={project} --file={}", role.file());
        let count = bindings.len();
        for (index, condition) in bindings.iter().enumerate() {
            let condition = match condition {
                Some(condition) => {
                    let title =
                        if count == 1 { id.clone() } else { format!("{id} {} of {count}", index + 1) };
                    format!("\"expression={},title={title}\"", condition.replace('"', "\\\""))
                }
                None => "None".to_owned(),
            };
            let _ = writeln!(
                text,
                "gcloud projects add-iam-policy-binding {project} --member=\"$MEMBER\" --role=projects/{project}/roles/{id} --condition={condition}"
            );
        }
    }
    text
}

#[cfg(test)]
mod tests;
