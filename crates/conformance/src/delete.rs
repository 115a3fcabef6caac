//! `write_batch` with deletes, which some stores never carry out.

use std::collections::BTreeSet;

use airbridge_core::{Action, ErrorKind};

use crate::Subject;
use crate::case::Case;

const DELETE: Action = Action::Delete { expect: None };

pub(crate) async fn run(subject: &Subject) {
    if subject.deletes {
        delete_of_present_name(subject).await;
        delete_of_absent_name(subject).await;
        delete_of_stale_version(subject).await;
    } else {
        is_refused(subject).await;
    }
}

async fn delete_of_present_name(subject: &Subject) {
    let case = Case::new(
        subject,
        50,
        "a deleted secret is absent, its neighbour is not, and its name is free or reserved",
    );
    let (gone, neighbour) = (case.name("1"), case.name("12"));
    let version = case.create(&gone, case.payload(0)).await;
    case.create(&neighbour, case.payload(1)).await;
    case.ok("delete", case.write(&gone, Action::Delete { expect: version }).await);
    case.holds(&neighbour, case.payload(1)).await;
    // Some services keep the name for a while. Then a read finds a hidden secret, and a create is refused.
    let created = case.write(&gone, Action::Create(case.payload(2).clone())).await;
    match created {
        Ok(_) => {
            case.holds(&gone, case.payload(2)).await;
            case.ok("delete", case.write(&gone, DELETE).await);
            case.is_absent(&gone).await;
            case.lists(&case.prefix(), &BTreeSet::from([neighbour])).await;
        }
        reserved => case.fails(reserved, &[ErrorKind::NameReserved], &gone),
    }
}

async fn delete_of_absent_name(subject: &Subject) {
    let case = Case::new(subject, 51, "a delete of an absent name succeeds");
    case.ok("delete", case.write(&case.name("0"), DELETE).await);
    case.is_absent(&case.name("0")).await;
}

async fn delete_of_stale_version(subject: &Subject) {
    let case = Case::new(subject, 52, "a delete of another version than expected is VersionMismatch");
    let name = case.name("0");
    let Some(first) = case.create(&name, case.payload(0)).await else {
        return; // Held to `capabilities.versions` in `create`: without versions there is nothing to expect.
    };
    case.replace(&name, case.payload(1), Some(first.clone())).await;
    case.holds(&name, case.payload(1)).await;
    let late = Action::Delete { expect: Some(first) };
    case.fails(case.write(&name, late).await, &[ErrorKind::VersionMismatch], &name);
    case.holds(&name, case.payload(1)).await;
}

async fn is_refused(subject: &Subject) {
    let case =
        Case::new(subject, 53, "a store that does not delete answers Unsupported and keeps the secret");
    let name = case.name("0");
    case.create(&name, case.payload(0)).await;
    case.fails(case.write(&name, DELETE).await, &[ErrorKind::Unsupported], &name);
    case.holds(&name, case.payload(0)).await;
}
