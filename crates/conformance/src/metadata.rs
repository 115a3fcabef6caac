//! What is said of a secret beside its value: what can be kept, what comes back, and what a replace leaves.

use airbridge_core::{Action, ErrorKind, Metadata, SecretName, SupportedMetadata, Version};

use crate::case::Case;
use crate::{CANARY, Subject};

/// Pure, so it holds for stores that cannot be written as well.
pub(crate) fn keep(subject: &Subject) {
    everything_is_kept_or_left_out(subject);
    what_is_kept_is_kept_again(subject);
}

pub(crate) async fn run(subject: &Subject) {
    if subject.metadata.is_empty() {
        nothing_comes_back(subject).await;
    } else {
        it_comes_back(subject).await;
        a_replace_adds(subject).await;
        a_failed_change_says_nothing(subject).await;
    }
}

/// What the subject says can be kept, and beside it what no store takes.
fn too_much(subject: &Subject) -> Metadata {
    let mut wanted = subject.metadata.clone();
    wanted.description = Some(CANARY.repeat(3_000));
    for key in ["k".repeat(600), "airbridge-id".to_owned(), String::new()] {
        wanted.tags.insert(key, CANARY.to_owned());
    }
    wanted
}

fn everything_is_kept_or_left_out(subject: &Subject) {
    let case = Case::new(
        subject,
        70,
        "everything is kept, or left out with a sentence that shows no more than a name",
    );
    let wanted = too_much(subject);
    for there in [None, Some(&Metadata::default())] {
        let SupportedMetadata { metadata, left_out } =
            subject.store.supported_metadata(&case.name("0"), &wanted, there);
        case.quiet("what is left out", &left_out);
        let count = |metadata: &Metadata| metadata.tags.len() + usize::from(metadata.description.is_some());
        let all = count(&metadata) + left_out.len() == count(&wanted);
        case.hold(all, format!("{metadata:?} is kept, and left out: {left_out:?}"));
        let fits = Metadata { description: None, tags: subject.metadata.tags.clone() };
        case.hold(metadata == fits, format!("{metadata:?} is kept, not {fits:?}"));
    }
}

fn what_is_kept_is_kept_again(subject: &Subject) {
    let case = Case::new(subject, 71, "what is kept is kept again, whole");
    let kept = subject.store.supported_metadata(&case.name("0"), &subject.metadata, None);
    case.hold(
        kept == SupportedMetadata { metadata: subject.metadata.clone(), left_out: vec![] },
        format!("of {:?} {kept:?}", subject.metadata),
    );
    let again = subject.store.supported_metadata(&case.name("0"), &kept.metadata, Some(&kept.metadata));
    case.hold(again == kept, format!("of {kept:?} {again:?}"));
}

async fn it_comes_back(subject: &Subject) {
    let case = Case::new(subject, 72, "what a create said comes back in the listing or the read");
    let (said, silent) = (case.name("1"), case.name("2"));
    case.create(&silent, case.payload(1)).await;
    let create = Action::Create(case.payload(0).clone());
    case.ok("create", case.write_saying(&said, create, &subject.metadata).await);
    case.holds(&said, case.payload(0)).await;
    says(&case, &said, &subject.metadata).await;
    says(&case, &silent, &Metadata::default()).await;
}

async fn a_replace_adds(subject: &Subject) {
    let case = Case::new(subject, 73, "a replace adds what it says, and leaves the rest as it is");
    let name = case.name("0");
    let version = described(&case, &name).await;
    let mut other = subject.metadata.clone();
    other.description = other.description.map(|_| "another".to_owned());
    other.tags = other.tags.into_keys().take(1).map(|key| (key, "other".to_owned())).collect();
    other.tags.insert("added".to_owned(), "1".to_owned());
    let replace = Action::Replace { payload: case.payload(1).clone(), expect: version };
    let version = case.ok("replace", case.write_saying(&name, replace, &other).await).version;
    case.holds(&name, case.payload(1)).await;
    let expected = other.over(&subject.metadata);
    says(&case, &name, &expected).await;
    case.replace(&name, case.payload(2), version).await;
    case.holds(&name, case.payload(2)).await;
    says(&case, &name, &expected).await;
}

async fn a_failed_change_says_nothing(subject: &Subject) {
    let case =
        Case::new(subject, 74, "a create of a taken name and a late replace change nothing that is said");
    let name = case.name("0");
    let Some(first) = described(&case, &name).await else {
        return; // Without versions nothing is late.
    };
    case.replace(&name, case.payload(1), Some(first.clone())).await;
    case.holds(&name, case.payload(1)).await;
    let other = Metadata { tags: [("added".to_owned(), "1".to_owned())].into(), ..Metadata::default() };
    let create = Action::Create(case.payload(2).clone());
    case.fails(case.write_saying(&name, create, &other).await, &[ErrorKind::AlreadyExists]);
    let late = Action::Replace { payload: case.payload(2).clone(), expect: Some(first) };
    case.fails(case.write_saying(&name, late, &other).await, &[ErrorKind::VersionMismatch]);
    case.holds(&name, case.payload(1)).await;
    says(&case, &name, &subject.metadata).await;
}

async fn nothing_comes_back(subject: &Subject) {
    let case = Case::new(
        subject,
        75,
        "a store that keeps nothing makes the secret and leaves out what is said of it",
    );
    let name = case.name("0");
    let said =
        Metadata { description: Some("x".to_owned()), tags: [("a".to_owned(), "b".to_owned())].into() };
    let kept = subject.store.supported_metadata(&case.name("0"), &said, None).metadata;
    let create = Action::Create(case.payload(0).clone());
    case.ok("create", case.write_saying(&name, create, &kept).await);
    case.holds(&name, case.payload(0)).await;
    if !subject.expected.capabilities.metadata {
        case.hold(kept.is_empty(), format!("it says that it keeps nothing, and keeps {kept:?}"));
        says(&case, &name, &Metadata::default()).await;
    }
}

/// A new secret of which the subject's metadata is said.
async fn described(case: &Case<'_>, name: &SecretName) -> Option<Version> {
    let create = Action::Create(case.payload(0).clone());
    case.ok("create", case.write_saying(name, create, &case.subject.metadata).await).version
}

/// Ends the case unless this is said of `name`, at once or within the time that the store may lag.
async fn says(case: &Case<'_>, name: &SecretName, expected: &Metadata) {
    let found = case.settled(|| case.said(name), |found| found == expected).await;
    // `Debug` shows keys only, and the suite's own texts are no secrets.
    let texts = |metadata: &Metadata| format!("{:?} {:?}", metadata.description, metadata.tags);
    case.hold(found == *expected, format!("of {name} {} is said, not {}", texts(&found), texts(expected)));
}
