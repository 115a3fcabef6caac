//! `write_batch`: what a create and a replace may and may not do.

use airbridge_core::{Action, Change, Error, ErrorKind, SecretStoreExt};

use crate::Subject;
use crate::case::Case;

pub(crate) async fn run(subject: &Subject) {
    create_of_taken_name(subject).await;
    replace_of_absent_name(subject).await;
    replace_of_present_name(subject).await;
    replace_of_stale_version(subject).await;
    one_outcome_per_change(subject).await;
}

/// For stores that cannot be written.
pub(crate) async fn is_refused(subject: &Subject) {
    let case = Case::new(subject, 40, "a store that cannot be written refuses every write");
    let (name, payload) = &subject.existing[0];
    let create = Action::Create(payload.clone());
    case.fails(case.write(&case.name("0"), create).await, &[ErrorKind::Unsupported], &case.name("0"));
    case.is_absent(&case.name("0")).await;
    let replace = Action::Replace { payload: case.payload(1).clone(), expect: None };
    case.fails(case.write(name, replace).await, &[ErrorKind::Unsupported], name);
    let delete = Action::Delete { expect: None };
    case.fails(case.write(name, delete).await, &[ErrorKind::Unsupported], name);
    case.holds(name, payload).await;
}

async fn create_of_taken_name(subject: &Subject) {
    let case = Case::new(subject, 41, "a create of a taken name is AlreadyExists and changes nothing");
    let name = case.name("0");
    case.create(&name, case.payload(0)).await;
    // A create with the payload that the secret already has is refused as well.
    for payload in [case.payload(1), case.payload(0)] {
        let create = Action::Create(payload.clone());
        case.fails(case.write(&name, create).await, &[ErrorKind::AlreadyExists], &name);
        case.holds(&name, case.payload(0)).await;
    }
}

async fn replace_of_absent_name(subject: &Subject) {
    let case = Case::new(subject, 42, "a replace of an absent name is NotFound and creates nothing");
    let name = case.name("0");
    let action = Action::Replace { payload: case.payload(0).clone(), expect: None };
    case.fails(case.write(&name, action).await, &[ErrorKind::NotFound], &name);
    case.is_absent(&name).await;
}

async fn replace_of_present_name(subject: &Subject) {
    let case = Case::new(subject, 43, "a replace leaves exactly the new payload");
    let name = case.name("0");
    let mut version = case.create(&name, case.payload(0)).await;
    for index in 1..=subject.payloads.len() {
        version = case.replace(&name, case.payload(index), version).await;
        case.holds(&name, case.payload(index)).await;
    }
}

async fn replace_of_stale_version(subject: &Subject) {
    let case = Case::new(subject, 44, "a replace of another version than expected is VersionMismatch");
    let name = case.name("0");
    let Some(first) = case.create(&name, case.payload(0)).await else {
        return; // Held to `capabilities.versions` in `create`: without versions there is nothing to expect.
    };
    case.replace(&name, case.payload(1), Some(first.clone())).await;
    case.holds(&name, case.payload(1)).await;
    let late = Action::Replace { payload: case.payload(2).clone(), expect: Some(first) };
    case.fails(case.write(&name, late).await, &[ErrorKind::VersionMismatch], &name);
    case.holds(&name, case.payload(1)).await;
}

async fn one_outcome_per_change(subject: &Subject) {
    let case = Case::new(subject, 45, "outcome i belongs to change i, and a failed change stops no other");
    let [taken, absent, free, present] = ["1", "2", "3", "4"].map(|ending| case.name(ending));
    case.create(&taken, case.payload(0)).await;
    let version = case.create(&present, case.payload(0)).await;
    let changes = [
        Change::new(taken.clone(), Action::Create(case.payload(1).clone())),
        Change::new(absent.clone(), Action::Replace { payload: case.payload(1).clone(), expect: None }),
        Change::new(free.clone(), Action::Create(case.payload(1).clone())),
        Change::new(present.clone(), Action::Replace { payload: case.payload(1).clone(), expect: version }),
    ];
    let mut outcomes = Vec::new();
    for batch in changes.chunks(subject.expected.limits.write_batch) {
        outcomes.extend(subject.store.write_each(batch).await);
    }
    case.quiet("an outcome", &outcomes);
    let errors: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().err()).collect();
    let kinds: Vec<_> = errors.iter().map(|error| error.map(Error::kind)).collect();
    let expected = [Some(ErrorKind::AlreadyExists), Some(ErrorKind::NotFound), None, None];
    case.allow(kinds == expected, format!("{kinds:?}"), &format!("{expected:?}"));
    for (error, name) in [(errors[0], &taken), (errors[1], &absent)] {
        let carried = error.and_then(Error::name);
        case.hold(carried == Some(name), format!("the error about {name:?} carries the name {carried:?}"));
    }
    case.holds(&taken, case.payload(0)).await;
    case.is_absent(&absent).await;
    case.holds(&free, case.payload(1)).await;
    case.holds(&present, case.payload(1)).await;
}
