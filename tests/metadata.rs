//! Descriptions and tags, copied with `metadata=carry` between real servers.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, GoogleProject, Run, VaultMount, rows};
use serde_json::{Value, json};

/// A variable in Secrets Manager with a description and tags.
fn described(aws: &AwsUser, key: &str, description: &str, tags: &[(&str, &str)]) {
    let tags: Vec<_> = tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    let name = aws.name(&format!("variables/{key}"));
    let body = json!({ "Name": name, "SecretString": "text", "Description": description, "Tags": tags });
    aws.call("CreateSecret", body);
}

fn copy(user: &Airbridge, from: &str, to: &str, more: &[&str]) -> Run {
    user.run([&["copy", from, to, "--yes", "-o", "json", "--from", "metadata=carry"][..], more].concat())
}

fn not_carried(document: &Value) -> Vec<Value> {
    rows(document, "not_carried").into_iter().map(|(_, sentences)| sentences).collect()
}

#[test]
fn metadata_from_aws_to_vault_is_copied_and_the_plan_lists_the_rest() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables());
    described(&aws, "a", "What for?", &[("team", "data"), ("empty", "")]);
    described(&aws, "b", &"long ".repeat(200), &[]);
    let human = user.run(["plan", &aws.endpoint(), &vault.endpoint(), "--from", "metadata=carry"]).code(0);
    let said = "not copied: tag empty: Vault accepts 1 to 512 bytes for a value of custom metadata, not 0";
    assert!(human.stdout.contains(said), "{human}");
    assert!(human.stdout.contains("not copied: description: Vault accepts 1 to 512 bytes"), "{human}");
    assert!(!human.stdout.contains("long long"), "{human}");

    let report = copy(&user, &aws.endpoint(), &vault.endpoint(), &[]).code(0).json();
    assert_eq!(report["summary"]["verified"], 2, "{report}");
    assert_eq!(not_carried(&report)[0].as_array().map(Vec::len), Some(1), "{report}");
    let pairs = |key: &str| {
        let path = format!("{}/metadata/variables/{key}", vault.name);
        vault.request("GET", &path, None)["data"]["custom_metadata"].clone()
    };
    assert_eq!(pairs("a"), json!({ "description": "What for?", "team": "data" }));
    assert_eq!(pairs("b"), Value::Null);

    // And back to a service with a field for descriptions.
    let back = AwsUser::counted();
    let user = user.with_all(back.variables());
    copy(&user, &vault.endpoint(), &back.endpoint(), &["--only", "variables"]).code(0);
    let found = back.call("DescribeSecret", json!({ "SecretId": back.name("variables/a") }));
    assert_eq!(found["Description"], "What for?");
    assert_eq!(found["Tags"], json!([{ "Key": "team", "Value": "data" }]));
}

#[test]
fn metadata_between_aws_and_parameter_store_is_copied_both_ways() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    described(&aws, "a", "What for?", &[("team", "data")]);
    described(&aws, "b", &"x".repeat(1_500), &[("team", "data")]);
    let report = copy(&user, &aws.endpoint(), &aws.parameters(), &[]).code(0).json();
    let rule = "description: AWS Parameter Store accepts up to 1024 characters, this one has 1500";
    assert_eq!(not_carried(&report), [json!([]), json!([rule])], "{report}");
    let name = format!("/{}", aws.name("variables/a"));
    let filter = json!([{ "Key": "Name", "Values": [name] }]);
    let found = aws.call_parameters("DescribeParameters", json!({ "ParameterFilters": filter }));
    assert_eq!(found["Parameters"][0]["Description"], "What for?");

    let back = AwsUser::counted();
    let user = Airbridge::new().with_all(back.variables());
    let parameters = aws.parameters();
    let before = back.calls();
    let report = copy(&user, &parameters, &back.endpoint(), &[]).code(0).json();
    assert_eq!(report["summary"]["verified"], 2, "{report}");
    let calls = back.calls().since(&before);
    assert_eq!((calls.count("DescribeParameters"), calls.count("ListTagsForResource")), (1, 2), "{calls:?}");
    let found = back.call("DescribeSecret", json!({ "SecretId": back.name("variables/a") }));
    assert_eq!(found["Description"], "What for?");
    assert_eq!(found["Tags"], json!([{ "Key": "team", "Value": "data" }]));
}

#[test]
fn tags_from_aws_are_labels_in_google_and_tags_again() {
    let (aws, google, back) = (AwsUser::counted(), GoogleProject::new(), AwsUser::counted());
    let user = Airbridge::new().with_all(aws.variables());
    described(&aws, "a", "", &[("team", "data"), ("Cost Centre", "1")]);
    let report = copy(&user, &aws.endpoint(), &google.endpoint(), &[]).code(0).json();
    let sentences = not_carried(&report)[0].to_string();
    assert!(sentences.contains("tag \\\"Cost Centre\\\": Google Secret Manager accepts keys of"), "{report}");
    let user = Airbridge::new().with_all(back.variables());
    copy(&user, &google.endpoint(), &back.endpoint(), &[]).code(0);
    let found = back.call("DescribeSecret", json!({ "SecretId": back.name("variables/a") }));
    assert_eq!(found["Tags"], json!([{ "Key": "team", "Value": "data" }]));
}

#[test]
fn copy_without_metadata_makes_no_more_requests_and_creates_cost_none_with_it() {
    for (options, described_at_target) in [(&[][..], false), (&["--from", "metadata=carry"], true)] {
        let (old, new) = (AwsUser::counted(), AwsUser::counted());
        described(&old, "a", "What for?", &[("team", "data")]);
        let user = Airbridge::new().with_all(old.variables_with("OLD_")).with_all(new.variables());
        let from = format!("{}&env_prefix=OLD_", old.endpoint());
        let command = ["copy", &from, &new.endpoint(), "--yes", "-o", "json"];
        let report = user.run([&command[..], options].concat()).code(0).json();
        assert_eq!(not_carried(&report), [json!([])]);
        let calls = new.calls();
        let usual = ["GetCallerIdentity", "ListSecrets", "GetSecretValue"];
        let others: Vec<_> = calls.iter().filter(|(call, _)| !usual.contains(call)).collect();
        assert_eq!(others.len(), 1, "{calls:?}");
        assert_eq!(calls.count("CreateSecret"), 1, "{calls:?}");
        let found = new.call("DescribeSecret", json!({ "SecretId": new.name("variables/a") }));
        assert_eq!(
            found["Tags"].as_array().is_some_and(|tags| !tags.is_empty()),
            described_at_target,
            "{found}"
        );
    }
}

#[test]
fn replaced_secret_keeps_its_tags_and_unchanged_secret_is_not_written() {
    let (old, new) = (AwsUser::counted(), AwsUser::counted());
    described(&old, "changed", "new", &[("team", "data")]);
    described(&old, "same", "new", &[("team", "data")]);
    described(&new, "same", "old", &[]);
    let tags = json!([{ "Key": "theirs", "Value": "1" }]);
    let name = new.name("variables/changed");
    new.call(
        "CreateSecret",
        json!({ "Name": name, "SecretString": "other", "Description": "old", "Tags": tags }),
    );
    let user = Airbridge::new().with_all(old.variables_with("OLD_")).with_all(new.variables());
    let from = format!("{}&env_prefix=OLD_", old.endpoint());
    let report = copy(&user, &from, &new.endpoint(), &["--on-conflict", "overwrite"]).code(0).json();
    assert_eq!((&report["summary"]["verified"], &report["summary"]["unchanged"]), (&json!(1), &json!(1)));
    let said = |key: &str| {
        let found = new.call("DescribeSecret", json!({ "SecretId": new.name(&format!("variables/{key}")) }));
        (found["Description"].clone(), found["Tags"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(said("changed"), (json!("new"), 2));
    assert_eq!(said("same"), (json!("old"), 0));
    let calls = new.calls();
    assert_eq!((calls.count("UpdateSecret"), calls.count("TagResource")), (1, 1), "{calls:?}");
}

#[test]
fn metadata_without_support_at_an_endpoint_is_a_note() {
    let (aws, one) = (AwsUser::counted(), VaultMount::counted(1));
    let user = Airbridge::new().with_all(aws.variables()).with_all(one.variables());
    described(&aws, "a", "What for?", &[("team", "data")]);
    for (target, rule) in [
        ("file:variables.json", "files have no metadata"),
        (&one.endpoint(), "version 1 of the engine stores values only"),
    ] {
        let report = copy(&user, &aws.endpoint(), target, &[]).code(0).json();
        let sentences = [format!("description: {rule}"), format!("tag team: {rule}")];
        assert_eq!(not_carried(&report), [json!(sentences)], "{report}");
    }
    let from_file = copy(&user, "file:variables.json", "file:more/", &[]).code(0);
    assert!(from_file.stderr.contains("has no descriptions or tags"), "{from_file}");
}

#[test]
fn invalid_metadata_settings_are_rejected_before_anything_is_tried() {
    let (aws, one) = (AwsUser::counted(), VaultMount::counted(1));
    let user = Airbridge::new().with_all(aws.variables()).with_all(one.variables());
    user.write("variables.json", r#"{"a": "b"}"#);
    for (target, key, part) in [
        (aws.endpoint(), "metadata=carry", "not valid for a target"),
        (aws.endpoint(), "metadata=all", "must be one of carry, leave"),
        (aws.endpoint(), r#"tags:={"aws:x":"1"}"#, "AWS reserves tags that start with aws:"),
        (aws.endpoint(), r#"tags:={"a":1}"#, "`a` in `tags` must be a string"),
        (aws.endpoint(), "replica_regions=us-east-1", "is the region of the endpoint itself"),
        (aws.parameters(), r#"tags:={"a":"{}"}"#, "other characters"),
        (one.endpoint(), r#"custom_metadata:={"a":"b"}"#, "needs version 2 of the engine"),
    ] {
        let run = user.run(["copy", "variables.json", &target, "--yes", "--to", key]).code(2);
        assert!(run.stderr.contains(part), "{key}: {run}");
    }
    assert_eq!(aws.calls().count("CreateSecret"), 0);
}
