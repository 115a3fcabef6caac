//! The description and the tags of a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::Error;

/// The description and the tags of a secret in its service. They are not secret, but `Debug` shows the keys only, because
/// people put values there by mistake. The `description` of an Airflow connection is part of its value, not this.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The description.
    pub description: Option<String>,
    /// Tags: what some services call labels, annotations or custom metadata.
    pub tags: BTreeMap<String, String>,
}

/// The tag that holds the description in services without a description field.
const DESCRIPTION: &str = "description";

/// The prefix of the tags that airbridge reserves.
const OURS: &str = "airbridge-";

impl Metadata {
    /// Neither a description nor a tag.
    pub const NONE: &Self = &Self { description: None, tags: BTreeMap::new() };

    /// As a field that takes little room where there is nothing: `None`.
    pub fn boxed(self) -> Option<Box<Self>> {
        (!self.is_empty()).then(|| Box::new(self))
    }

    /// Whether there is neither a description nor a tag.
    pub fn is_empty(&self) -> bool {
        self.description.is_none() && self.tags.is_empty()
    }

    /// This metadata, completed from `below`. A description or tag in both is taken from this one.
    #[must_use]
    pub fn over(&self, below: &Self) -> Self {
        let description = self.description.as_ref().or(below.description.as_ref()).cloned();
        let mut tags = below.tags.clone();
        tags.extend(self.tags.clone());
        Self { description, tags }
    }

    /// Everything as tags, for services without a description field: the description becomes the tag `description`.
    pub fn into_tags(self) -> BTreeMap<String, String> {
        let mut tags = self.tags;
        tags.extend(self.description.map(|description| (DESCRIPTION.to_owned(), description)));
        tags
    }

    /// The reverse of [`into_tags`](Self::into_tags).
    pub fn from_tags(mut tags: BTreeMap<String, String>) -> Self {
        Self { description: tags.remove(DESCRIPTION), tags }
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata")
            .field("description", &self.description.is_some())
            .field("tags", &self.tags.keys())
            .finish()
    }
}

/// The part of a [`Metadata`] that a store can keep, and what it leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupportedMetadata {
    /// The part that the store keeps.
    pub metadata: Metadata,
    /// One sentence for each tag or description that is left out, with its name and the rule. Never a value.
    pub left_out: Vec<String>,
}

impl SupportedMetadata {
    /// For a store without metadata: everything is left out, with the same `rule`.
    pub fn nothing(wanted: &Metadata, rule: &str) -> Self {
        let description = wanted.description.iter().map(|_| DESCRIPTION.to_owned());
        let names = description.chain(wanted.tags.keys().map(|key| named(key)));
        Self {
            metadata: Metadata::default(),
            left_out: names.map(|name| format!("{name}: {rule}")).collect(),
        }
    }
}

/// Where a service keeps the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Description {
    /// In a field of its own, of at most so many characters.
    Own(usize),
    /// As the tag `description`, under the rules of tags.
    Tag,
}

/// The metadata that a service accepts. An adapter fills it in; the sentences are the same for all services.
#[derive(Clone, Copy, Debug)]
pub struct MetadataRules<'a> {
    /// The service, as messages name it: `AWS Secrets Manager`.
    pub service: &'static str,
    /// Where the service keeps the description.
    pub description: Description,
    /// Maximum number of tags of one secret.
    pub tags: usize,
    /// Checks a key and its value. The error is the rule that they break, without the value.
    pub tag: fn(&str, &str) -> Result<(), String>,
    /// The tags that the user's settings give to every new secret. They take precedence over copied tags.
    pub own: &'a BTreeMap<String, String>,
}

impl MetadataRules<'_> {
    /// The part of `wanted` that the service keeps together with the `current` metadata of a secret; `None` for a new secret.
    pub fn supported(&self, wanted: &Metadata, current: Option<&Metadata>) -> SupportedMetadata {
        let own = if current.is_none() { self.own.clone() } else { BTreeMap::new() };
        let mut taken: BTreeSet<String> = match current {
            Some(current) => self.tags_of(current).into_keys().collect(),
            None => own.keys().cloned().collect(),
        };
        let mut kept = Metadata::default();
        let mut left_out = Vec::new();
        match self.description(wanted) {
            Ok(description) => kept.description = description,
            Err(sentence) => left_out.push(sentence),
        }
        let mut tags: Vec<_> = self.tags_of(wanted).into_iter().collect();
        // The description comes first: if only one more tag fits, it is the most useful one.
        tags.sort_by_key(|(key, _)| self.name(key) != DESCRIPTION);
        for (key, value) in tags {
            match self.fits(&key, &value, own.get(&key), &taken) {
                Ok(()) => {
                    taken.insert(key.clone());
                    kept.tags.insert(key, value);
                }
                Err(rule) => left_out.push(format!("{}: {rule}", self.name(&key))),
            }
        }
        if self.description == Description::Tag {
            kept = Metadata::from_tags(kept.tags);
        }
        SupportedMetadata { metadata: kept, left_out }
    }

    /// Whether the service accepts the tags in the user's setting called `setting`.
    ///
    /// # Errors
    ///
    /// `Config`, with the tag and the rule.
    pub fn check_own(&self, setting: &str) -> crate::Result<()> {
        let own = Metadata { description: None, tags: self.own.clone() };
        let SupportedMetadata { left_out, .. } = self.supported(&own, Some(&Metadata::default()));
        let Some(sentence) = left_out.into_iter().next() else { return Ok(()) };
        Err(Error::config(format!("`{setting}`: {sentence}"))
            .with_hint(format!("change or remove this entry of `{setting}`")))
    }

    /// The description for a service with a description field, or why it is left out.
    fn description(&self, wanted: &Metadata) -> Result<Option<String>, String> {
        let Some(text) = &wanted.description else { return Ok(None) };
        let (service, length) = (self.service, text.chars().count());
        match self.description {
            Description::Own(most) if length > most => Err(format!(
                "{DESCRIPTION}: {service} accepts up to {most} characters, this one has {length}"
            )),
            Description::Own(_) => Ok(Some(text.clone())),
            Description::Tag if wanted.tags.contains_key(DESCRIPTION) => {
                Err(format!("tag {DESCRIPTION}: {service} keeps the description under this name"))
            }
            Description::Tag => Ok(None),
        }
    }

    /// Whether a tag can be added to those that are `taken`.
    fn fits(
        &self,
        key: &str,
        value: &str,
        own: Option<&String>,
        taken: &BTreeSet<String>,
    ) -> Result<(), String> {
        if own.is_some_and(|own| own != value) {
            return Err("the target's settings give it another value".to_owned());
        }
        if key.starts_with(OURS) {
            return Err(format!("tags that start with {OURS} are reserved for airbridge"));
        }
        (self.tag)(key, value)?;
        if taken.len() >= self.tags && !taken.contains(key) {
            return Err(format!("{} accepts up to {} tags per secret", self.service, self.tags));
        }
        Ok(())
    }

    fn tags_of(&self, metadata: &Metadata) -> BTreeMap<String, String> {
        match self.description {
            Description::Own(_) => metadata.tags.clone(),
            Description::Tag => metadata.clone().into_tags(),
        }
    }

    fn name(&self, key: &str) -> String {
        if self.description == Description::Tag && key == DESCRIPTION { key.to_owned() } else { named(key) }
    }
}

/// A tag as messages name it. A key may contain any character, so unusual ones are quoted.
fn named(key: &str) -> String {
    let plain = !key.is_empty() && !key.contains(|char: char| char.is_control() || char.is_whitespace());
    if plain { format!("tag {key}") } else { format!("tag {key:?}") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Description, Metadata, MetadataRules, SupportedMetadata};

    fn metadata(description: Option<&str>, tags: &[(&str, &str)]) -> Metadata {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Metadata { description: description.map(str::to_owned), tags }
    }

    fn keep(
        description: Description,
        own: &[(&str, &str)],
        wanted: &Metadata,
        there: Option<&Metadata>,
    ) -> SupportedMetadata {
        let own: BTreeMap<_, _> = metadata(None, own).tags;
        let tag = |key: &str, _: &str| if key == "bad" { Err("no".to_owned()) } else { Ok(()) };
        MetadataRules { service: "S", description, tags: 2, tag, own: &own }.supported(wanted, there)
    }

    #[test]
    fn tag_that_breaks_a_rule_is_named_and_the_rest_is_kept() {
        let wanted = metadata(Some("four"), &[("a", "1"), ("bad", "2"), ("b", "3"), ("c", "4")]);
        let kept = keep(Description::Own(4), &[], &wanted, None);
        assert_eq!(kept.metadata, metadata(Some("four"), &[("a", "1"), ("b", "3")]));
        assert_eq!(kept.left_out, ["tag bad: no", "tag c: S accepts up to 2 tags per secret"]);
        let kept = keep(Description::Own(3), &[], &wanted, None);
        assert_eq!(kept.left_out[0], "description: S accepts up to 3 characters, this one has 4");
    }

    #[test]
    fn description_as_a_tag_comes_first() {
        let wanted = metadata(Some("d"), &[("a", "1"), ("b", "2")]);
        let kept = keep(Description::Tag, &[], &wanted, None);
        assert_eq!(kept.metadata, metadata(Some("d"), &[("a", "1")]));
        assert_eq!(kept.left_out, ["tag b: S accepts up to 2 tags per secret"]);
        let twice = metadata(Some("d"), &[("description", "other")]);
        let kept = keep(Description::Tag, &[], &twice, None);
        assert_eq!(kept.metadata, metadata(Some("d"), &[]));
        assert_eq!(kept.left_out, ["tag description: S keeps the description under this name"]);
    }

    #[test]
    fn current_tags_count_towards_the_limit() {
        let wanted = metadata(None, &[("a", "1"), ("b", "2")]);
        let there = metadata(Some("d"), &[("b", "0")]);
        assert_eq!(keep(Description::Own(9), &[], &wanted, Some(&there)).metadata, wanted);
        let kept = keep(Description::Tag, &[], &wanted, Some(&there));
        assert_eq!(kept.metadata, metadata(None, &[("b", "2")]));
    }

    #[test]
    fn tags_of_the_settings_take_precedence_on_new_secrets() {
        let wanted = metadata(None, &[("a", "1"), ("b", "2")]);
        let kept = keep(Description::Own(9), &[("a", "mine"), ("b", "2")], &wanted, None);
        assert_eq!(kept.metadata, metadata(None, &[("b", "2")]));
        assert_eq!(kept.left_out, ["tag a: the target's settings give it another value"]);
        let there = Metadata::default();
        assert_eq!(keep(Description::Own(9), &[("a", "mine")], &wanted, Some(&there)).metadata, wanted);
    }

    #[test]
    fn tags_of_the_settings_must_follow_the_rules() {
        let check = |own: &[(&str, &str)]| {
            let own = metadata(None, own).tags;
            let tag = |key: &str, _: &str| if key == "bad" { Err("no".to_owned()) } else { Ok(()) };
            MetadataRules { service: "S", description: Description::Tag, tags: 2, tag, own: &own }
                .check_own("labels")
                .map_err(|error| error.message().to_owned())
        };
        assert_eq!(check(&[("a", ""), ("b", "")]), Ok(()));
        for (own, expected) in [
            (&[("bad", "")][..], "`labels`: tag bad: no"),
            (&[("a", ""), ("b", ""), ("c", "")], "`labels`: tag c: S accepts up to 2 tags per secret"),
            (
                &[("airbridge-id", "")],
                "`labels`: tag airbridge-id: tags that start with airbridge- are reserved for airbridge",
            ),
        ] {
            assert_eq!(check(own), Err(expected.to_owned()));
        }
    }

    #[test]
    fn over_prefers_the_upper_value() {
        let over = metadata(None, &[("a", "1")]).over(&metadata(Some("d"), &[("a", "0"), ("b", "0")]));
        assert_eq!(over, metadata(Some("d"), &[("a", "1"), ("b", "0")]));
    }

    #[test]
    fn nothing_leaves_everything_out_with_the_rule() {
        let kept = SupportedMetadata::nothing(&metadata(Some("d"), &[("a b", "1")]), "files keep none");
        assert_eq!(kept.left_out, ["description: files keep none", "tag \"a b\": files keep none"]);
        assert!(kept.metadata.is_empty());
    }

    #[test]
    fn debug_shows_keys_only() {
        let text = format!("{:?}", metadata(Some("canary"), &[("key", "canary")]));
        assert!(text.contains("key") && !text.contains("canary"), "{text}");
    }
}
