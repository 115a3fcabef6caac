//! The IAM policy for the calls of `client`, and nothing else.
//!
//! What each permission is checked against is on this page:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html>

use std::collections::BTreeSet;

use airbridge_backend_aws_common::{Owner, Statement, documents, literal, patterns};
use airbridge_core::{NamePrefix, Policy, PolicyRequest, Right};

use crate::check::can_start_name;
use crate::error::{Call, SERVICE};
use crate::path::path;
use crate::write::Writer;

/// The call of a program that reads parameters one by one, as Airflow does. airbridge never makes it.
const READ_ALONE: &str = "GetParameter";

/// The policy for `request`. With [`Right::Read`] and without [`Right::List`] it is for a program that knows the names and
/// reads them one by one, as Airflow does.
pub(crate) fn policies(
    request: &PolicyRequest,
    owner: &Owner,
    writer: &Writer,
    lists_metadata: bool,
) -> Vec<Policy> {
    let arn = |pattern: &String| owner.arn(SERVICE.permissions, &resource(pattern));
    let statement = |sid, actions: BTreeSet<String>, resources: &[String]| {
        Statement::new(sid, SERVICE.permissions, actions, resources.iter().map(arn).collect())
    };
    let listed: Vec<_> = if request.allows(Right::List) { prefixes(request).collect() } else { Vec::new() };
    let paths: BTreeSet<_> =
        listed.iter().flat_map(|prefix| with_what_is_below(path(prefix.as_str()))).collect();
    let tagged = PolicyRequest {
        prefixes: if lists_metadata {
            listed.iter().map(|prefix| (*prefix).clone()).collect()
        } else {
            Vec::new()
        },
        ..PolicyRequest::default()
    };
    let describes = request.allows(Right::Replace) || (lists_metadata && !listed.is_empty());
    let describe = actions(&[(describes, Call::DescribeParameters)]);
    let statements = [
        Some(statement(
            "List",
            actions(&[(true, Call::GetParametersByPath)]),
            &paths.into_iter().collect::<Vec<_>>(),
        )),
        Some(statement("Tags", actions(&[(true, Call::ListTagsForResource)]), &patterns(&tagged, ""))),
        Some(Statement::new("Describe", SERVICE.permissions, describe, vec!["*".to_owned()])),
        key_use(request, owner, writer),
        Some(statement("Parameters", on_parameters(request, writer), &patterns(request, ""))),
    ];
    documents(statements.into_iter().flatten().collect(), notes(request, owner))
}

fn on_parameters(request: &PolicyRequest, writer: &Writer) -> BTreeSet<String> {
    let list = request.allows(Right::List);
    let (read, former) = (request.allows(Right::Read), request.allows(Right::ReadFormer));
    let (create, replace) = (request.allows(Right::Create), request.allows(Right::Replace));
    let (delete, metadata) = (request.allows(Right::Delete), request.allows(Right::Metadata));
    let mut actions = actions(&[
        ((read && list) || former || replace || delete, Call::GetParameters),
        (create || replace, Call::PutParameter),
        ((create || replace) && metadata, Call::AddTagsToResource),
        (create && !writer.tags.is_empty(), Call::AddTagsToResource),
        (delete, Call::DeleteParameter),
    ]);
    if read && !list && !former {
        actions.insert(READ_ALONE.to_owned());
    }
    actions
}

/// The use of the customer's key that the settings name. Standard parameters are encrypted by the key itself, advanced ones
/// with data keys.
fn key_use(request: &PolicyRequest, owner: &Owner, writer: &Writer) -> Option<Statement> {
    owner.key_use(writer.key.as_deref()?, SERVICE.permissions, &key_actions(request))
}

fn key_actions(request: &PolicyRequest) -> Vec<&'static str> {
    let reads = request.allows_any(&[Right::Read, Right::ReadFormer]);
    let writes = request.allows_any(&[Right::Create, Right::Replace]);
    let actions = [(reads, "Decrypt"), (writes, "Encrypt"), (writes, "GenerateDataKey")];
    actions.into_iter().filter_map(|(allowed, action)| allowed.then_some(action)).collect()
}

/// The names of calls, which are the names of their permissions.
fn actions(calls: &[(bool, Call)]) -> BTreeSet<String> {
    calls.iter().filter(|(allowed, _)| *allowed).map(|(_, call)| format!("{call:?}")).collect()
}

/// The prefixes that are listed. No other one is sent.
fn prefixes(request: &PolicyRequest) -> impl Iterator<Item = &NamePrefix> {
    request.prefixes.iter().filter(|prefix| can_start_name(prefix.as_str()))
}

/// Patterns for a path and for every parameter below it.
fn with_what_is_below(path: &str) -> Vec<String> {
    match path {
        "/" => vec!["/*".to_owned()],
        _ => vec![literal(path), format!("{}/*", literal(path))],
    }
}

/// A parameter in an ARN: what the name has as its first slash separates the two.
fn resource(pattern: &str) -> String {
    format!("parameter/{}", pattern.strip_prefix('/').unwrap_or(pattern))
}

fn notes(request: &PolicyRequest, owner: &Owner) -> Vec<String> {
    let mut notes = owner.notes();
    if request.allows(Right::List) {
        let paths: BTreeSet<_> = prefixes(request).map(|prefix| path(prefix.as_str())).collect();
        let paths = paths.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(format!(
            "ssm:GetParametersByPath returns the values of all parameters below {paths}, apart from encrypted ones whose key the reader may not use."
        ));
    }
    let actions: Vec<_> = key_actions(request).iter().map(|action| format!("kms:{action}")).collect();
    if !actions.is_empty() {
        notes.push(format!(
            "Add {} on the KMS key of each parameter that is encrypted with another customer managed key; alias/aws/ssm needs nothing.",
            actions.join(", ")
        ));
    }
    notes
}

#[cfg(test)]
mod tests;
