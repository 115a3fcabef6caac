use std::time::Duration;

use super::{Keys, Origin};
use crate::endpoint::grammar::read_key;
use crate::error::{Class, Error};

fn keys(parts: &[&str]) -> Result<Keys, Error> {
    let mut keys = Keys::new("aws");
    for part in parts {
        let (key, value) = read_key(part)?;
        keys.insert(key, value, Origin::CommandLine)?;
    }
    Ok(keys)
}

#[test]
fn values_are_typed_as_the_key_wants() {
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
    assert_eq!(keys.finish().unwrap().notes, Vec::<String>::new());
}

#[test]
fn a_value_of_another_type_is_refused_without_being_shown() {
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
fn a_key_nobody_asked_for_is_answered_with_the_nearest() {
    let mut keys = keys(&["connection_prefix=x"]).unwrap();
    assert_eq!(keys.text("connections_prefix").unwrap(), None);
    let failure = keys.finish().unwrap_err();
    assert_eq!(failure.message, "`connection_prefix` is no key of aws: endpoints");
    assert_eq!(failure.hint.as_deref(), Some("did you mean `connections_prefix`? keys: connections_prefix"));
}

#[test]
fn a_key_given_twice_is_refused_and_the_command_line_wins() {
    assert!(keys(&["sep=a", "sep=b"]).is_err());
    let mut keys = Keys::new("aws");
    let (key, value) = read_key("sep=a").unwrap();
    keys.insert(key, value, Origin::Configured("airbridge.toml".to_owned())).unwrap();
    let (key, value) = read_key("sep=b").unwrap();
    keys.insert(key, value, Origin::CommandLine).unwrap();
    assert_eq!(keys.text("sep").unwrap().as_deref(), Some("b"));
}

#[test]
fn a_place_says_its_key_already() {
    let mut keys = keys(&["region_name=eu-west-1"]).unwrap();
    assert!(keys.insert_place("region_name", "", Origin::CommandLine).is_ok());
    assert!(keys.insert_place("region_name", "us-east-1", Origin::CommandLine).is_err());
}

#[test]
fn secrets_on_the_command_line_are_refused_and_never_shown() {
    for part in
        ["token=canary", "client_secret=canary", "password:=\"canary\"", "aws_secret_access_key=canary"]
    {
        let failure = keys(&[part]).unwrap_err();
        assert_eq!(failure.class, Class::Usage, "{part}");
        assert!(
            !format!("{failure:?}").contains("canary") && failure.hint.unwrap().contains("airbridge.toml")
        );
    }
    let mut keys = keys(&["proxy=http://user:canary@proxy:1", "endpoint_url=http://h:1/a@b:c"]).unwrap();
    assert!(!format!("{:?}", keys.url("proxy").unwrap_err()).contains("canary"));
    assert!(keys.url("endpoint_url").is_ok());
}
