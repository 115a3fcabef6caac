//! Tags: the rules are Amazon's own, and the same for each of its services.
//!
//! <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices>

use std::collections::BTreeMap;

use airbridge_core::{Description, MetadataRules};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Tags of one secret, at most.
const TAGS: usize = 50;

/// Characters of a key and of a value, at most.
const KEY_LENGTH: usize = 128;
const VALUE_LENGTH: usize = 256;

/// How the tags start that Amazon sets.
const RESERVED: &str = "aws:";

/// The rules of `service`, whose descriptions have so many characters at most.
pub fn metadata_rules<'a>(
    service: &'static str,
    description: usize,
    own: &'a BTreeMap<String, String>,
) -> MetadataRules<'a> {
    MetadataRules { service, description: Description::Own(description), tags: TAGS, tag, own }
}

/// Whether a tag is set by Amazon; nobody else can set it.
pub fn is_reserved(key: &str) -> bool {
    key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
}

fn tag(key: &str, value: &str) -> Result<(), String> {
    if is_reserved(key) {
        return Err(format!("Amazon has the tags that start with {RESERVED} for itself"));
    }
    let (key_length, value_length) = (key.chars().count(), value.chars().count());
    if !(1..=KEY_LENGTH).contains(&key_length) {
        return Err(format!("Amazon takes keys of 1 to {KEY_LENGTH} characters, this one has {key_length}"));
    }
    if value_length > VALUE_LENGTH {
        return Err(format!(
            "Amazon takes values of up to {VALUE_LENGTH} characters, this one has {value_length}"
        ));
    }
    if key.chars().chain(value.chars()).all(may_stand) {
        return Ok(());
    }
    Err("Amazon takes letters, digits, spaces and _ . : / = + - @ in tags, and it has others".to_owned())
}

fn may_stand(char: char) -> bool {
    let group = char.general_category_group();
    let named = [GeneralCategoryGroup::Letter, GeneralCategoryGroup::Number, GeneralCategoryGroup::Separator];
    named.contains(&group) || "_.:/=+-@".contains(char)
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn tags_have_their_characters_and_lengths() {
        let (key, value) = ("é".repeat(128), "x".repeat(256));
        for (key, value) in [("a", ""), ("Cost Centre", "a_b.c:/=+-@é 1"), ("AWS", "x"), (&key, &value)] {
            assert_eq!(tag(key, value), Ok(()), "{key}");
        }
        for (key, value, part) in [
            ("aws:createdBy", "x", "for itself"),
            ("AWS:x", "x", "for itself"),
            ("", "x", "this one has 0"),
            (&"k".repeat(129), "x", "this one has 129"),
            ("a", &"x".repeat(257), "this one has 257"),
            ("a", "{\"json\": 1}", "it has others"),
            ("a\n", "x", "it has others"),
        ] {
            let error = tag(key, value).expect_err(part);
            assert!(error.contains(part) && !error.contains("json"), "{error}");
        }
    }
}
