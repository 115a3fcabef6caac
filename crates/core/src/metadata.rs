//! What a service keeps beside a value: a description and tags.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::Error;

/// What people and tools say of a secret in its service. Not a value, and not the `description` of a connection, which
/// is part of one. `Debug` shows the keys only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// What it is for.
    pub description: Option<String>,
    /// Tags, labels, annotations: each service has its own word.
    pub tags: BTreeMap<String, String>,
}

/// The tag under which services that have no description of their own keep one.
const DESCRIPTION: &str = "description";

/// How the tags start that airbridge needs for its own work.
const OURS: &str = "airbridge-";

impl Metadata {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.description.is_none() && self.tags.is_empty()
    }

    /// The same with what `below` says and this does not.
    #[must_use]
    pub fn over(&self, below: &Self) -> Self {
        let description = self.description.as_ref().or(below.description.as_ref()).cloned();
        let mut tags = below.tags.clone();
        tags.extend(self.tags.clone());
        Self { description, tags }
    }

    /// All of it as tags, for services that know nothing else: the description is the tag `description`.
    pub fn into_tags(self) -> BTreeMap<String, String> {
        let mut tags = self.tags;
        tags.extend(self.description.map(|description| (DESCRIPTION.to_owned(), description)));
        tags
    }

    /// What [`into_tags`](Self::into_tags) made.
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

/// What a store can keep of a [`Metadata`], and what it cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupportedMetadata {
    /// What it keeps.
    pub metadata: Metadata,
    /// What it does not: a sentence for each, with the name of the tag or `description` and the rule. Never a value.
    pub left_out: Vec<String>,
}

impl SupportedMetadata {
    /// For a store that keeps none: everything is left out, for the same `rule`.
    pub fn nothing(wanted: &Metadata, rule: &str) -> Self {
        let description = wanted.description.iter().map(|_| DESCRIPTION.to_owned());
        let names = description.chain(wanted.tags.keys().map(|key| named(key)));
        Self {
            metadata: Metadata::default(),
            left_out: names.map(|name| format!("{name}: {rule}")).collect(),
        }
    }
}

/// Where a service keeps a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Description {
    /// In a place of its own, with so many characters at most.
    Own(usize),
    /// As the tag `description`, under the rules of tags.
    Tag,
}

/// What a service takes beside a value; an adapter fills it in.
#[derive(Clone, Copy, Debug)]
pub struct MetadataRules<'a> {
    /// What the service is called in sentences.
    pub service: &'static str,
    /// Where a description goes.
    pub description: Description,
    /// Tags of one secret, at most.
    pub tags: usize,
    /// The rule that a tag breaks, given its key and its value.
    pub tag: fn(&str, &str) -> Result<(), String>,
    /// The tags that the user's settings give to every new secret; they win over carried ones.
    pub own: &'a BTreeMap<String, String>,
}

impl MetadataRules<'_> {
    /// What the service keeps of `wanted` beside what a secret has already; of a new secret's, where `there` is `None`.
    pub fn supported(&self, wanted: &Metadata, there: Option<&Metadata>) -> SupportedMetadata {
        let own = if there.is_none() { self.own.clone() } else { BTreeMap::new() };
        let mut taken: BTreeSet<String> = match there {
            Some(there) => self.tags_of(there).into_keys().collect(),
            None => own.keys().cloned().collect(),
        };
        let mut kept = Metadata::default();
        let mut left_out = Vec::new();
        match self.description(wanted) {
            Ok(description) => kept.description = description,
            Err(sentence) => left_out.push(sentence),
        }
        let mut tags: Vec<_> = self.tags_of(wanted).into_iter().collect();
        // Where there is room for one more only, the description says the most.
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

    /// Whether the service takes the tags of the user's own setting called `setting`.
    ///
    /// # Errors
    /// `Config`, with the tag and the rule.
    pub fn check_own(&self, setting: &str) -> crate::Result<()> {
        let own = Metadata { description: None, tags: self.own.clone() };
        let SupportedMetadata { left_out, .. } = self.supported(&own, Some(&Metadata::default()));
        let Some(sentence) = left_out.into_iter().next() else { return Ok(()) };
        Err(Error::config(format!("`{setting}`: {sentence}"))
            .with_hint(format!("change or leave out this one of `{setting}`")))
    }

    /// The description that has a place of its own, or a sentence about what stands in its way.
    fn description(&self, wanted: &Metadata) -> Result<Option<String>, String> {
        let Some(text) = &wanted.description else { return Ok(None) };
        let (service, length) = (self.service, text.chars().count());
        match self.description {
            Description::Own(most) if length > most => {
                Err(format!("{DESCRIPTION}: {service} takes up to {most} characters, this one has {length}"))
            }
            Description::Own(_) => Ok(Some(text.clone())),
            Description::Tag if wanted.tags.contains_key(DESCRIPTION) => {
                Err(format!("tag {DESCRIPTION}: {service} keeps the description under this name"))
            }
            Description::Tag => Ok(None),
        }
    }

    /// Whether a tag fits beside those that are `taken`.
    fn fits(
        &self,
        key: &str,
        value: &str,
        own: Option<&String>,
        taken: &BTreeSet<String>,
    ) -> Result<(), String> {
        if own.is_some_and(|own| own != value) {
            return Err("the target's own setting says it".to_owned());
        }
        if key.starts_with(OURS) {
            return Err(format!("airbridge has the tags that start with {OURS} for itself"));
        }
        (self.tag)(key, value)?;
        if taken.len() >= self.tags && !taken.contains(key) {
            return Err(format!("{} takes up to {} tags of one secret", self.service, self.tags));
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

/// What a tag is called in sentences; a key may hold anything.
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
    fn what_breaks_a_rule_is_named_and_the_rest_is_kept() {
        let wanted = metadata(Some("four"), &[("a", "1"), ("bad", "2"), ("b", "3"), ("c", "4")]);
        let kept = keep(Description::Own(4), &[], &wanted, None);
        assert_eq!(kept.metadata, metadata(Some("four"), &[("a", "1"), ("b", "3")]));
        assert_eq!(kept.left_out, ["tag bad: no", "tag c: S takes up to 2 tags of one secret"]);
        let kept = keep(Description::Own(3), &[], &wanted, None);
        assert_eq!(kept.left_out[0], "description: S takes up to 3 characters, this one has 4");
    }

    #[test]
    fn a_description_may_be_a_tag_and_comes_first() {
        let wanted = metadata(Some("d"), &[("a", "1"), ("b", "2")]);
        let kept = keep(Description::Tag, &[], &wanted, None);
        assert_eq!(kept.metadata, metadata(Some("d"), &[("a", "1")]));
        assert_eq!(kept.left_out, ["tag b: S takes up to 2 tags of one secret"]);
        let twice = metadata(Some("d"), &[("description", "other")]);
        let kept = keep(Description::Tag, &[], &twice, None);
        assert_eq!(kept.metadata, metadata(Some("d"), &[]));
        assert_eq!(kept.left_out, ["tag description: S keeps the description under this name"]);
    }

    #[test]
    fn room_is_what_the_secret_leaves() {
        let wanted = metadata(None, &[("a", "1"), ("b", "2")]);
        let there = metadata(Some("d"), &[("b", "0")]);
        assert_eq!(keep(Description::Own(9), &[], &wanted, Some(&there)).metadata, wanted);
        let kept = keep(Description::Tag, &[], &wanted, Some(&there));
        assert_eq!(kept.metadata, metadata(None, &[("b", "2")]));
    }

    #[test]
    fn the_targets_own_tags_win_on_new_secrets() {
        let wanted = metadata(None, &[("a", "1"), ("b", "2")]);
        let kept = keep(Description::Own(9), &[("a", "mine"), ("b", "2")], &wanted, None);
        assert_eq!(kept.metadata, metadata(None, &[("b", "2")]));
        assert_eq!(kept.left_out, ["tag a: the target's own setting says it"]);
        let there = Metadata::default();
        assert_eq!(keep(Description::Own(9), &[("a", "mine")], &wanted, Some(&there)).metadata, wanted);
    }

    #[test]
    fn the_targets_own_tags_are_held_to_the_rules() {
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
            (&[("a", ""), ("b", ""), ("c", "")], "`labels`: tag c: S takes up to 2 tags of one secret"),
            (
                &[("airbridge-id", "")],
                "`labels`: tag airbridge-id: airbridge has the tags that start with airbridge- for itself",
            ),
        ] {
            assert_eq!(check(own), Err(expected.to_owned()));
        }
    }

    #[test]
    fn what_is_on_top_wins() {
        let over = metadata(None, &[("a", "1")]).over(&metadata(Some("d"), &[("a", "0"), ("b", "0")]));
        assert_eq!(over, metadata(Some("d"), &[("a", "1"), ("b", "0")]));
    }

    #[test]
    fn nothing_is_kept_with_a_reason() {
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
