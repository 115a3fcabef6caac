//! Tests of ARNs, keys, replicas and notes. `tests/policy.rs` holds the actions against the calls.

use airbridge_backend_aws_common::Owner;
use airbridge_core::{Policy, PolicyRequest, Right};
use serde_json::{Value, json};

use super::policies;
use crate::write::Writer;

fn request(rights: &[Right]) -> PolicyRequest {
    PolicyRequest {
        rights: rights.iter().copied().collect(),
        names: ["airflow/variables/b".into(), "airflow/connections/a".into()].into(),
        prefixes: ["airflow/connections/".into(), "airflow/variables/".into()].into(),
    }
}

fn writer() -> Writer {
    Writer { key: None, tags: [].into(), replicas: Vec::new() }
}

fn of(request: &PolicyRequest, writer: &Writer) -> Policy {
    let owner = Owner::new("eu-west-1", Some("111122223333".to_owned()));
    let mut policies = policies(request, &owner, writer);
    assert_eq!(policies.len(), 1);
    policies.remove(0)
}

fn statements(policy: &Policy) -> Value {
    let mut document: Value = serde_json::from_str(&policy.text).unwrap();
    document["Statement"].take()
}

#[test]
fn policy_of_a_reader_names_exactly_the_secrets() {
    let policy = of(&request(&[Right::List, Right::Read]), &writer());
    let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow";
    assert_eq!(
        statements(&policy),
        json!([
            {
                "Sid": "List", "Effect": "Allow", "Resource": ["*"],
                "Action": ["secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"],
            },
            {
                "Sid": "Secrets", "Effect": "Allow",
                "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                "Resource": [format!("{arn}/connections/a-??????"), format!("{arn}/variables/b-??????")],
            },
        ])
    );
    assert!(policy.notes.iter().any(|note| note.contains("kms:Decrypt on")), "{:?}", policy.notes);
}

#[test]
fn policy_of_airflow_is_one_action_on_the_prefixes() {
    let policy = of(&PolicyRequest { names: Vec::new(), ..request(&[Right::Read]) }, &writer());
    let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow";
    assert_eq!(
        statements(&policy),
        json!([{
            "Sid": "Secrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"],
            "Resource": [format!("{arn}/connections/*"), format!("{arn}/variables/*")],
        }])
    );
}

#[test]
fn key_and_replicas_are_allowed_only_if_the_settings_name_them() {
    let create = request(&[Right::Create]);
    let plain = of(&create, &writer()).text;
    assert!(
        !plain.contains("kms:") && !plain.contains("Replicate") && !plain.contains("TagResource"),
        "{plain}"
    );
    let settings = Writer {
        key: Some("alias/mine".to_owned()),
        tags: [("owner".to_owned(), "data".to_owned())].into(),
        replicas: vec!["eu-central-1".to_owned()],
    };
    let statements = statements(&of(&create, &settings));
    assert_eq!(statements[0]["Action"], json!(["kms:Decrypt", "kms:GenerateDataKey"]));
    let actions = ["CreateSecret", "DescribeSecret", "ReplicateSecretToRegions", "TagResource"];
    assert_eq!(statements[1]["Action"], json!(actions.map(|action| format!("secretsmanager:{action}"))));
    let key = Writer { key: Some("12ab".to_owned()), ..writer() };
    assert_eq!(super::policies(&request(&[Right::List]), &Owner::new("eu-west-1", None), &key).len(), 1);
    assert!(!of(&request(&[Right::List]), &key).text.contains("kms:"));
}

#[test]
fn many_names_are_split_into_several_policies() {
    let names = (0..300).map(|number| format!("airflow/connections/{number:03}").as_str().into()).collect();
    let owner = Owner::new("eu-west-1", None);
    let parts = policies(&PolicyRequest { names, ..request(&[Right::Read]) }, &owner, &writer());
    assert_eq!(parts[0].title, format!("IAM policy, part 1 of {}", parts.len()));
    assert!(parts[0].notes.iter().any(|note| note.starts_with("Replace ACCOUNT")), "{:?}", parts[0].notes);
    let all: String = parts.iter().map(|part| part.text.as_str()).collect();
    assert_eq!((all.matches("-??????").count(), all.matches('*').count()), (300, 0));
}
