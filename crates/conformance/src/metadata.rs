//! Metadata: what a store can keep, what comes back, and what a replace leaves as it is.

use airbridge_core::{Action, ErrorKind, Metadata, SecretName, SupportedMetadata, Version};

use crate::case::Case;
use crate::{CANARY, Subject};

/// The pure part, which also holds for stores that cannot be written.
pub(crate) fn supported(subject: &Subject) {
    everything_is_kept_or_left_out(subject);
    kept_metadata_is_kept_again(subject);
}

pub(crate) async fn run(subject: &Subject) {
    if subject.metadata.is_empty() {
        nothing_comes_back(subject).await;
    } else {
        metadata_comes_back(subject).await;
        replace_adds_metadata(subject).await;
        failed_change_writes_no_metadata(subject).await;
    }
}

/// The subject's metadata, together with tags and a description that no store accepts.
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
        "each tag and the description is kept, or left out with a sentence that shows a name and no value",
    );
    let wanted = too_much(subject);
    for current in [None, Some(&Metadata::default())] {
        let SupportedMetadata { metadata, left_out } =
            subject.store.supported_metadata(&case.name("0"), &wanted, current);
        case.quiet("what is left out", &left_out);
        let count = |metadata: &Metadata| metadata.tags.len() + usize::from(metadata.description.is_some());
        let all = count(&metadata) + left_out.len() == count(&wanted);
        case.hold(all, format!("of {wanted:?} it keeps {metadata:?} and leaves out {left_out:?}"));
        let fits = Metadata { description: None, tags: subject.metadata.tags.clone() };
        case.allow(metadata == fits, format!("it keeps {metadata:?}"), &format!("{fits:?}"));
    }
}

fn kept_metadata_is_kept_again(subject: &Subject) {
    let case = Case::new(subject, 71, "metadata that was kept once is kept again, whole");
    let kept = subject.store.supported_metadata(&case.name("0"), &subject.metadata, None);
    let whole = SupportedMetadata { metadata: subject.metadata.clone(), left_out: vec![] };
    case.allow(kept == whole, format!("{kept:?}"), &format!("{whole:?}"));
    let again = subject.store.supported_metadata(&case.name("0"), &kept.metadata, Some(&kept.metadata));
    case.allow(again == kept, format!("the second time {again:?}"), &format!("{kept:?}"));
}

async fn metadata_comes_back(subject: &Subject) {
    let case = Case::new(subject, 72, "the metadata of a create comes back in the listing or the read");
    let (with, without) = (case.name("1"), case.name("2"));
    case.create(&without, case.payload(1)).await;
    let create = Action::Create(case.payload(0).clone());
    case.ok("create", case.write_with(&with, create, &subject.metadata).await);
    case.holds(&with, case.payload(0)).await;
    has(&case, &with, &subject.metadata).await;
    has(&case, &without, &Metadata::default()).await;
}

async fn replace_adds_metadata(subject: &Subject) {
    let case = Case::new(subject, 73, "a replace adds its metadata and leaves the rest as it is");
    let name = case.name("0");
    let version = create_with_metadata(&case, &name).await;
    let mut other = subject.metadata.clone();
    other.description = other.description.map(|_| "another".to_owned());
    other.tags = other.tags.into_keys().take(1).map(|key| (key, "other".to_owned())).collect();
    other.tags.insert("added".to_owned(), "1".to_owned());
    let replace = Action::Replace { payload: case.payload(1).clone(), expect: version };
    let version = case.ok("replace", case.write_with(&name, replace, &other).await).version;
    case.holds(&name, case.payload(1)).await;
    let expected = other.over(&subject.metadata);
    has(&case, &name, &expected).await;
    case.replace(&name, case.payload(2), version).await;
    case.holds(&name, case.payload(2)).await;
    has(&case, &name, &expected).await;
}

async fn failed_change_writes_no_metadata(subject: &Subject) {
    let case = Case::new(subject, 74, "a create of a taken name and a stale replace change no metadata");
    let name = case.name("0");
    let first = create_with_metadata(&case, &name).await;
    let other = Metadata { tags: [("added".to_owned(), "1".to_owned())].into(), ..Metadata::default() };
    let create = Action::Create(case.payload(2).clone());
    case.fails(case.write_with(&name, create, &other).await, &[ErrorKind::AlreadyExists], &name);
    case.holds(&name, case.payload(0)).await;
    has(&case, &name, &subject.metadata).await;
    if first.is_some() {
        case.replace(&name, case.payload(1), first.clone()).await;
        case.holds(&name, case.payload(1)).await;
        let stale = Action::Replace { payload: case.payload(2).clone(), expect: first };
        case.fails(case.write_with(&name, stale, &other).await, &[ErrorKind::VersionMismatch], &name);
        case.holds(&name, case.payload(1)).await;
        has(&case, &name, &subject.metadata).await;
    }
}

async fn nothing_comes_back(subject: &Subject) {
    let case = Case::new(
        subject,
        75,
        "a store that keeps no metadata creates the secret and leaves its metadata out",
    );
    let name = case.name("0");
    let wanted =
        Metadata { description: Some("x".to_owned()), tags: [("a".to_owned(), "b".to_owned())].into() };
    let kept = subject.store.supported_metadata(&case.name("0"), &wanted, None).metadata;
    let create = Action::Create(case.payload(0).clone());
    case.ok("create", case.write_with(&name, create, &kept).await);
    case.holds(&name, case.payload(0)).await;
    if !subject.expected.capabilities.metadata {
        case.hold(kept.is_empty(), format!("`capabilities.metadata` is false, but it keeps {kept:?}"));
        has(&case, &name, &Metadata::default()).await;
    }
}

/// Creates a secret with the subject's metadata. Returns its version.
async fn create_with_metadata(case: &Case<'_>, name: &SecretName) -> Option<Version> {
    let create = Action::Create(case.payload(0).clone());
    let version = case.ok("create", case.write_with(name, create, &case.subject.metadata).await).version;
    case.holds(name, case.payload(0)).await;
    version
}

/// Fails the case unless `name` has exactly this metadata, at once or within the read lag.
async fn has(case: &Case<'_>, name: &SecretName, expected: &Metadata) {
    let found = case.until(|| case.metadata(name), |found| found == expected).await;
    // `Debug` shows keys only; the suite's own metadata is not secret.
    let all = |metadata: &Metadata| format!("{:?} {:?}", metadata.description, metadata.tags);
    case.allow(found == *expected, format!("{:?} has {}", name.as_str(), all(&found)), &all(expected));
}
