//! Names, values and metadata that Vault would reject or change, found before anything is sent.

use std::collections::BTreeMap;

use airbridge_core::{
    Description, Error, Fields, Json, Metadata, MetadataRules, Payload, Rejection, Result, SupportedMetadata,
};

use crate::mount::{KvVersion, Mounts};
use crate::name;

/// The most bytes of a secret's fields as the server stores them.
///
/// Integrated storage accepts 1 MiB per entry by default (`max_entry_size`). 8 KiB of that are left for the name, the
/// timestamps and the encryption.
/// <https://developer.hashicorp.com/vault/docs/internals/limits>
const MAX_STORED: usize = 1_048_576 - 8_192;

/// The most pairs of custom metadata, bytes of a key, and bytes of a value.
/// <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#custom_metadata>
const PAIRS: usize = 64;
const KEY_BYTES: usize = 128;
const VALUE_BYTES: usize = 512;

/// The part of `wanted` that the secret `name` can hold together with `there`, its present metadata. `own` are the
/// pairs that the user gives every new secret.
pub(crate) fn supported_metadata(
    mounts: &Mounts,
    name: &str,
    wanted: &Metadata,
    there: Option<&Metadata>,
    own: &BTreeMap<String, String>,
) -> SupportedMetadata {
    match mounts.locate(name) {
        Some((mount, _)) if mount.version == KvVersion::Two => rules(own).supported(wanted, there),
        _ => SupportedMetadata::nothing(wanted, "version 1 of the engine stores values only"),
    }
}

/// Checks the metadata that the user gives every new secret.
pub(crate) fn check_own(mounts: &Mounts, own: &BTreeMap<String, String>) -> Result<()> {
    let one = mounts.iter().find(|mount| mount.version == KvVersion::One);
    if let (Some(mount), false) = (one, own.is_empty()) {
        let message = format!(
            "`custom_metadata` needs version 2 of the engine, and the mount `{}` has version 1",
            mount.path
        );
        return Err(
            Error::config(message).with_hint("leave `custom_metadata` out, or use a mount with version 2")
        );
    }
    rules(own).check_own("custom_metadata")
}

fn rules(own: &BTreeMap<String, String>) -> MetadataRules<'_> {
    MetadataRules { service: "Vault", description: Description::Tag, tags: PAIRS, tag: pair, own }
}

fn pair(key: &str, value: &str) -> Result<(), String> {
    for (what, text, most) in [("key", key, KEY_BYTES), ("value", value, VALUE_BYTES)] {
        let length = text.len();
        if !(1..=most).contains(&length) {
            return Err(format!(
                "Vault accepts 1 to {most} bytes for a {what} of custom metadata, not {length}"
            ));
        }
        if !text.chars().all(name::is_printable) {
            return Err(format!(
                "Vault accepts only printable characters in custom metadata; the {what} has others"
            ));
        }
    }
    Ok(())
}

/// Why a secret in a mount of this version cannot be written at `path`; `None` if it can.
pub(crate) fn path_fault(version: KvVersion, path: &str) -> Option<&'static str> {
    // The storage of version 1 rejects `..` anywhere in a path; version 2 hashes the path first. (`logical.StorageView`)
    let dots = version == KvVersion::One && path.contains("..");
    name::fault(path).or(dots.then_some("version 1 of the engine accepts no `..` anywhere in a path"))
}

/// Checks that the server can store `payload` under `name`.
pub(crate) fn check(mounts: &Mounts, name: &str, payload: &Payload) -> Result<(), Rejection> {
    let Some((mount, path)) = mounts.locate(name) else {
        let known: Vec<_> = mounts.iter().map(|mount| mount.path.as_str()).collect();
        let message = format!("the name must be MOUNT/PATH, with MOUNT one of: {}", known.join(", "));
        return Err(Rejection::new("name-invalid", message));
    };
    if let Some(fault) = path_fault(mount.version, path) {
        return Err(Rejection::new("name-invalid", fault));
    }
    let Payload::Fields(fields) = payload else {
        return Err(Rejection::new("shape", "Vault stores named fields, not a single string"));
    };
    if mount.version == KvVersion::One && fields.is_empty() {
        return Err(Rejection::new(
            "value-empty",
            "version 1 of the engine accepts no secret without fields",
        ));
    }
    numbers(mount.version, fields)?;
    let size = fields_size(fields);
    if size > MAX_STORED {
        let message =
            format!("Vault's storage accepts 1 MiB per secret; the fields are {size} bytes of JSON");
        return Err(Rejection::new("value-too-large", message));
    }
    Ok(())
}

fn numbers(version: KvVersion, fields: &Fields) -> Result<(), Rejection> {
    fields.iter().try_for_each(|(field, value)| number(version, field, value))
}

fn number(version: KvVersion, field: &str, value: &Json) -> Result<(), Rejection> {
    let reject =
        |why: &str| Err(Rejection::new("value-invalid", format!("the number in field `{field}` {why}")));
    match value {
        Json::Number(text) => match text.expose().parse::<f64>() {
            Ok(number) if !number.is_finite() => reject("is not finite, which JSON cannot express"),
            Ok(number) if version == KvVersion::Two && is_rounded(text.expose(), number) => {
                reject("would be rounded by version 2 of the engine; store it as a string")
            }
            Ok(_) => Ok(()),
            Err(_) => reject("is not a valid JSON number"),
        },
        Json::Array(items) => items.iter().try_for_each(|item| number(version, field, item)),
        Json::Object(fields) => fields.iter().try_for_each(|(_, value)| number(version, field, value)),
        Json::Null | Json::Bool(_) | Json::String(_) => Ok(()),
    }
}

/// Whether version 2 changes a number: it parses numbers as floats, which rounds whole numbers above 2^53. (Seen with
/// OpenBao 2.7.2.)
fn is_rounded(text: &str, number: f64) -> bool {
    let whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    whole && text != "-0" && format!("{number}") != text
}

/// The length of the JSON that Go writes: UTF-8, with `<`, `>` and `&` escaped. (`encoding/json`)
fn size(value: &Json) -> usize {
    match value {
        Json::Null | Json::Bool(true) => 4,
        Json::Bool(false) => 5,
        Json::Number(text) => text.len(),
        Json::String(text) => text_size(text.expose()),
        Json::Array(items) => items.iter().map(|item| size(item) + 1).sum::<usize>() + 2,
        Json::Object(fields) => fields_size(fields),
    }
}

fn fields_size(fields: &Fields) -> usize {
    fields.iter().map(|(name, value)| text_size(name) + size(value) + 2).sum::<usize>() + 2
}

fn text_size(text: &str) -> usize {
    let each = |character| match character {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => 6,
        other => other.len_utf8(),
    };
    text.chars().map(each).sum::<usize>() + 2
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use airbridge_core::{Fields, Json, Payload};

    use super::{KvVersion, MAX_STORED, Mounts, check, fields_size};
    use crate::mount::Mount;

    fn mount(version: KvVersion) -> Mount {
        Mount { path: "m".to_owned(), version, certain: true }
    }

    fn reason(version: KvVersion, name: &str, payload: &Payload) -> Option<&'static str> {
        check(&Mounts::One(mount(version)), name, payload).err().map(|rejection| rejection.reason)
    }

    fn fields(json: &str) -> Payload {
        Payload::Fields(Json::parse(json).unwrap().as_object().unwrap().clone())
    }

    #[test]
    fn only_fields_under_valid_names_are_accepted() {
        for version in [KvVersion::One, KvVersion::Two] {
            assert_eq!(reason(version, "a/b", &fields(r#"{"value": "x"}"#)), None);
            assert_eq!(reason(version, "a/b", &Payload::text("x")), Some("shape"));
            assert_eq!(reason(version, "a//b", &fields(r#"{"value": "x"}"#)), Some("name-invalid"));
        }
    }

    #[test]
    fn version_1_rejects_empty_secrets_and_dots_that_version_2_accepts() {
        for (name, json, expected) in [("a", "{}", "value-empty"), ("a..b", r#"{"v": 1}"#, "name-invalid")] {
            assert_eq!(reason(KvVersion::One, name, &fields(json)), Some(expected));
            assert_eq!(reason(KvVersion::Two, name, &fields(json)), None);
        }
    }

    #[test]
    fn whole_numbers_that_version_2_rounds_are_rejected() {
        for number in ["9007199254740993", "12345678901234567890", "-9007199254740993"] {
            let payload = fields(&format!(r#"{{"a": [{{"n": {number}}}]}}"#));
            assert_eq!(reason(KvVersion::Two, "a", &payload), Some("value-invalid"), "{number}");
            assert_eq!(reason(KvVersion::One, "a", &payload), None, "{number}");
        }
        for number in ["0", "-0", "5432", "-1", "9007199254740992", "12345678901234567000", "1.50", "1e3"] {
            assert_eq!(
                reason(KvVersion::Two, "a", &fields(&format!(r#"{{"n": {number}}}"#))),
                None,
                "{number}"
            );
        }
    }

    #[test]
    fn numbers_of_python_that_json_lacks_are_rejected() {
        for number in ["NaN", "Infinity", "-Infinity", "1e999"] {
            for version in [KvVersion::One, KvVersion::Two] {
                let payload = fields(&format!(r#"{{"n": {number}}}"#));
                assert_eq!(reason(version, "a", &payload), Some("value-invalid"), "{number}");
            }
        }
    }

    #[test]
    fn size_is_the_length_of_the_json_that_go_writes() {
        let Payload::Fields(fields) = fields(r#"{"k": "é<\n", "n": [1, null], "o": {"b": false}}"#) else {
            panic!()
        };
        // {"k":"é\u003c\n","n":[1,null],"o":{"b":false}}, and a comma too many in each pair of brackets.
        assert_eq!(fields_size(&fields), 47 + 3);
    }

    #[test]
    fn secret_above_a_mebibyte_is_rejected() {
        let of =
            |length: usize| Payload::Fields(Fields::from_iter([("v", Json::string("x".repeat(length)))]));
        assert_eq!(reason(KvVersion::Two, "a", &of(MAX_STORED - 20)), None);
        assert_eq!(reason(KvVersion::Two, "a", &of(MAX_STORED)), Some("value-too-large"));
    }

    #[test]
    fn name_without_a_known_mount_is_rejected() {
        let each = Mounts::Each(BTreeMap::from([("m".to_owned(), mount(KvVersion::Two))]));
        let payload = fields(r#"{"v": 1}"#);
        assert_eq!(check(&each, "m/a", &payload), Ok(()));
        for name in ["a", "x/a", "m/", ""] {
            assert_eq!(
                check(&each, name, &payload).map_err(|rejection| rejection.reason),
                Err("name-invalid"),
                "{name}"
            );
        }
    }
}
