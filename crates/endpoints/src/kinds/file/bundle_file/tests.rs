use std::collections::BTreeMap;

use airbridge_airflow::{AirflowVersion, Dialect, ReadRules};
use airbridge_bundle::{Identities, Key, Lock, Recipients};
use airbridge_core::{Document, Edit, Metadata, Payload, Record, SecretName};

use super::BundleFile;
use crate::bundle::StatesRules;

const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
/// Published: a test of the age project.
const IDENTITY: &[u8] = b"AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33\n";

fn rules(dialect: Dialect) -> ReadRules {
    ReadRules { dialect, version: AirflowVersion::V3_3 }
}

fn writer() -> BundleFile {
    let mut recipients = Recipients::default();
    recipients.add(RECIPIENT, "here").unwrap();
    BundleFile::to_write(Lock::Recipients(recipients), rules(Dialect::File))
}

fn reader() -> BundleFile {
    let mut identities = Identities::default();
    identities.add_file(IDENTITY, "here").unwrap();
    BundleFile::to_read(Key::Identities(identities))
}

fn metadata(description: Option<&str>, tags: &[(&str, &str)]) -> Metadata {
    let tags: BTreeMap<_, _> =
        tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Metadata { description: description.map(str::to_owned), tags }
}

/// The names of records, with their texts and metadata.
fn shown(records: &[Record]) -> Vec<(&str, String, Option<Metadata>)> {
    let text = |record: &Record| match &record.content {
        airbridge_core::Content::Payload(Payload::Text(text)) => text.expose().to_owned(),
        other => panic!("{other:?}"),
    };
    records
        .iter()
        .map(|record| (record.name.as_str(), text(record), record.metadata.as_deref().cloned()))
        .collect()
}

#[test]
fn new_bundle_is_read_without_a_key_only_if_its_bytes_are_those_that_were_written() {
    let file = writer();
    let (name, payload) = (SecretName::new("variables/a"), Payload::text("c4n4ry"));
    let tags = metadata(Some("d"), &[("k", "v")]);
    let edit = Edit { name: &name, payload: Some(&payload), metadata: Some(&tags) };
    let written = file.render(None, &[edit]).unwrap().bytes;
    let expected = [("variables/a", "c4n4ry".to_owned(), Some(tags.clone()))];
    assert_eq!(shown(&file.parse(&written).unwrap()), expected);
    assert_eq!(shown(&reader().parse(&written).unwrap()), expected);
    let mut other = written.to_vec();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(file.parse(&other).unwrap_err().message, "the file is not the one that was written");
    assert_eq!(reader().parse(&other).unwrap_err().message, "the file is damaged or cut off");
}

#[test]
fn later_edits_keep_what_they_do_not_mention() {
    let file = writer();
    let names = ["variables/a", "variables/b", "variables/c"].map(SecretName::new);
    let payloads = ["1", "2", "3"].map(Payload::text);
    let first = metadata(Some("d"), &[("k", "v")]);
    let edits =
        [0, 1].map(|at| Edit { name: &names[at], payload: Some(&payloads[at]), metadata: Some(&first) });
    let before = file.render(None, &edits).unwrap().bytes;
    let tag = metadata(None, &[("k", "w")]);
    let edits = [
        Edit { name: &names[0], payload: Some(&payloads[2]), metadata: Some(&tag) },
        Edit { name: &names[1], payload: None, metadata: None },
        Edit { name: &names[2], payload: Some(&payloads[0]), metadata: None },
    ];
    let after = file.render(Some(&before), &edits).unwrap().bytes;
    let expected = [
        ("variables/a", "3".to_owned(), Some(metadata(Some("d"), &[("k", "w")]))),
        ("variables/c", "1".to_owned(), None),
    ];
    assert_eq!(shown(&reader().parse(&after).unwrap()), expected);
}

#[test]
fn bundle_states_the_rules_of_its_source_and_another_one_in_its_place_is_rejected() {
    let written = |dialect: Dialect| {
        let file = writer();
        file.set_rules(&rules(dialect));
        file.render(None, &[]).unwrap().bytes
    };
    let (vault, text) = (written(Dialect::Vault), written(Dialect::Text));
    let file = reader();
    assert_eq!(file.rules(), None);
    file.parse(&vault).unwrap();
    assert_eq!(file.rules(), Some(rules(Dialect::Vault)));
    assert_eq!(file.parse(&text).unwrap_err().message, "the file was replaced by a bundle of another source");
    assert!(file.parse(&vault).is_ok());
}

#[test]
fn existing_bundle_is_not_edited_and_debug_shows_nothing() {
    let file = reader();
    let error = file.render(None, &[]).unwrap_err();
    assert_eq!(error.message, "a bundle is only written as a whole");
    assert_eq!(format!("{file:?}"), "BundleFile");
}
