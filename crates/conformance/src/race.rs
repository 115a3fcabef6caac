//! Calls that run at the same time.

use airbridge_core::{Action, Change, Error, ErrorKind, Receipt, SecretName, SecretStoreExt};
use futures::future::join_all;

use crate::Subject;
use crate::case::Case;

/// Calls at the same time: enough to meet at any lock, few enough for a slow server.
const RUNNERS: usize = 8;

pub(crate) async fn run(subject: &Subject) {
    many_creates(subject).await;
    creates_and_replaces(subject).await;
    if subject.expected.capabilities.atomic_write {
        one_create_wins(subject).await;
        one_replace_wins(subject).await;
    }
}

async fn many_creates(subject: &Subject) {
    let case = Case::new(subject, 60, "concurrent writes of different names lose none");
    let names = case.names(RUNNERS * 4);
    let changes = names.iter().enumerate().map(|(index, name)| [create(&case, name, index)]);
    let changes: Vec<_> = changes.collect();
    // One change per call, even where a batch takes more: the case is about calls, not batches.
    let outcomes = join_all(changes.iter().map(|change| subject.store.write_each(change))).await;
    for outcome in outcomes.into_iter().flatten() {
        case.ok("create", outcome);
    }
    for (index, name) in names.iter().enumerate() {
        case.holds(name, case.payload(index)).await;
    }
    case.lists(&case.prefix(), &names.into_iter().collect()).await;
}

async fn creates_and_replaces(subject: &Subject) {
    let case = Case::new(subject, 61, "a concurrent create and replace do not undo each other");
    let (old, new) = (case.name("1"), case.name("2"));
    let expect = case.create(&old, case.payload(0)).await;
    let replace = Action::Replace { payload: case.payload(1).clone(), expect };
    let (replaced, created, read) = futures::join!(
        case.write(&old, replace),
        case.write(&new, Action::Create(case.payload(2).clone())),
        case.read(&old, None),
    );
    case.ok("replace", replaced);
    case.ok("create", created);
    case.hold(read.is_some(), "the secret was absent while it was replaced");
    case.holds(&old, case.payload(1)).await;
    case.holds(&new, case.payload(2)).await;
}

async fn one_create_wins(subject: &Subject) {
    let case = Case::new(subject, 62, "of concurrent creates of one name exactly one succeeds");
    let name = case.name("0");
    let changes: Vec<_> = (0..RUNNERS).map(|index| [create(&case, &name, index)]).collect();
    let outcomes = join_all(changes.iter().map(|change| subject.store.write_each(change))).await;
    let winner = winner(&case, outcomes, ErrorKind::AlreadyExists, &name);
    case.holds(&name, case.payload(winner)).await;
}

async fn one_replace_wins(subject: &Subject) {
    let case = Case::new(subject, 63, "of concurrent replaces of one version exactly one succeeds");
    let name = case.name("0");
    let Some(version) = case.create(&name, case.payload(0)).await else {
        return; // Held to `capabilities.versions` in `create`: without versions there is nothing to expect.
    };
    let changes: Vec<_> = (0..RUNNERS)
        .map(|index| Action::Replace { payload: case.payload(index).clone(), expect: Some(version.clone()) })
        .map(|action| [Change::new(name.clone(), action)])
        .collect();
    let outcomes = join_all(changes.iter().map(|change| subject.store.write_each(change))).await;
    let winner = winner(&case, outcomes, ErrorKind::VersionMismatch, &name);
    case.holds(&name, case.payload(winner)).await;
}

fn create(case: &Case<'_>, name: &SecretName, index: usize) -> Change {
    Change::new(name.clone(), Action::Create(case.payload(index).clone()))
}

/// The position of the one that succeeded; all others must have failed with the kind `lost`.
fn winner(
    case: &Case<'_>,
    outcomes: Vec<Vec<Result<Receipt, Error>>>,
    lost: ErrorKind,
    name: &SecretName,
) -> usize {
    let (won, rest): (Vec<_>, Vec<_>) =
        outcomes.into_iter().flatten().enumerate().partition(|(_, outcome)| outcome.is_ok());
    for (_, outcome) in rest {
        case.fails(outcome, &[lost], name);
    }
    case.hold(won.len() == 1, format!("{} of {RUNNERS} succeeded", won.len()));
    won[0].0
}
