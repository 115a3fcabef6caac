//! `write_batch` with deletes, which some stores never carry out.

use std::collections::BTreeSet;

use airbridge_core::{Action, ErrorKind};

use crate::Subject;
use crate::case::Case;

const DELETE: Action = Action::Delete { expect: None };

pub(crate) async fn run(subject: &Subject) {
    if subject.deletes {
        deleted_is_absent(subject).await;
        absent_is_deleted(subject).await;
        delete_of_stale(subject).await;
    } else {
        is_refused(subject).await;
    }
}

async fn deleted_is_absent(subject: &Subject) {
    let case = Case::new(
        subject,
        50,
        "what was deleted is absent, its neighbour is not, and its name is free or reserved",
    );
    let (gone, neighbour) = (case.name("1"), case.name("12"));
    let version = case.create(&gone, case.payload(0)).await;
    case.create(&neighbour, case.payload(1)).await;
    case.ok("delete", case.write(&gone, Action::Delete { expect: version }).await);
    case.holds(&neighbour, case.payload(1)).await;
    // Some services keep the name for a while: then a read says that it is hidden, and a create that it is reserved.
    let created = case.write(&gone, Action::Create(case.payload(2).clone())).await;
    match created {
        Ok(_) => {
            case.holds(&gone, case.payload(2)).await;
            case.ok("delete", case.write(&gone, DELETE).await);
            case.is_absent(&gone).await;
            let left = BTreeSet::from([neighbour]);
            let listed = case.listed(&case.prefix(), &left).await;
            case.hold(listed == left, format!("{listed:?} are listed"));
        }
        reserved => case.fails(reserved, &[ErrorKind::NameReserved]),
    }
}

async fn absent_is_deleted(subject: &Subject) {
    let case = Case::new(subject, 51, "deleting what is absent succeeds");
    case.ok("delete", case.write(&case.name("0"), DELETE).await);
    case.is_absent(&case.name("0")).await;
}

async fn delete_of_stale(subject: &Subject) {
    let case = Case::new(subject, 52, "a delete of another version than expected is VersionMismatch");
    let name = case.name("0");
    let Some(first) = case.create(&name, case.payload(0)).await else {
        return; // Without versions nothing is promised.
    };
    case.replace(&name, case.payload(1), Some(first.clone())).await;
    case.holds(&name, case.payload(1)).await;
    let late = Action::Delete { expect: Some(first) };
    case.fails(case.write(&name, late).await, &[ErrorKind::VersionMismatch]);
    case.holds(&name, case.payload(1)).await;
}

async fn is_refused(subject: &Subject) {
    let case = Case::new(subject, 53, "a store that does not delete says Unsupported and keeps the secret");
    let name = case.name("0");
    case.create(&name, case.payload(0)).await;
    case.fails(case.write(&name, DELETE).await, &[ErrorKind::Unsupported]);
    case.holds(&name, case.payload(0)).await;
}
