//! `look_batch`: what a store sees of secrets just before they are replaced.

use airbridge_core::{Action, Change, ErrorKind, SecretName, SecretStoreExt, Version};

use crate::Subject;
use crate::case::Case;

/// Nothing, unless the store looks at several secrets in one request.
pub(crate) async fn run(subject: &Subject) {
    if subject.expected.limits.look_batch > 1 {
        looks_are_what_reads_return(subject).await;
        look_decides_whether_a_replace_is_made(subject).await;
    }
}

async fn looks_are_what_reads_return(subject: &Subject) {
    let case = Case::new(
        subject,
        46,
        "look i belongs to change i and names the version that a read returns; an absent name has none",
    );
    let (first, absent, second) = (case.name("2"), case.name("1"), case.name("0"));
    let changes = [
        replace(&case, &first, case.create(&first, case.payload(0)).await),
        replace(&case, &absent, Some(Version::new("1"))),
        replace(&case, &second, case.create(&second, case.payload(0)).await),
    ];
    // Another version than the first, so that the two secrets differ.
    case.replace(&second, case.payload(1), expected(&changes[2])).await;
    case.holds(&second, case.payload(1)).await;
    let looks = case.ok("a look", subject.store.look_batch(&changes).await);
    let seen: Vec<_> = looks.into_iter().map(|look| look.map(|look| look.version)).collect();
    let mut read = Vec::new();
    for name in [&first, &absent, &second] {
        read.push(case.read(name, None).await.and_then(|stored| stored.version));
    }
    case.allow(seen == read, format!("{seen:?}"), &format!("{read:?}"));
}

async fn look_decides_whether_a_replace_is_made(subject: &Subject) {
    let case = Case::new(
        subject,
        47,
        "a replace with a look is made, or is VersionMismatch if the look names another version than expected",
    );
    let names = case.names(2);
    let mut changes = Vec::new();
    for name in &names {
        changes.push(replace(&case, name, case.create(name, case.payload(0)).await));
    }
    let late = expected(&changes[1]);
    let new = case.replace(&names[1], case.payload(1), late.clone()).await;
    case.holds(&names[1], case.payload(1)).await;
    let looks = case.ok("a look", subject.store.look_batch(&changes).await);
    for (change, look) in changes.iter_mut().zip(looks) {
        change.look = look.map(Box::new);
    }
    let mut outcomes = Vec::new();
    for batch in changes.chunks(subject.expected.limits.write_batch) {
        outcomes.extend(subject.store.write_each(batch).await);
    }
    case.fails(outcomes.remove(1), &[ErrorKind::VersionMismatch], &names[1]);
    case.ok("a replace with a look", outcomes.remove(0));
    case.holds(&names[0], case.payload(2)).await;
    case.holds(&names[1], case.payload(1)).await;
    case.hold(new != late, "a replace left the version as it was");
}

fn replace(case: &Case<'_>, name: &SecretName, expect: Option<Version>) -> Change {
    Change::new(name.clone(), Action::Replace { payload: case.payload(2).clone(), expect })
}

fn expected(change: &Change) -> Option<Version> {
    match &change.action {
        Action::Replace { expect, .. } => expect.clone(),
        _ => None,
    }
}
