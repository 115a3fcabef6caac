//! Short functions for calls and their results.

use airbridge_core::{
    Action, Change, Content, Error, Metadata, Payload, Read, Receipt, SecretName, SecretStore, Stored,
};

/// Reads one name.
pub async fn read(store: &dyn SecretStore, name: &str) -> Result<Option<Stored>, Error> {
    read_all(store, &[name]).await.expect("the batch is answered").remove(0)
}

/// Reads several names in one batch.
pub async fn read_all(
    store: &dyn SecretStore,
    names: &[&str],
) -> Result<Vec<Result<Option<Stored>, Error>>, Error> {
    let wanted: Vec<_> = names.iter().map(|name| Read::current(SecretName::new(*name))).collect();
    store.read_batch(&wanted).await
}

/// Makes one change.
pub async fn write(store: &dyn SecretStore, name: &str, action: Action) -> Result<Receipt, Error> {
    write_with(store, name, action, Metadata::default()).await
}

/// Makes one change with metadata.
pub async fn write_with(
    store: &dyn SecretStore,
    name: &str,
    action: Action,
    metadata: Metadata,
) -> Result<Receipt, Error> {
    let change = Change::new(SecretName::new(name), action).with_metadata(metadata);
    store.write_batch(&[change]).await.expect("the batch is answered").remove(0)
}

/// A create of a secret with this value.
pub fn create(text: &str) -> Action {
    Action::Create(Payload::text(text))
}

/// Metadata with this description and these tags.
pub fn metadata(description: Option<&str>, tags: &[(&str, &str)]) -> Metadata {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Metadata { description: description.map(str::to_owned), tags }
}

/// Whether a read found this value.
pub fn is_text(found: Option<&Stored>, expected: &str) -> bool {
    matches!(found, Some(Stored { content: Content::Payload(Payload::Text(text)), .. }) if text.expose() == expected)
}
