use std::time::Duration;

use super::Keys;
use crate::error::{Class, Error};
use crate::grammar::parse_key;
use crate::value::{Key, Origin};

const DECLARED: &[Key] = &[
    Key::kwarg("connections_prefix", "x"),
    Key::kwarg("sep", "x"),
    Key::kwarg("token", "x").secret(Some("VAULT_TOKEN"), Some("token_path")),
    Key::ignored("strict", "it is of no use"),
    Key::rejected("session", "it is an object", "remove it"),
];

fn no_keys() -> Keys {
    Keys::new("aws", DECLARED.iter().collect())
}

fn read_key(part: &str) -> Result<(String, crate::value::Value), Error> {
    parse_key(part, &|_| false)
}

fn keys(parts: &[&str]) -> Result<Keys, Error> {
    let mut keys = no_keys();
    for part in parts {
        let (key, value) = read_key(part)?;
        keys.insert(key, value, Origin::CommandLine)?;
    }
    Ok(keys)
}

#[test]
fn values_get_the_type_that_is_read() {
    let mut keys = keys(&[
        "sep=/",
        "prefix:=null",
        "list:=[\"a\",\"b\"]",
        "one=a",
        "flag=True",
        "count=3",
        "rate:=2.5",
        "time=1.5",
        "object={\"a\":1}",
    ])
    .unwrap();
    assert_eq!(keys.text("sep").unwrap().as_deref(), Some("/"));
    assert_eq!(keys.text_or_null("prefix").unwrap(), Some(None));
    assert_eq!(keys.text_or_null("absent").unwrap(), None);
    assert_eq!(keys.texts_or_null("list").unwrap(), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(keys.texts_or_null("one").unwrap(), Some(vec!["a".to_owned()]));
    assert_eq!(keys.flag("flag").unwrap(), Some(true));
    assert_eq!(keys.count("count").unwrap(), Some(3));
    assert_eq!(keys.number("rate").unwrap(), Some(2.5));
    assert_eq!(keys.seconds("time").unwrap(), Some(Duration::from_millis(1500)));
    assert!(keys.object("object").unwrap().unwrap().contains("a"));
    assert_eq!(keys.finish().unwrap().notes, Vec::new());
}

#[test]
fn value_of_another_type_is_rejected_and_never_shown() {
    let mut keys = keys(&["a:=[\"canary\"]", "b=canary", "c=canary", "d=0", "e=canary"]).unwrap();
    let failures = [
        keys.text("a").unwrap_err(),
        keys.flag("b").unwrap_err(),
        keys.count("c").unwrap_err(),
        keys.count("d").unwrap_err(),
        keys.word("e", &["x"]).unwrap_err(),
    ];
    for failure in failures {
        assert_eq!(failure.class, Class::Usage);
        assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
    }
}

#[test]
fn unknown_key_is_rejected_with_the_nearest() {
    let error = keys(&["connection_prefix=x"]).unwrap().check().unwrap_err();
    assert_eq!(error.message, "unknown key `connection_prefix` for the aws: endpoint");
    let hint = "did you mean `connections_prefix`? run `airbridge endpoints aws` to see its keys";
    assert_eq!(error.hint.as_deref(), Some(hint));
}

#[test]
fn ignored_key_is_a_warning_and_rejected_key_an_error_unless_null() {
    let mut ignored = keys(&["strict=canary"]).unwrap();
    ignored.drop_unused().unwrap();
    let notes = ignored.finish().unwrap().notes;
    let messages: Vec<_> = notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(messages, ["`strict` of the aws: endpoint has no effect: it is of no use"]);
    let error = keys(&["session=canary"]).unwrap().drop_unused().unwrap_err();
    assert_eq!(error.message, "`session` of the aws: endpoint is not supported: it is an object");
    let mut null = keys(&["session:=null", "strict:=null"]).unwrap();
    null.drop_unused().unwrap();
    assert_eq!(null.finish().unwrap().notes, Vec::new());
}

#[test]
fn key_given_twice_is_rejected_and_command_line_takes_precedence() {
    assert!(keys(&["sep=a", "sep=b"]).is_err());
    let mut keys = no_keys();
    let (key, value) = read_key("sep=a").unwrap();
    keys.insert(key, value, Origin::Configured("airbridge.toml".to_owned())).unwrap();
    let (key, value) = read_key("sep=b").unwrap();
    keys.insert(key, value, Origin::CommandLine).unwrap();
    assert_eq!(keys.text("sep").unwrap().as_deref(), Some("b"));
}

#[test]
fn key_of_the_place_given_twice_is_rejected() {
    let mut keys = keys(&["region_name=eu-west-1"]).unwrap();
    assert!(keys.insert_place("region_name", "", Origin::CommandLine).is_ok());
    assert!(keys.insert_place("region_name", "us-east-1", Origin::CommandLine).is_err());
}

#[test]
fn secret_on_the_command_line_is_rejected_and_never_shown() {
    for part in ["token=canary", "token:=\"canary\""] {
        let error = keys(&[part]).unwrap_err();
        assert_eq!(error.class, Class::Usage, "{part}");
        assert!(!format!("{error:?}").contains("canary"));
        let hint = error.hint.unwrap();
        assert!(
            hint.contains("VAULT_TOKEN") && hint.contains("token_path") && hint.contains("airbridge.toml")
        );
    }
    // A key that a kind reads as a secret without declaring it as one.
    let mut undeclared = keys(&["sep=canary"]).unwrap();
    assert!(!format!("{:?}", undeclared.secret("sep").unwrap_err()).contains("canary"));
    let mut keys = keys(&["proxy=http://user:canary@proxy:1", "endpoint_url=http://h:1/a@b:c"]).unwrap();
    assert!(!format!("{:?}", keys.url("proxy").unwrap_err()).contains("canary"));
    assert!(keys.url("endpoint_url").is_ok());
}

#[test]
fn value_that_a_class_assumes_is_read_but_not_printed() {
    let mut keys = keys(&["sep=a"]).unwrap();
    keys.assume("sep", airbridge_core::Json::string("b"));
    keys.assume("connections_prefix", airbridge_core::Json::string("c"));
    assert_eq!(keys.text("sep").unwrap().as_deref(), Some("a"));
    assert_eq!(keys.text("connections_prefix").unwrap().as_deref(), Some("c"));
    let understood = keys.finish().unwrap().understood;
    assert!(understood.contains_key("sep") && !understood.contains_key("connections_prefix"));
}
