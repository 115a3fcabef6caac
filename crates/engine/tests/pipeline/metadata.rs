//! What is said of secrets beside their values.

use std::sync::Arc;

use airbridge_core::{
    Action, Change, Metadata, NamePrefix, Payload, SecretName, SecretStore, SecretStoreExt,
};
use airbridge_engine::{Endpoint, Policy};

use super::{POSTGRES, aws, copied, memory, outcomes, overwrite, planned, put};

fn metadata(description: Option<&str>, tags: &[(&str, &str)]) -> Metadata {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Metadata { description: description.map(str::to_owned), tags }
}

async fn say(store: &Arc<dyn SecretStore>, name: &str, text: &str, metadata: Metadata) {
    let change = Change::new(SecretName::new(name), Action::Create(Payload::text(text)));
    store.write_each(&[change.with_metadata(metadata)]).await.remove(0).unwrap();
}

async fn said(store: &Arc<dyn SecretStore>) -> Vec<Metadata> {
    let headers = store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap();
    headers.into_iter().map(|header| header.metadata).collect()
}

fn carrying(store: &Arc<dyn SecretStore>) -> Endpoint {
    Endpoint { metadata: true, ..aws(store) }
}

#[tokio::test]
async fn nothing_is_carried_unless_it_is_asked_for() {
    let (old, new) = (memory("old"), memory("new"));
    let long = "k".repeat(200);
    say(&old, "airflow/connections/a", POSTGRES, metadata(Some("d"), &[("team", "x"), (&long, "y")])).await;
    let plan = planned(&aws(&old), &aws(&new), &Policy::default()).await.unwrap();
    assert_eq!(plan.steps[0].not_carried, [""; 0]);
    copied(&aws(&old), aws(&new), &Policy::default()).await;
    assert_eq!(said(&new).await, [Metadata::default()]);
}

#[tokio::test]
async fn what_fits_is_carried_and_the_plan_says_what_does_not() {
    let (old, new) = (memory("old"), memory("new"));
    let long = "k".repeat(200);
    say(&old, "airflow/connections/a", POSTGRES, metadata(Some("d"), &[("team", "x"), (&long, "y")])).await;
    let plan = planned(&carrying(&old), &aws(&new), &Policy::default()).await.unwrap();
    let sentence = format!("tag {long}: memory takes keys of 1 to 128 characters, this one has 200");
    assert_eq!(plan.steps[0].not_carried, [sentence]);
    let settled = copied(&carrying(&old), aws(&new), &Policy::default()).await;
    assert_eq!(outcomes(&settled), ["verified"]);
    assert_eq!(said(&new).await, [metadata(Some("d"), &[("team", "x")])]);
}

#[tokio::test]
async fn a_replace_leaves_what_the_target_has_and_the_same_value_is_left_alone() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/variables/same", Payload::text("s")).await;
    say(&old, "airflow/variables/v", "new", metadata(Some("mine"), &[("team", "x")])).await;
    say(&new, "airflow/variables/same", "s", metadata(Some("theirs"), &[])).await;
    say(&new, "airflow/variables/v", "old", metadata(Some("theirs"), &[("kept", "y")])).await;
    let settled = copied(&carrying(&old), carrying(&new), &overwrite()).await;
    assert_eq!(outcomes(&settled), ["unchanged", "verified"]);
    let expected = [metadata(Some("theirs"), &[]), metadata(Some("mine"), &[("kept", "y"), ("team", "x")])];
    assert_eq!(said(&new).await, expected);
}

#[tokio::test]
async fn room_is_counted_with_what_the_target_has() {
    let (old, new) = (memory("old"), memory("new"));
    let fifty: Vec<_> = (0..50).map(|number| format!("t{number:02}")).collect();
    let fifty: Vec<_> = fifty.iter().map(|key| (key.as_str(), "")).collect();
    say(&old, "airflow/variables/v", "new", metadata(None, &[("more", "x"), ("t00", "y")])).await;
    say(&new, "airflow/variables/v", "old", metadata(None, &fifty)).await;
    let plan = planned(&carrying(&old), &aws(&new), &overwrite()).await.unwrap();
    assert_eq!(plan.steps[0].not_carried, ["tag more: memory accepts up to 50 tags per secret"]);
}
