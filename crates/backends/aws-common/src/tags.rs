//! The rules for tags, which are the same for every AWS service.
//!
//! <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices>

use std::collections::BTreeMap;

use airbridge_core::{Description, MetadataRules};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// The maximum number of tags of one secret.
const TAGS: usize = 50;

/// The maximum number of characters of a key and of a value.
const KEY_LENGTH: usize = 128;
const VALUE_LENGTH: usize = 256;

/// The prefix of tags that only AWS sets.
const RESERVED: &str = "aws:";

/// The metadata rules of `service`: descriptions of at most `description` characters, AWS's rules for tags, and the
/// user's `own` tags for new secrets.
pub fn metadata_rules<'a>(
    service: &'static str,
    description: usize,
    own: &'a BTreeMap<String, String>,
) -> MetadataRules<'a> {
    MetadataRules { service, description: Description::Own(description), tags: TAGS, tag, own }
}

/// Whether only AWS can set this tag.
pub fn is_reserved(key: &str) -> bool {
    key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
}

fn tag(key: &str, value: &str) -> Result<(), String> {
    if is_reserved(key) {
        return Err(format!("AWS reserves tags that start with {RESERVED}"));
    }
    let (key_length, value_length) = (key.chars().count(), value.chars().count());
    if !(1..=KEY_LENGTH).contains(&key_length) {
        return Err(format!("AWS accepts keys of 1 to {KEY_LENGTH} characters, this one has {key_length}"));
    }
    if value_length > VALUE_LENGTH {
        return Err(format!(
            "AWS accepts values of up to {VALUE_LENGTH} characters, this one has {value_length}"
        ));
    }
    if key.chars().chain(value.chars()).all(is_valid) {
        return Ok(());
    }
    Err("AWS accepts letters, digits, spaces and _ . : / = + - @ in tags, this one has other characters"
        .to_owned())
}

fn is_valid(char: char) -> bool {
    let group = char.general_category_group();
    let named = [GeneralCategoryGroup::Letter, GeneralCategoryGroup::Number, GeneralCategoryGroup::Separator];
    named.contains(&group) || "_.:/=+-@".contains(char)
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn tag_with_a_reserved_prefix_wrong_length_or_character_is_rejected() {
        let (key, value) = ("é".repeat(128), "x".repeat(256));
        for (key, value) in [("a", ""), ("Cost Centre", "a_b.c:/=+-@é 1"), ("AWS", "x"), (&key, &value)] {
            assert_eq!(tag(key, value), Ok(()), "{key}");
        }
        for (key, value, part) in [
            ("aws:createdBy", "x", "reserves"),
            ("AWS:x", "x", "reserves"),
            ("", "x", "this one has 0"),
            (&"k".repeat(129), "x", "this one has 129"),
            ("a", &"x".repeat(257), "this one has 257"),
            ("a", "{\"json\": 1}", "other characters"),
            ("a\n", "x", "other characters"),
        ] {
            let error = tag(key, value).expect_err(part);
            assert!(error.contains(part) && !error.contains("json"), "{error}");
        }
    }
}
