//! The IAM policy for the calls of `client`, and nothing else.
//!
//! The required permissions are on the page of each call:
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html>

use std::collections::BTreeSet;

use airbridge_backend_aws_common::{Owner, Statement, documents, patterns};
use airbridge_core::{Policy, PolicyRequest, Right};

use crate::error::{Call, SERVICE};
use crate::write::Writer;

/// What follows the name in the ARN of a secret: a hyphen and six characters that the service chooses.
const SUFFIX: &str = "-??????";

/// What a create with replicas needs besides its own permission.
const REPLICATE: &str = "ReplicateSecretToRegions";

/// Rights of changes that write a value.
const WRITES: [Right; 3] = [Right::Create, Right::Replace, Right::Restore];

/// Rights of changes that read a value.
const READS: [Right; 2] = [Right::Read, Right::ReadFormer];

/// The policy for `request`. Without [`Right::List`] it is for a program that knows the names and reads them one by one, as
/// Airflow does: batches and the search for a reason why a value is missing are left out.
pub(crate) fn policies(request: &PolicyRequest, owner: &Owner, writer: &Writer) -> Vec<Policy> {
    let service = SERVICE.permissions;
    let secret = |pattern: String| owner.arn(service, &format!("secret:{pattern}"));
    let mut secrets: BTreeSet<String> = patterns(request, SUFFIX).into_iter().map(secret).collect();
    if request.allows(Right::Create) {
        // A new secret has no suffix yet. No secret that exists has such an ARN.
        secrets.extend(patterns(request, "").into_iter().map(secret));
    }
    let secrets = secrets.into_iter().collect();
    let statements = [
        Some(Statement::new("List", service, on_all(request), vec!["*".to_owned()])),
        key_use(request, owner, writer),
        Some(Statement::new("Secrets", service, on_secrets(request, writer), secrets)),
    ];
    documents(statements.into_iter().flatten().collect(), notes(request, owner))
}

/// The actions that IAM does not check against one secret.
fn on_all(request: &PolicyRequest) -> BTreeSet<String> {
    let mut actions = Actions::default();
    // The service checks `GetSecretValue` for each secret of a batch.
    actions.add(reads_in_batches(request), &[Call::BatchGetSecretValue]);
    actions.add(request.allows(Right::List), &[Call::ListSecrets]);
    actions.0
}

fn on_secrets(request: &PolicyRequest, writer: &Writer) -> BTreeSet<String> {
    let (create, replace) = (request.allows(Right::Create), request.allows(Right::Replace));
    let (delete, restore) = (request.allows(Right::Delete), request.allows(Right::Restore));
    let metadata = request.allows(Right::Metadata);
    let mut actions = Actions::default();
    actions.add(request.allows_any(&READS), &[Call::GetSecretValue]);
    actions.add(reads_in_batches(request), &[Call::DescribeSecret]);
    actions.add(create, &[Call::CreateSecret, Call::DescribeSecret]);
    actions.add(create && (metadata || !writer.tags.is_empty()), &[Call::TagResource]);
    actions.add(replace, &[Call::DescribeSecret, Call::PutSecretValue]);
    actions.add(restore, &[Call::DescribeSecret, Call::RestoreSecret, Call::PutSecretValue]);
    actions.add((replace || restore) && (metadata || writer.key.is_some()), &[Call::UpdateSecret]);
    actions.add((replace || restore) && metadata, &[Call::TagResource]);
    actions.add(delete, &[Call::DescribeSecret, Call::DeleteSecret]);
    if create && !writer.replicas.is_empty() {
        actions.0.insert(REPLICATE.to_owned());
    }
    actions.0
}

/// The names of calls, which are the names of their permissions.
#[derive(Default)]
struct Actions(BTreeSet<String>);

impl Actions {
    fn add(&mut self, condition: bool, calls: &[Call]) {
        self.0.extend(calls.iter().filter(|_| condition).map(|call| format!("{call:?}")));
    }
}

fn reads_in_batches(request: &PolicyRequest) -> bool {
    request.allows_any(&[Right::List, Right::ReadFormer]) && request.allows(Right::Read)
}

/// The use of the customer's key that the settings name.
fn key_use(request: &PolicyRequest, owner: &Owner, writer: &Writer) -> Option<Statement> {
    let actions: &[_] = match (request.allows_any(&WRITES), request.allows_any(&READS)) {
        (true, _) => &["Decrypt", "GenerateDataKey"],
        (false, true) => &["Decrypt"],
        (false, false) => return None,
    };
    owner.key_use(writer.key.as_deref()?, SERVICE.permissions, actions)
}

fn notes(request: &PolicyRequest, owner: &Owner) -> Vec<String> {
    let mut notes = owner.notes();
    if request.allows(Right::List) {
        notes.push("AWS does not restrict secretsmanager:ListSecrets to some names: it shows the names, descriptions and tags of all secrets, and no values.".to_owned());
    }
    let (writes, reads) = (request.allows_any(&WRITES), request.allows_any(&READS));
    if writes || reads {
        let more = if writes { " and kms:GenerateDataKey" } else { "" };
        notes.push(format!(
            "Add kms:Decrypt{more} on the KMS key of each secret that is encrypted with another customer managed key; aws/secretsmanager needs neither."
        ));
    }
    notes
}

#[cfg(test)]
mod tests;
