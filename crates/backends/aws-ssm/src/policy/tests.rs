//! Tests of ARNs, paths, keys and notes. `tests/policy.rs` holds the actions against the calls.

use airbridge_backend_aws_common::Owner;
use airbridge_core::{Policy, PolicyRequest, Right};
use serde_json::{Value, json};

use super::policies;
use crate::settings::Tier;
use crate::write::Writer;

const ARN: &str = "arn:aws:ssm:eu-west-1:111122223333:parameter/";

fn request(rights: &[Right], names: &[&str], prefixes: &[&str]) -> PolicyRequest {
    PolicyRequest {
        rights: rights.iter().copied().collect(),
        names: names.iter().map(|name| (*name).into()).collect(),
        prefixes: prefixes.iter().map(|prefix| (*prefix).into()).collect(),
    }
}

fn with_key(request: &PolicyRequest, key: Option<&str>) -> Policy {
    let writer = Writer { tier: Tier::Standard, key: key.map(str::to_owned), tags: [].into() };
    let owner = Owner::new("eu-west-1", Some("111122223333".to_owned()));
    policies(request, &owner, &writer, false).remove(0)
}

fn statements(policy: &Policy) -> Value {
    let mut document: Value = serde_json::from_str(&policy.text).unwrap();
    document["Statement"].take()
}

#[test]
fn listing_needs_the_path_and_what_is_below_and_a_read_exactly_the_parameters() {
    let names = ["/airflow/connections/a"];
    let policy = with_key(&request(&[Right::List, Right::Read], &names, &["/airflow/connections/"]), None);
    assert_eq!(
        statements(&policy),
        json!([
            {
                "Sid": "List", "Effect": "Allow", "Action": ["ssm:GetParametersByPath"],
                "Resource": [format!("{ARN}airflow/connections"), format!("{ARN}airflow/connections/*")],
            },
            {
                "Sid": "Parameters", "Effect": "Allow", "Action": ["ssm:GetParameters"],
                "Resource": [format!("{ARN}airflow/connections/a")],
            },
        ])
    );
    assert!(policy.notes[0].contains("all parameters below /airflow/connections,"), "{:?}", policy.notes);
}

#[test]
fn listing_of_a_part_of_a_path_needs_the_whole_path() {
    for (prefix, resources) in
        [("/airflow/conn", &["airflow", "airflow/*"][..]), ("/airflow", &["*"]), ("", &["*"])]
    {
        let policy = with_key(&request(&[Right::List], &[], &[prefix]), None);
        let resources: Vec<_> = resources.iter().map(|resource| format!("{ARN}{resource}")).collect();
        assert_eq!(statements(&policy)[0]["Resource"], json!(resources), "{prefix}");
    }
}

#[test]
fn policy_of_airflow_is_one_action_on_the_prefixes() {
    let policy = with_key(&request(&[Right::Read], &[], &["/airflow/variables/"]), None);
    assert_eq!(
        statements(&policy),
        json!([{
            "Sid": "Parameters", "Effect": "Allow", "Action": ["ssm:GetParameter"],
            "Resource": [format!("{ARN}airflow/variables/*")],
        }])
    );
}

#[test]
fn key_of_the_settings_is_used_for_what_is_asked_for() {
    for (right, actions) in
        [(Right::Read, &["kms:Decrypt"][..]), (Right::Create, &["kms:Encrypt", "kms:GenerateDataKey"])]
    {
        let policy = with_key(&request(&[right], &["/a"], &[]), Some("12ab"));
        assert_eq!(statements(&policy)[0]["Action"], json!(actions));
        let of_aws = with_key(&request(&[right], &["/a"], &[]), Some("alias/aws/ssm"));
        assert!(!of_aws.text.contains("kms:") && of_aws.notes[0].contains(actions[0]), "{of_aws:?}");
    }
    assert!(!with_key(&request(&[Right::Delete], &["/a"], &[]), Some("12ab")).text.contains("kms:"));
}
