//! `list_page`: every name once, and no other.

use std::collections::BTreeSet;

use airbridge_core::{SecretName, State};

use crate::Subject;
use crate::case::{Case, difference, is};

pub(crate) async fn run(subject: &Subject) {
    prefix_without_matches(subject).await;
    existing_secrets(subject).await;
    if subject.writes() {
        several_pages(subject).await;
        neighbouring_names(subject).await;
        awkward_names(subject).await;
        header_matches_read(subject).await;
    }
}

async fn prefix_without_matches(subject: &Subject) {
    let case = Case::new(subject, 20, "a prefix that matches nothing is an empty listing, not an error");
    for prefix in [case.prefix(), case.prefix() + subject.separator + "0" + subject.separator] {
        case.lists(&prefix, &BTreeSet::new()).await;
    }
}

async fn existing_secrets(subject: &Subject) {
    let case = Case::new(subject, 21, "a listing has every name that exists");
    let existing: BTreeSet<_> = subject.existing.iter().map(|(name, _)| name.clone()).collect();
    case.lists(&subject.prefix, &existing).await;
    // Two prefixes for each name: the whole name, and the name without its last character.
    for name in &existing {
        let mut shorter = name.as_str().to_owned();
        shorter.pop();
        for prefix in [name.as_str(), &shorter] {
            if prefix.starts_with(&subject.prefix) {
                case.lists(prefix, &starting_with(&existing, prefix)).await;
            }
        }
    }
}

async fn several_pages(subject: &Subject) {
    let case = Case::new(subject, 22, "following cursors yields every name exactly once");
    let names = case.names(subject.page.unwrap_or(12) * 2 + 1);
    case.create_all(&names).await;
    let count = names.len();
    case.lists(&case.prefix(), &names.into_iter().collect()).await;
    if let Some(page) = subject.page {
        let pages = case.pages(&case.prefix()).await.len();
        let found = format!("{count} names came on {pages} pages, so that no cursor was tested");
        case.allow(pages >= 3, found, &format!("at least 3 pages, because `page` of the subject is {page}"));
    }
}

async fn neighbouring_names(subject: &Subject) {
    let case = Case::new(subject, 23, "names that do not start with the prefix are left out");
    let s = subject.separator;
    // Without their separators these are still different names.
    let endings = [
        "1".to_owned(),
        format!("1{s}2"),
        format!("1{s}25"),
        "13".to_owned(),
        format!("13{s}4"),
        "2".to_owned(),
    ];
    let names: Vec<_> = endings.iter().map(|ending| case.name(ending)).collect();
    case.create_all(&names).await;
    let names = names.into_iter().collect();
    for ending in
        ["", "1", "13", "2", "3", &format!("1{s}"), &format!("1{s}2"), &format!("13{s}"), &format!("13{s}4")]
    {
        let prefix = case.prefix() + ending;
        case.lists(&prefix, &starting_with(&names, &prefix)).await;
    }
}

async fn awkward_names(subject: &Subject) {
    let case = Case::new(subject, 24, "a listing gives names as they were written");
    let names: Vec<_> = subject.names.iter().map(|ending| case.name(ending)).collect();
    case.create_all(&names).await;
    let names = names.into_iter().collect();
    case.lists(&case.prefix(), &names).await;
    for name in &names {
        case.lists(name.as_str(), &starting_with(&names, name.as_str())).await;
    }
}

async fn header_matches_read(subject: &Subject) {
    let case = Case::new(subject, 25, "what a listing shows of a secret is what a read finds");
    let names = case.names(subject.payloads.len());
    case.create_all(&names).await;
    // One of them twice, so that the current version is not the first.
    let version = case.holds(&names[0], case.payload(0)).await;
    case.replace(&names[0], case.payload(1), version).await;
    case.holds(&names[0], case.payload(1)).await;
    case.lists(&case.prefix(), &names.iter().cloned().collect()).await;
    for header in case.pages(&case.prefix()).await.into_iter().flatten() {
        let name = header.name.as_str();
        case.hold(header.state == State::Live, format!("the listing shows {name:?} as {:?}", header.state));
        let read = case.read(&header.name, None).await;
        if let Some(listed) = &header.version {
            let read = read.as_ref().and_then(|stored| stored.version.as_ref());
            let found = format!("{name:?}: version {listed} in the listing, {read:?} in the read");
            case.allow(
                read == Some(listed),
                found,
                "no version in the listing, or the one that a read gives",
            );
        }
        if let Some(stored) = &header.stored {
            case.hold(
                read.as_ref() == Some(stored),
                format!("{name:?}: {stored:?} in the listing, {read:?} in the read"),
            );
            let index = names.iter().position(|name| *name == header.name).unwrap_or_default();
            let expected = case.payload(if index == 0 { 1 } else { index });
            let found = format!("{name:?} holds {}", difference(Some(stored), expected));
            case.hold(is(Some(stored), expected), found);
        }
    }
}

fn starting_with(names: &BTreeSet<SecretName>, prefix: &str) -> BTreeSet<SecretName> {
    names.iter().filter(|name| name.as_str().starts_with(prefix)).cloned().collect()
}
