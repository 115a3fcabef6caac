//! Descriptions and tags of secrets.

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

async fn put_with(store: &Arc<dyn SecretStore>, name: &str, text: &str, metadata: Metadata) {
    let change = Change::new(SecretName::new(name), Action::Create(Payload::text(text)));
    store.write_each(&[change.with_metadata(metadata)]).await.remove(0).unwrap();
}

async fn metadata_of(store: &Arc<dyn SecretStore>) -> Vec<Metadata> {
    let headers = store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap();
    headers.into_iter().map(|header| header.metadata.map(|metadata| *metadata).unwrap_or_default()).collect()
}

fn with_metadata(store: &Arc<dyn SecretStore>) -> Endpoint {
    Endpoint { metadata: true, ..aws(store) }
}

#[tokio::test]
async fn metadata_is_not_copied_by_default() {
    let (old, new) = (memory("old"), memory("new"));
    let long = "k".repeat(200);
    put_with(&old, "airflow/connections/a", POSTGRES, metadata(Some("d"), &[("team", "x"), (&long, "y")]))
        .await;
    let plan = planned(&aws(&old), &aws(&new), &Policy::default()).await.unwrap();
    assert_eq!(plan.steps[0].not_carried, [""; 0]);
    copied(&aws(&old), aws(&new), &Policy::default()).await;
    assert_eq!(metadata_of(&new).await, [Metadata::default()]);
}

#[tokio::test]
async fn metadata_that_fits_is_copied_and_the_plan_names_the_rest() {
    let (old, new) = (memory("old"), memory("new"));
    let long = "k".repeat(200);
    put_with(&old, "airflow/connections/a", POSTGRES, metadata(Some("d"), &[("team", "x"), (&long, "y")]))
        .await;
    let plan = planned(&with_metadata(&old), &aws(&new), &Policy::default()).await.unwrap();
    let sentence = format!("tag {long}: memory accepts keys of 1 to 128 characters, this one has 200");
    assert_eq!(plan.steps[0].not_carried, [sentence]);
    let finished = copied(&with_metadata(&old), aws(&new), &Policy::default()).await;
    assert_eq!(outcomes(&finished), ["verified"]);
    assert_eq!(metadata_of(&new).await, [metadata(Some("d"), &[("team", "x")])]);
}

#[tokio::test]
async fn replace_keeps_tags_of_the_target_and_equal_value_is_not_written() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/variables/same", Payload::text("s")).await;
    put_with(&old, "airflow/variables/v", "new", metadata(Some("mine"), &[("team", "x")])).await;
    put_with(&new, "airflow/variables/same", "s", metadata(Some("theirs"), &[])).await;
    put_with(&new, "airflow/variables/v", "old", metadata(Some("theirs"), &[("kept", "y")])).await;
    let finished = copied(&with_metadata(&old), with_metadata(&new), &overwrite()).await;
    assert_eq!(outcomes(&finished), ["unchanged", "verified"]);
    let expected = [metadata(Some("theirs"), &[]), metadata(Some("mine"), &[("kept", "y"), ("team", "x")])];
    assert_eq!(metadata_of(&new).await, expected);
}

#[tokio::test]
async fn tag_limit_counts_tags_of_the_target() {
    let (old, new) = (memory("old"), memory("new"));
    let fifty: Vec<_> = (0..50).map(|number| format!("t{number:02}")).collect();
    let fifty: Vec<_> = fifty.iter().map(|key| (key.as_str(), "")).collect();
    put_with(&old, "airflow/variables/v", "new", metadata(None, &[("more", "x"), ("t00", "y")])).await;
    put_with(&new, "airflow/variables/v", "old", metadata(None, &fifty)).await;
    let plan = planned(&with_metadata(&old), &aws(&new), &overwrite()).await.unwrap();
    assert_eq!(plan.steps[0].not_carried, ["tag more: memory accepts up to 50 tags per secret"]);
}
