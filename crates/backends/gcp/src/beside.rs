//! What a secret has beside its values: labels, with a narrow alphabet, and annotations, which take any text.
//!
//! A description is the annotation `description`; a tag is a label where it fits, else an annotation.
//! Rules: <https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets#Secret>.

use std::collections::{BTreeMap, HashMap};

use airbridge_core::{Description, Metadata, MetadataRules, SupportedMetadata};

/// The annotation under which a new container has the token of the change that made it.
pub(crate) const MARKER: &str = "airbridge-change";

/// The annotation that a description is.
const DESCRIPTION: &str = "description";

/// Labels of a secret, at most.
const LABELS: usize = 64;

/// Characters of a label's and of an annotation's key, and of a label's value, at most; and their bytes.
const LENGTH: usize = 63;
const BYTES: usize = 128;

/// Bytes of all annotations of a secret with their keys, less the room for [`MARKER`] and a token.
const ANNOTATION_BYTES: usize = 16_384 - 64;

/// Labels and annotations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) labels: HashMap<String, String>,
    pub(crate) annotations: HashMap<String, String>,
}

impl Beside {
    /// Says this, each thing in its one place.
    pub(crate) fn say(&mut self, metadata: &Metadata) {
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

    /// What it says, without airbridge's own mark. Of a label and an annotation with one key it is the label.
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

/// What the service keeps of `wanted`; `own` labels are the user's.
pub(crate) fn supported_metadata(
    wanted: &Metadata,
    there: Option<&Metadata>,
    own: &BTreeMap<String, String>,
) -> SupportedMetadata {
    let mut kept = rules(own).supported(wanted, there);
    let mut beside = Beside::default();
    beside.say(&there.cloned().unwrap_or_else(|| Metadata { description: None, tags: own.clone() }));
    // The description first: where there is room for one more only, it says the most.
    let description = Metadata { description: kept.metadata.description.take(), ..Metadata::default() };
    let tags = std::mem::take(&mut kept.metadata.tags);
    let tags = tags.into_iter().map(|tag| Metadata { description: None, tags: [tag].into() });
    for one in std::iter::once(description).chain(tags) {
        let mut with = beside.clone();
        with.say(&one);
        // A label that finds no room among labels may be no annotation.
        let misplaced = |key: &String| with.annotations.contains_key(key) && !is_annotation(key);
        let rule = if one.tags.keys().any(misplaced) {
            format!("Google Secret Manager takes up to {LABELS} labels of one secret")
        } else if with.annotation_bytes() > ANNOTATION_BYTES && !one.is_empty() {
            format!("Google Secret Manager takes {ANNOTATION_BYTES} bytes of annotations for one secret")
        } else {
            beside = with;
            kept.metadata = one.over(&kept.metadata);
            continue;
        };
        kept.left_out.extend(SupportedMetadata::nothing(&one, &rule).left_out);
    }
    kept
}

/// What the service takes beside a value, but for the room that annotations need together.
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
                "Google Secret Manager takes keys of up to {LENGTH} ASCII letters, digits, - _ and ., \
                 the first and the last a letter or digit"
            ))
        },
        own,
    }
}

/// <https://cloud.google.com/resource-manager/docs/labels-overview#requirements>
pub(crate) fn is_label(key: &str, value: &str) -> bool {
    let fits = |text: &str| {
        text.len() <= BYTES
            && text.chars().count() <= LENGTH
            && text.chars().all(|c| c.is_alphanumeric() && !c.is_uppercase() || "-_".contains(c))
    };
    key.starts_with(|first: char| first.is_alphabetic()) && fits(key) && fits(value)
}

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

    use super::{Beside, supported_metadata};

    fn metadata(description: Option<&str>, tags: &[(&str, &str)]) -> Metadata {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Metadata { description: description.map(str::to_owned), tags }
    }

    fn said(metadata: &Metadata) -> Beside {
        let mut beside = Beside::default();
        beside.say(metadata);
        beside
    }

    #[test]
    fn a_tag_is_a_label_where_it_fits() {
        let beside =
            said(&metadata(Some("What for?"), &[("team", "data"), ("Owner", "x"), ("mail", "a@b.test")]));
        let keys = |map: &std::collections::HashMap<String, String>| {
            let mut keys: Vec<_> = map.keys().cloned().collect();
            keys.sort();
            keys
        };
        assert_eq!(keys(&beside.labels), ["team"]);
        assert_eq!(keys(&beside.annotations), ["Owner", "description", "mail"]);
    }

    #[test]
    fn what_was_said_comes_back_and_each_key_has_one_place() {
        let first = metadata(Some("d"), &[("team", "data"), ("cost", "A 1")]);
        let mut beside = said(&first);
        assert_eq!(beside.metadata(), first);
        let second = metadata(None, &[("team", "Data"), ("cost", "a1")]);
        beside.say(&second);
        assert_eq!(beside.metadata(), second.over(&first));
        assert_eq!((beside.labels.len(), beside.annotations.len()), (1, 2));
    }

    #[test]
    fn labels_beyond_the_limit_are_annotations() {
        let tags: BTreeMap<_, _> = (0..70).map(|index| (format!("k{index}"), "v".to_owned())).collect();
        let wanted = Metadata { description: None, tags };
        let beside = said(&wanted);
        assert_eq!((beside.labels.len(), beside.annotations.len()), (64, 6));
        let more = metadata(None, &[("z\u{e9}", "v"), ("zz", "v")]);
        let kept = supported_metadata(&more.over(&wanted), None, &BTreeMap::new());
        assert_eq!(kept.left_out, ["tag z\u{e9}: Google Secret Manager takes up to 64 labels of one secret"]);
    }

    #[test]
    fn what_cannot_be_kept_is_named() {
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
            ["tag b: the target's own setting says it"]
        );
    }
}
