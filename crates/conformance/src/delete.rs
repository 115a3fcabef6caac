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
    if subject.expected.undo.restores {
        restore_of_deleted_name(subject).await;
        restore_with_payload(subject).await;
        restore_of_absent_name(subject).await;
    } else {
        restore_is_refused(subject).await;
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

async fn restore_of_deleted_name(subject: &Subject) {
    let case =
        Case::new(subject, 54, "a restored secret has the value and the version from before its deletion");
    let name = case.name("0");
    case.create(&name, case.payload(0)).await;
    let version = case.replace(&name, case.payload(1), None).await;
    case.ok("delete", case.write(&name, DELETE).await);
    let receipt = case.ok("restore", case.write(&name, Action::Restore { payload: None }).await);
    case.hold(receipt.version == version, "the receipt of the restore has another version");
    case.holds(&name, case.payload(1)).await;
    // Repeated after a lost answer, it finds the secret as it shall be.
    case.ok("restore", case.write(&name, Action::Restore { payload: None }).await);
    case.holds(&name, case.payload(1)).await;
    case.lists(&case.prefix(), &BTreeSet::from([name])).await;
}

async fn restore_with_payload(subject: &Subject) {
    let case = Case::new(subject, 55, "a secret that is restored with a payload has it, in a new version");
    let name = case.name("0");
    let first = case.create(&name, case.payload(0)).await;
    case.ok("delete", case.write(&name, DELETE).await);
    let restore = Action::Restore { payload: Some(case.payload(1).clone()) };
    let receipt = case.ok("restore", case.write(&name, restore).await);
    case.hold(receipt.version.is_some() && receipt.version != first, "the restore made no new version");
    case.holds(&name, case.payload(1)).await;
}

async fn restore_of_absent_name(subject: &Subject) {
    let case = Case::new(subject, 56, "a restore of an absent name is NotFound");
    let name = case.name("0");
    let restore = Action::Restore { payload: Some(case.payload(0).clone()) };
    case.fails(case.write(&name, restore).await, &[ErrorKind::NotFound], &name);
    case.is_absent(&name).await;
}

async fn restore_is_refused(subject: &Subject) {
    let case =
        Case::new(subject, 57, "a store that keeps no deleted secrets answers a restore with Unsupported");
    let name = case.name("0");
    case.create(&name, case.payload(0)).await;
    let restore = Action::Restore { payload: Some(case.payload(1).clone()) };
    case.fails(case.write(&name, restore).await, &[ErrorKind::Unsupported], &name);
    case.holds(&name, case.payload(0)).await;
}
