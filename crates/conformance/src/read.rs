//! `read_batch`: what was written, in the order asked for.

use airbridge_core::{Content, Payload, Read, SecretName, SecretStoreExt, State};

use crate::case::{Case, difference, is};
use crate::{Binary, Subject};

pub(crate) async fn run(subject: &Subject) {
    absent_name(subject).await;
    existing_secrets(subject).await;
    if subject.writes() {
        every_payload(subject).await;
        awkward_names(subject).await;
        order_over_batches(subject).await;
        by_version(subject).await;
    }
    binary_content(subject).await;
}

async fn absent_name(subject: &Subject) {
    let case = Case::new(subject, 30, "an absent name reads as Ok(None)");
    case.is_absent(&case.name("0")).await;
    case.is_absent(&case.name(&format!("0{}1", subject.separator))).await;
}

async fn existing_secrets(subject: &Subject) {
    let case = Case::new(subject, 31, "a secret that exists from the start is read");
    read_forwards(&case, &subject.existing).await;
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
    // More than one batch, but at most 43 names where a batch takes any number.
    let names = case.names(subject.expected.limits.read_batch.min(40) + 3);
    let mut secrets = Vec::new();
    for (index, name) in names.iter().enumerate().filter(|(index, _)| index % 3 != 1) {
        case.create(name, case.payload(index)).await;
        case.holds(name, case.payload(index)).await;
        secrets.push((name.clone(), case.payload(index).clone()));
    }
    read_forwards(&case, &secrets).await;
    // Backwards and with the absent names, so that outcomes in the service's own order are noticed.
    let wanted: Vec<_> = names.iter().rev().cloned().map(Read::current).collect();
    let outcomes = case.ok("read", subject.store.read_all(&wanted, &|_| ()).await);
    case.hold(
        outcomes.len() == wanted.len(),
        format!("{} outcomes for {} names", outcomes.len(), wanted.len()),
    );
    for (read, outcome) in wanted.iter().zip(outcomes) {
        let (found, name) = (case.ok("read", outcome), read.name.as_str());
        match secrets.iter().find(|(name, _)| *name == read.name) {
            Some((_, payload)) => {
                let found_text = difference(found.as_ref(), payload);
                case.hold(
                    is(found.as_ref(), payload),
                    format!("{name:?} got another's outcome: {found_text}"),
                );
            }
            None => case.hold(found.is_none(), format!("{name:?} is absent, but got an outcome: {found:?}")),
        }
    }
}

async fn by_version(subject: &Subject) {
    let case =
        Case::new(subject, 35, "the version in a receipt is the version that is read, and no other is read");
    let name = case.name("0");
    let first = case.create(&name, case.payload(0)).await;
    let current = case.holds(&name, case.payload(0)).await;
    case.hold(current == first, format!("version {current:?} was read after a receipt with {first:?}"));

    let second = case.replace(&name, case.payload(1), first.clone()).await;
    let current = case.holds(&name, case.payload(1)).await;
    case.hold(current == second, format!("version {current:?} was read after a receipt with {second:?}"));
    let (Some(first), Some(second)) = (first, second) else {
        // `has_version` has held the receipts and reads to `capabilities.versions`; there is no version to ask for.
        return;
    };
    case.hold(first != second, format!("a replace left the version at {first}"));
    let found = case.read(&name, Some(&second)).await;
    let what = difference(found.as_ref(), case.payload(1));
    case.hold(
        is(found.as_ref(), case.payload(1)),
        format!("a read of the current version {second} found {what}"),
    );
    let found = case.read(&name, Some(&first)).await;
    let new = is(found.as_ref(), case.payload(1));
    let what = if new { "the new payload".to_owned() } else { difference(found.as_ref(), case.payload(0)) };
    case.allow(
        found.is_none() && !subject.expected.undo.former_versions || is(found.as_ref(), case.payload(0)),
        format!("a read of the old version {first} found {what}"),
        "the old payload, or `None` from a store that does not say that it keeps former versions",
    );
}

async fn binary_content(subject: &Subject) {
    let case = Case::new(subject, 36, "bytes that are not UTF-8 are read as State::Binary");
    let Binary::Planted(plant) = &subject.binary else { return };
    // The name of this case is free of digits after the prefix only in a store that cannot be written; there the
    // listing cases have run already.
    let name = case.name("0");
    plant(name.clone(), b"\xff\xfe\x00c4n4ry7w1tch\xc3".to_vec()).await;
    let binary = |stored: &airbridge_core::Stored| stored.content == Content::Hidden(State::Binary);
    let found = case
        .until(|| case.try_read(&name, None), |found| matches!(found, Ok(Some(stored)) if binary(stored)));
    let found = found.await;
    case.quiet("the outcome of the read", &found);
    let good = matches!(&found, Ok(Some(stored)) if binary(stored));
    case.allow(good, format!("{found:?}"), "`Ok(Some(_))` with `Content::Hidden(State::Binary)`");
}

/// Reads all of them in order, one batch at a time.
async fn read_forwards(case: &Case<'_>, secrets: &[(SecretName, Payload)]) {
    for batch in secrets.chunks(case.subject.expected.limits.read_batch) {
        let wanted: Vec<_> = batch.iter().map(|(name, _)| Read::current(name.clone())).collect();
        let outcomes = case.ok("read", case.subject.store.read_batch(&wanted).await);
        case.hold(
            outcomes.len() == batch.len(),
            format!("{} outcomes for {} names", outcomes.len(), batch.len()),
        );
        for ((name, payload), outcome) in batch.iter().zip(outcomes) {
            let found = case.ok("read", outcome);
            let what = difference(found.as_ref(), payload);
            case.hold(is(found.as_ref(), payload), format!("a read of {:?} found {what}", name.as_str()));
            case.has_version("a read", found.as_ref().and_then(|stored| stored.version.as_ref()));
        }
    }
}
