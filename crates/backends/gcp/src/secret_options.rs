//! The labels and annotations of a secret. Labels have a narrow alphabet; annotations accept any value.
//!
//! A description becomes the annotation `description`. A tag becomes a label if it fits, otherwise an annotation.
//! Rules: <https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets#Secret>.

use std::collections::{BTreeMap, HashMap};

use airbridge_core::{Description, Metadata, MetadataRules, SupportedMetadata};

/// The annotation with the token of the change that created the secret.
pub(crate) const MARKER: &str = "airbridge-change";

/// The annotation that holds the description.
const DESCRIPTION: &str = "description";

/// Maximum number of labels of a secret.
const LABELS: usize = 64;

/// Maximum number of characters of a label's key and value, and of an annotation's key.
const LENGTH: usize = 63;

/// Maximum number of bytes of a label's key and value.
const BYTES: usize = 128;

/// Maximum number of bytes of all annotations of a secret with their keys, minus those that [`MARKER`] needs.
const ANNOTATION_BYTES: usize = 16_384 - 64;

/// The labels and annotations of a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SecretOptions {
    pub(crate) labels: HashMap<String, String>,
    pub(crate) annotations: HashMap<String, String>,
}

impl SecretOptions {
    /// Writes `metadata` into the labels and annotations. Each tag is in one of the two only.
    pub(crate) fn write_metadata(&mut self, metadata: &Metadata) {
        for (key, value) in &metadata.tags {
            if is_label(key, value) && (self.labels.len() < LABELS || self.labels.contains_key(key)) {
                self.annotations.remove(key);
                self.labels.insert(key.clone(), value.clone());
            } else {
                self.labels.remove(key);
                self.annotations.insert(key.clone(), value.clone());
            }
        }
        if let Some(description) = &metadata.description {
            self.annotations.insert(DESCRIPTION.to_owned(), description.clone());
        }
    }

    /// The metadata in the labels and annotations, without [`MARKER`]. A label takes precedence over an annotation with the
    /// same key.
    pub(crate) fn metadata(&self) -> Metadata {
        let annotations =
            self.annotations.iter().filter(|(key, _)| ![MARKER, DESCRIPTION].contains(&key.as_str()));
        let tags = annotations.chain(&self.labels).map(|(key, value)| (key.clone(), value.clone()));
        Metadata { description: self.annotations.get(DESCRIPTION).cloned(), tags: tags.collect() }
    }

    fn annotation_bytes(&self) -> usize {
        self.annotations.iter().map(|(key, value)| key.len() + value.len()).sum()
    }
}

/// Which part of `wanted` the service can store next to the metadata that is `there`. `own` are the labels of the user's
/// settings.
pub(crate) fn supported_metadata(
    wanted: &Metadata,
    there: Option<&Metadata>,
    own: &BTreeMap<String, String>,
) -> SupportedMetadata {
    let mut kept = rules(own).supported(wanted, there);
    let mut options = SecretOptions::default();
    options
        .write_metadata(&there.cloned().unwrap_or_else(|| Metadata { description: None, tags: own.clone() }));
    // The description first: if there is space for one more entry only, it is the most useful one.
    let description = Metadata { description: kept.metadata.description.take(), ..Metadata::default() };
    let tags = std::mem::take(&mut kept.metadata.tags);
    let tags = tags.into_iter().map(|tag| Metadata { description: None, tags: [tag].into() });
    for one in std::iter::once(description).chain(tags) {
        let mut extended = options.clone();
        extended.write_metadata(&one);
        // A label beyond the limit becomes an annotation, but its key may not be valid there.
        let misplaced = |key: &String| extended.annotations.contains_key(key) && !is_annotation(key);
        let rule = if one.tags.keys().any(misplaced) {
            format!("Google Secret Manager accepts up to {LABELS} labels per secret")
        } else if extended.annotation_bytes() > ANNOTATION_BYTES && !one.is_empty() {
            format!("Google Secret Manager accepts up to {ANNOTATION_BYTES} bytes of annotations per secret")
        } else {
            options = extended;
            kept.metadata = one.over(&kept.metadata);
            continue;
        };
        kept.left_out.extend(SupportedMetadata::nothing(&one, &rule).left_out);
    }
    kept
}

/// The rules for metadata, except for the total size of annotations.
fn rules(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    MetadataRules {
        service: "Google Secret Manager",
        description: Description::Tag,
        tags: usize::MAX,
        tag: |key, value| {
            if is_label(key, value) || is_annotation(key) {
                return Ok(());
            }
            Err(format!(
                "Google Secret Manager accepts keys of up to {LENGTH} ASCII letters, digits, - _ and ., \
                 which start and end with a letter or digit"
            ))
        },
        own,
    }
}

/// Whether the service accepts this label.
/// <https://cloud.google.com/resource-manager/docs/labels-overview#requirements>
pub(crate) fn is_label(key: &str, value: &str) -> bool {
    let fits = |text: &str| {
        text.len() <= BYTES
            && text.chars().count() <= LENGTH
            && text.chars().all(|c| c.is_alphanumeric() && !c.is_uppercase() || "-_".contains(c))
    };
    key.starts_with(|first: char| first.is_alphabetic()) && fits(key) && fits(value)
}

/// Whether the service accepts an annotation with this key.
fn is_annotation(key: &str) -> bool {
    let ends = |char: char| char.is_ascii_alphanumeric();
    key.len() <= LENGTH
        && key.starts_with(ends)
        && key.ends_with(ends)
        && key.chars().all(|char| ends(char) || "-_.".contains(char))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use airbridge_core::Metadata;

    use super::{SecretOptions, supported_metadata};

    fn metadata(description: Option<&str>, tags: &[(&str, &str)]) -> Metadata {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Metadata { description: description.map(str::to_owned), tags }
    }

    fn options(metadata: &Metadata) -> SecretOptions {
        let mut options = SecretOptions::default();
        options.write_metadata(metadata);
        options
    }

    #[test]
    fn tag_becomes_a_label_if_it_fits() {
        let options =
            options(&metadata(Some("What for?"), &[("team", "data"), ("Owner", "x"), ("mail", "a@b.test")]));
        let keys = |map: &std::collections::HashMap<String, String>| {
            let mut keys: Vec<_> = map.keys().cloned().collect();
            keys.sort();
            keys
        };
        assert_eq!(keys(&options.labels), ["team"]);
        assert_eq!(keys(&options.annotations), ["Owner", "description", "mail"]);
    }

    #[test]
    fn written_metadata_is_read_back_and_each_key_is_stored_once() {
        let first = metadata(Some("d"), &[("team", "data"), ("cost", "A 1")]);
        let mut options = options(&first);
        assert_eq!(options.metadata(), first);
        let second = metadata(None, &[("team", "Data"), ("cost", "a1")]);
        options.write_metadata(&second);
        assert_eq!(options.metadata(), second.over(&first));
        assert_eq!((options.labels.len(), options.annotations.len()), (1, 2));
    }

    #[test]
    fn labels_beyond_the_limit_become_annotations() {
        let tags: BTreeMap<_, _> = (0..70).map(|index| (format!("k{index}"), "v".to_owned())).collect();
        let wanted = Metadata { description: None, tags };
        let options = options(&wanted);
        assert_eq!((options.labels.len(), options.annotations.len()), (64, 6));
        let more = metadata(None, &[("z\u{e9}", "v"), ("zz", "v")]);
        let kept = supported_metadata(&more.over(&wanted), None, &BTreeMap::new());
        assert_eq!(kept.left_out, ["tag z\u{e9}: Google Secret Manager accepts up to 64 labels per secret"]);
    }

    #[test]
    fn unsupported_metadata_is_left_out_by_name() {
        let long = "x".repeat(9_000);
        let wanted = metadata(Some(&long), &[("Cost Centre", "1"), ("a", &long), ("b", "c"), ("Z", "1")]);
        let kept = supported_metadata(&wanted, None, &BTreeMap::new());
        assert_eq!(kept.metadata, metadata(Some(&long), &[("b", "c"), ("Z", "1")]));
        assert!(kept.left_out[0].starts_with("tag \"Cost Centre\": "), "{:?}", kept.left_out);
        assert!(kept.left_out[1].starts_with("tag a: ") && kept.left_out.len() == 2, "{:?}", kept.left_out);
        let there = metadata(Some(&long), &[]);
        assert_eq!(
            supported_metadata(&metadata(None, &[("a", &long)]), Some(&there), &BTreeMap::new())
                .left_out
                .len(),
            1
        );
        let own = metadata(None, &[("b", "mine")]).tags;
        assert_eq!(
            supported_metadata(&metadata(None, &[("b", "c")]), None, &own).left_out,
            ["tag b: the target's settings give it another value"]
        );
    }
}
