//! What code uses, at a store that ignores case and keeps deleted secrets.

use std::collections::BTreeSet;

use airbridge_airflow::{EntryId, Kind};
use airbridge_core::{Payload, SecretName, State};
use airbridge_engine::{
    Evidence, Extent, Presence, Quiet, Side, Source, Usage, list, mark_unusable, resolve_names, usage,
};

use super::dashed::{Dashed, azure};
use super::{POSTGRES, aws, memory, put, read_side};

async fn used(side: &Source, entries: &[&str]) -> Usage {
    let used: BTreeSet<EntryId> = entries.iter().map(|entry| EntryId::parse(entry).unwrap()).collect();
    let listing = list(side, Side::Source, &Kind::ALL, Extent::Entries, &Quiet).await.unwrap();
    let evidence = Evidence { given: used.clone(), ..Evidence::default() };
    let mut inventory = resolve_names(side, &listing, &Kind::ALL, &evidence);
    mark_unusable(side, &mut inventory);
    usage(side, &inventory, &used)
}

#[tokio::test]
async fn entries_are_present_under_the_names_that_airflow_asks_for() {
    let store = memory("here");
    for name in ["airflow/connections/a", "airflow/variables/b/c", "airflow/variables/old", "elsewhere/d"] {
        put(&store, name, Payload::text(POSTGRES)).await;
    }
    let found = used(&read_side(&aws(&store)), &["conn:a", "conn:d", "var:b/c", "var:a"]).await;
    let present = |name: &str| Presence::Present(SecretName::new(name));
    let expected = [
        ("conn:a", present("airflow/connections/a")),
        ("conn:d", Presence::Absent(None)),
        ("var:a", Presence::Absent(None)),
        ("var:b/c", present("airflow/variables/b/c")),
    ];
    let used: Vec<_> = found.used.into_iter().map(|(id, presence)| (id.to_string(), presence)).collect();
    assert_eq!(used, expected.map(|(id, presence)| (id.to_owned(), presence)));
    let unused: Vec<_> = found.unused.iter().map(|(id, name)| (id.to_string(), name.as_str())).collect();
    assert_eq!(unused, [("var:old".to_owned(), "airflow/variables/old")]);
}

#[tokio::test]
async fn two_ids_with_one_name_are_both_present_and_a_deleted_secret_is_not() {
    let vault = Dashed::new("vault");
    vault.put("Airflow-Connections-My-DB", None, State::Live);
    vault.put("airflow-connections-gone", None, State::Deleted { until: None });
    vault.put("airflow-connections-off", None, State::Disabled);
    vault.put("airflow-variables-x-y", None, State::Live);
    let found =
        used(&read_side(&azure(&vault)), &["conn:my_db", "conn:My-db", "conn:gone", "conn:off"]).await;
    let words = |id: &str| match &found.used[&EntryId::parse(id).unwrap()] {
        Presence::Present(name) => name.as_str().to_owned(),
        Presence::Unusable(_, why) => (*why).to_owned(),
        Presence::Absent(_) => "absent".to_owned(),
    };
    let name = "Airflow-Connections-My-DB";
    assert_eq!(
        ["conn:my_db", "conn:My-db", "conn:gone", "conn:off"].map(words),
        [name, name, "it is deleted", "it is disabled"]
    );
    // A name that could be several ids, and that no code uses.
    let unused: Vec<_> = found.unused.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(unused, ["airflow-variables-x-y"]);
}
