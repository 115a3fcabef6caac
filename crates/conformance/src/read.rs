//! `read_batch`: what was written, in the order asked for.

use airbridge_core::{Payload, Read, SecretName, SecretStoreExt};

use crate::Subject;
use crate::case::{Case, is};

pub(crate) async fn run(subject: &Subject) {
    absent_is_none(subject).await;
    what_was_there(subject).await;
    if subject.writes() {
        every_payload(subject).await;
        awkward_names(subject).await;
        order_over_batches(subject).await;
        by_version(subject).await;
    }
}

async fn absent_is_none(subject: &Subject) {
    let case = Case::new(subject, 30, "an absent name reads as Ok(None)");
    case.is_absent(&case.name("0")).await;
    case.is_absent(&case.name(&format!("0{}1", subject.separator))).await;
}

async fn what_was_there(subject: &Subject) {
    let case = Case::new(subject, 31, "what is there from the start is read");
    check(&case, &subject.existing).await;
}

async fn every_payload(subject: &Subject) {
    let case = Case::new(subject, 32, "a payload comes back byte for byte");
    for (index, name) in case.names(subject.payloads.len()).iter().enumerate() {
        case.create(name, case.payload(index)).await;
        case.holds(name, case.payload(index)).await;
    }
}

async fn awkward_names(subject: &Subject) {
    let case = Case::new(subject, 33, "an awkward name leads to its own secret");
    let names: Vec<_> = subject.names.iter().map(|ending| case.name(ending)).collect();
    case.create_all(&names).await;
    for (index, name) in names.iter().enumerate() {
        case.holds(name, case.payload(index)).await;
    }
}

async fn order_over_batches(subject: &Subject) {
    let case =
        Case::new(subject, 34, "outcome i belongs to request i, absent among present, over several batches");
    // One more than a batch, but a store that takes everything at once is not given everything.
    let names = case.names(subject.expected.limits.read_batch.min(40) + 3);
    let (absent, present): (Vec<_>, Vec<_>) = names.iter().enumerate().partition(|(index, _)| index % 3 == 1);
    let mut secrets = Vec::new();
    for (index, name) in present {
        case.create(name, case.payload(index)).await;
        case.holds(name, case.payload(index)).await;
        secrets.push((name.clone(), case.payload(index).clone()));
    }
    check(&case, &secrets).await;
    // Backwards, so that an answer in the service's own order is noticed, and with the absent in between.
    let wanted: Vec<_> = names.iter().rev().cloned().map(Read::current).collect();
    let answers = case.ok("read", subject.store.read_all(&wanted, &|_| ()).await);
    case.hold(answers.len() == wanted.len(), format!("{} names, {} answers", wanted.len(), answers.len()));
    for (read, answer) in wanted.iter().zip(answers) {
        let found = case.ok("read", answer);
        let expected = secrets.iter().find(|(name, _)| *name == read.name);
        match expected {
            Some((name, payload)) => {
                case.hold(is(found.as_ref(), payload), format!("{name} got another's answer"));
            }
            None => case.hold(found.is_none(), format!("{} is absent and got another's answer", read.name)),
        }
    }
    case.hold(!absent.is_empty(), "nothing was absent");
}

async fn by_version(subject: &Subject) {
    let case = Case::new(subject, 35, "a version that a write answered with is the version that is read");
    let name = case.name("0");
    let Some(first) = case.create(&name, case.payload(0)).await else {
        return unversioned(&case, &name).await;
    };
    let current = case.holds(&name, case.payload(0)).await;
    case.hold(current.as_ref() == Some(&first), format!("{current:?} was read after {first:?}"));

    let second = case.replace(&name, case.payload(1), Some(first.clone())).await;
    case.hold(second.as_ref().is_some_and(|second| *second != first), "a new payload has no new version");
    let current = case.holds(&name, case.payload(1)).await;
    case.hold(current == second, format!("{current:?} was read after {second:?}"));
    let found = case.read(&name, second.as_ref()).await;
    case.hold(
        is(found.as_ref(), case.payload(1)),
        format!("the version that was written reads as {found:?}"),
    );
    let found = case.read(&name, Some(&first)).await;
    // A store may forget old versions; it may not pass the new one off as the old.
    case.hold(
        found.is_none() || is(found.as_ref(), case.payload(0)),
        format!("the old version reads as {found:?}"),
    );
}

/// Without versions in receipts there are none in reads either, and asking for one changes nothing.
async fn unversioned(case: &Case<'_>, name: &SecretName) {
    let version = case.holds(name, case.payload(0)).await;
    case.hold(version.is_none(), format!("the write had no version, the read has {version:?}"));
}

/// Reads all of them forwards, a batch at a time.
async fn check(case: &Case<'_>, secrets: &[(SecretName, Payload)]) {
    for batch in secrets.chunks(case.subject.expected.limits.read_batch) {
        let wanted: Vec<_> = batch.iter().map(|(name, _)| Read::current(name.clone())).collect();
        let answers = case.ok("read", case.subject.store.read_batch(&wanted).await);
        case.hold(answers.len() == batch.len(), format!("{} names, {} answers", batch.len(), answers.len()));
        for ((name, payload), answer) in batch.iter().zip(answers) {
            let found = case.ok("read", answer);
            case.hold(is(found.as_ref(), payload), format!("{name} holds something else: {found:?}"));
        }
    }
}
