//! `list_page`: every name once, and no other.

use std::collections::BTreeSet;

use airbridge_core::{SecretName, State, Stored};

use crate::Subject;
use crate::case::{Case, is};

pub(crate) async fn run(subject: &Subject) {
    nothing_matches(subject).await;
    what_was_there(subject).await;
    if subject.writes() {
        several_pages(subject).await;
        neighbours(subject).await;
        awkward_names(subject).await;
        what_it_carries(subject).await;
    }
}

async fn nothing_matches(subject: &Subject) {
    let case = Case::new(subject, 20, "a prefix that matches nothing is an empty listing, not an error");
    for prefix in [case.prefix(), case.prefix() + subject.separator + "0" + subject.separator] {
        let names = case.listed(&prefix, &BTreeSet::new()).await;
        case.hold(names.is_empty(), format!("{prefix} lists {names:?}"));
    }
}

async fn what_was_there(subject: &Subject) {
    let case = Case::new(subject, 21, "a listing has every name that is there");
    let existing: BTreeSet<_> = subject.existing.iter().map(|(name, _)| name.clone()).collect();
    let all = case.listed(&subject.prefix, &existing).await;
    case.hold(all == existing, format!("{all:?}"));
    // One prefix per name: the whole name, and the name without its last character.
    for name in &existing {
        let mut shorter = name.as_str().to_owned();
        shorter.pop();
        for prefix in [name.as_str(), &shorter] {
            let expected: BTreeSet<_> = starting_with(&existing, prefix);
            if prefix.starts_with(&subject.prefix) {
                let names = case.listed(prefix, &expected).await;
                case.hold(names == expected, format!("{prefix} lists {names:?}, not {expected:?}"));
            }
        }
    }
}

async fn several_pages(subject: &Subject) {
    let case = Case::new(subject, 22, "following cursors yields every name exactly once");
    let names = case.names(subject.page.unwrap_or(12) * 2 + 1);
    case.create_all(&names).await;
    let names = names.into_iter().collect();
    let found = case.listed(&case.prefix(), &names).await;
    let missing: Vec<_> = names.difference(&found).collect();
    case.hold(found == names, format!("{} of {} names, without {missing:?}", found.len(), names.len()));
    if subject.page.is_some() {
        let pages = case.pages(&case.prefix()).await.len();
        case.hold(
            pages >= 3,
            format!("{} names came in {pages} pages, so no cursor was tested", names.len()),
        );
    }
}

async fn neighbours(subject: &Subject) {
    let case = Case::new(subject, 23, "names that do not start with the prefix are left out");
    let s = subject.separator;
    // Read without separators these are still different names.
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
        let expected = starting_with(&names, &prefix);
        let found = case.listed(&prefix, &expected).await;
        case.hold(found == expected, format!("{prefix} lists {found:?}, not {expected:?}"));
    }
}

async fn awkward_names(subject: &Subject) {
    let case = Case::new(subject, 24, "a listing gives names as they were written");
    let names: Vec<_> = subject.names.iter().map(|ending| case.name(ending)).collect();
    case.create_all(&names).await;
    let names = names.into_iter().collect();
    let found = case.listed(&case.prefix(), &names).await;
    case.hold(found == names, format!("{found:?}, not {names:?}"));
    for name in &names {
        let expected = starting_with(&names, name.as_str());
        let found = case.listed(name.as_str(), &expected).await;
        case.hold(found == expected, format!("{name} as a prefix lists {found:?}, not {expected:?}"));
    }
}

async fn what_it_carries(subject: &Subject) {
    let case = Case::new(subject, 25, "what a listing says of a secret is what a read finds");
    let names = case.names(subject.payloads.len());
    case.create_all(&names).await;
    case.listed(&case.prefix(), &names.iter().cloned().collect()).await;
    for header in case.pages(&case.prefix()).await.into_iter().flatten() {
        case.hold(header.state == State::Live, format!("{} is {:?}", header.name, header.state));
        if let Some(stored) = &header.stored {
            let read: Option<Stored> = case.read(&header.name, None).await;
            case.hold(
                read.as_ref() == Some(stored),
                format!("{}: {stored:?}, and read {read:?}", header.name),
            );
            let index = names.iter().position(|name| *name == header.name).unwrap_or_default();
            case.hold(is(Some(stored), case.payload(index)), format!("{} holds something else", header.name));
        }
    }
}

fn starting_with(names: &BTreeSet<SecretName>, prefix: &str) -> BTreeSet<SecretName> {
    names.iter().filter(|name| name.as_str().starts_with(prefix)).cloned().collect()
}
