//! Tests of ARNs, patterns, keys and the size of documents.

use airbridge_core::PolicyRequest;
use serde_json::{Value, json};

use super::{Owner, POLICY_LENGTH, Statement, documents, literal, patterns};

fn owner(region: &str) -> Owner {
    Owner::new(region, Some("111122223333".to_owned()))
}

fn length(text: &str) -> usize {
    text.chars().filter(|char| !char.is_whitespace()).count()
}

#[test]
fn arn_has_the_partition_of_its_region() {
    for (region, partition) in
        [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
    {
        let arn = owner(region).arn("ssm", "parameter/a");
        assert_eq!(arn, format!("arn:{partition}:ssm:{region}:111122223333:parameter/a"));
    }
    let unknown = Owner::new("eu-west-1", None);
    assert_eq!(unknown.arn("ssm", "parameter/a"), "arn:aws:ssm:eu-west-1:ACCOUNT:parameter/a");
    assert_eq!((unknown.notes().len(), owner("eu-west-1").notes().len()), (1, 0));
}

#[test]
fn wildcard_in_a_name_is_written_as_the_character() {
    assert_eq!(literal("a*b?c${d}"), "a${*}b${?}c${$}{d}");
    let names = PolicyRequest {
        names: ["b*".into(), "a".into(), "a".into()].into(),
        prefixes: ["p".into()].into(),
        ..PolicyRequest::default()
    };
    assert_eq!(patterns(&names, "-??????"), ["a-??????", "b${*}-??????"]);
    assert_eq!(patterns(&PolicyRequest { names: Vec::new(), ..names }, "-??????"), ["p*"]);
}

#[test]
fn key_is_a_resource_and_an_alias_is_a_condition() {
    let key = |key: &str| owner("eu-west-1").key_use(key, "ssm", &["Decrypt"]);
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/";
    let via = json!({ "kms:ViaService": "ssm.eu-west-1.amazonaws.com" });
    for (given, resource) in [
        ("12ab", format!("{arn}12ab")),
        (
            "arn:aws:kms:eu-west-1:999988887777:key/34cd",
            "arn:aws:kms:eu-west-1:999988887777:key/34cd".to_owned(),
        ),
    ] {
        let statement = key(given).unwrap();
        assert_eq!(statement.resources, [resource]);
        assert_eq!(statement.actions, ["kms:Decrypt"]);
        assert_eq!(statement.condition, Some(json!({ "StringEquals": via })));
    }
    let alias = json!({ "kms:ResourceAliases": "alias/mine" });
    for given in ["alias/mine", "arn:aws:kms:eu-west-1:111122223333:alias/mine"] {
        let statement = key(given).unwrap();
        assert_eq!(statement.resources, [format!("{arn}*")]);
        assert_eq!(
            statement.condition,
            Some(json!({ "StringEquals": via, "ForAnyValue:StringEquals": alias }))
        );
    }
    for of_aws in ["alias/aws/ssm", "arn:aws:kms:eu-west-1:111122223333:alias/aws/ssm"] {
        assert_eq!(key(of_aws), None);
    }
    let china = owner("cn-north-1").key_use("12ab", "ssm", &["Decrypt"]).unwrap();
    assert_eq!(china.condition, Some(json!({ "StringLike": { "kms:ViaService": "ssm.cn-north-1.*" } })));
}

#[test]
fn documents_keep_to_the_size_of_a_managed_policy_and_hold_every_resource_once() {
    for count in [0, 1, 70, 1_000] {
        let names: Vec<_> =
            (0..count).map(|number| format!("arn:aws:x:::airflow/connections/{number:04}")).collect();
        let first = Statement::new("List", "x", ["List"], vec!["*".to_owned()]);
        let second = Statement::new("Read", "x", ["Get"], names.clone());
        let policies = documents(vec![first, second], vec!["Note.".to_owned()]);
        let mut resources = Vec::new();
        for (index, policy) in policies.iter().enumerate() {
            assert!(length(&policy.text) <= POLICY_LENGTH, "{}", length(&policy.text));
            assert_eq!(policy.notes.is_empty(), index > 0);
            let document: Value = serde_json::from_str(&policy.text).unwrap();
            for statement in document["Statement"].as_array().unwrap() {
                resources.extend(statement["Resource"].as_array().unwrap().iter().cloned());
            }
        }
        let expected: Vec<_> = ["*".to_owned()].into_iter().chain(names).map(Value::from).collect();
        assert_eq!(resources, expected);
        let title = policies[0].title.as_str();
        match policies.len() {
            1 => assert_eq!(title, "IAM policy"),
            parts => assert_eq!(title, format!("IAM policy, part 1 of {parts}")),
        }
        // No document is left half empty.
        let all: usize = policies.iter().map(|policy| length(&policy.text)).sum();
        assert!(policies.len() <= all / POLICY_LENGTH + 1, "{} for {all}", policies.len());
    }
}

#[test]
fn request_that_allows_nothing_has_no_document() {
    let statement = Statement::new("Read", "x", ["Get"], Vec::new());
    assert_eq!(documents(vec![statement], Vec::new()), []);
}
