//! Descriptions, tags, keys and replicas: what is sent besides values, and when.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;

use airbridge_backend_aws::{Settings, open};
use airbridge_backend_aws_testing::{
    REGION, Server, account, create, failure, fine, metadata, write, write_with,
};
use airbridge_core::{Action, ErrorKind, Metadata, NamePrefix, Payload, Version};
use common::{settings, stand_in, stand_in_with, witness};
use serde_json::{Value, json};

/// A body without the token that the SDK generates. Without a value it creates no version.
fn without_token(body: &Value) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove("ClientRequestToken");
    body
}

fn replace() -> Action {
    Action::Replace { payload: Payload::text("B"), expect: Some(Version::new("v1")) }
}

#[tokio::test]
async fn create_with_metadata_key_and_replicas_is_one_call() {
    let canned = stand_in_with(Settings {
        kms_key_id: Some("alias/mine".to_owned()),
        tags: metadata(None, &[("owner", "data")]).tags,
        replica_regions: vec!["eu-west-1".to_owned()],
        ..Settings::default()
    })
    .await;
    canned.answer("CreateSecret", fine(&json!({ "Name": "a", "VersionId": "v1" }))).await;
    write_with(&*canned.store, "a", create("A"), metadata(Some("What for"), &[("team", "x")])).await.unwrap();
    assert_eq!(
        without_token(&canned.bodies().await[0]),
        json!({
            "Name": "a", "SecretString": "A", "Description": "What for", "KmsKeyId": "alias/mine",
            "Tags": [{ "Key": "owner", "Value": "data" }, { "Key": "team", "Value": "x" }],
            "AddReplicaRegions": [{ "Region": "eu-west-1" }],
        })
    );
    assert_eq!(canned.calls().await, ["CreateSecret"]);
}

#[tokio::test]
async fn replace_writes_changed_metadata_before_the_value() {
    let described = json!({
        "Name": "a", "Description": "old", "VersionIdsToStages": { "v1": ["AWSCURRENT"] },
        "Tags": [{ "Key": "team", "Value": "x" }, { "Key": "theirs", "Value": "y" }],
    });
    let put = || fine(&json!({ "Name": "a", "VersionId": "v2" }));
    for (wanted, calls) in [
        (metadata(Some("new"), &[("team", "z")]), &["UpdateSecret", "TagResource"][..]),
        (metadata(Some("old"), &[("team", "x"), ("more", "1")]), &["TagResource"]),
        (metadata(Some("old"), &[("team", "x")]), &[]),
        (Metadata::default(), &[]),
    ] {
        let canned = stand_in().await;
        canned.answer("DescribeSecret", fine(&described)).await;
        canned.answer("UpdateSecret", fine(&json!({ "Name": "a" }))).await;
        canned.answer("TagResource", fine(&json!({}))).await;
        canned.answer("PutSecretValue", put()).await;
        write_with(&*canned.store, "a", replace(), wanted).await.unwrap();
        let expected: Vec<_> =
            ["DescribeSecret"].iter().chain(calls).chain(&["PutSecretValue"]).copied().collect();
        assert_eq!(canned.calls().await, expected);
        if calls.len() == 2 {
            let bodies = canned.bodies().await;
            assert_eq!(without_token(&bodies[1]), json!({ "SecretId": "a", "Description": "new" }));
            assert_eq!(bodies[2], json!({ "SecretId": "a", "Tags": [{ "Key": "team", "Value": "z" }] }));
        }
    }
}

#[tokio::test]
async fn denied_metadata_leaves_the_value_unwritten() {
    let canned = stand_in().await;
    let described = json!({ "Name": "a", "VersionIdsToStages": { "v1": ["AWSCURRENT"] } });
    canned.answer("DescribeSecret", fine(&described)).await;
    canned.answer("TagResource", failure(400, "AccessDeniedException", "no")).await;
    let error = write_with(&*canned.store, "a", replace(), metadata(None, &[("a", "b")])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(format!("{error} {:?}", error.hint()).contains("secretsmanager:TagResource"), "{error:?}");
    assert_eq!(canned.calls().await, ["DescribeSecret", "TagResource"]);
}

#[tokio::test]
async fn replaced_secret_keeps_its_key_unless_the_settings_name_one() {
    for (key, calls) in [(None, 2), (Some("alias/theirs"), 2), (Some("alias/mine"), 3)] {
        let settings = Settings { kms_key_id: key.map(str::to_owned), ..Settings::default() };
        let canned = stand_in_with(settings).await;
        let versions = json!({ "v1": ["AWSCURRENT"] });
        let described = json!({ "Name": "a", "KmsKeyId": "alias/theirs", "VersionIdsToStages": versions });
        canned.answer("DescribeSecret", fine(&described)).await;
        canned.answer("UpdateSecret", fine(&json!({ "Name": "a" }))).await;
        canned.answer("PutSecretValue", fine(&json!({ "Name": "a", "VersionId": "v2" }))).await;
        write(&*canned.store, "a", replace()).await.unwrap();
        assert_eq!(canned.calls().await.len(), calls);
        if calls == 3 {
            let update = without_token(&canned.bodies().await[1]);
            assert_eq!(update, json!({ "SecretId": "a", "KmsKeyId": "alias/mine" }));
        }
    }
}

#[tokio::test]
async fn listing_has_metadata_without_reserved_tags() {
    let canned = stand_in().await;
    let tags =
        json!([{ "Key": "team", "Value": "x" }, { "Key": "aws:cloudformation:stack-id", "Value": "1" }]);
    let secrets =
        json!([{ "Name": "a", "Description": "What for", "Tags": tags }, { "Name": "b", "Description": "" }]);
    canned.answer("ListSecrets", fine(&json!({ "SecretList": secrets }))).await;
    let page = canned.store.list_page(&NamePrefix::new(""), None).await.unwrap();
    assert_eq!(page.headers[0].metadata, metadata(Some("What for"), &[("team", "x")]).boxed());
    assert_eq!(page.headers[1].metadata, None);
    assert_eq!(canned.calls().await, ["ListSecrets"]);
}

#[tokio::test]
async fn new_secret_is_replicated_and_tagged() {
    // ministack does not return replicas.
    let (server, account) = (Server::Moto, account());
    let settings = Settings {
        tags: metadata(None, &[("owner", "data")]).tags,
        replica_regions: vec!["eu-west-1".to_owned()],
        ..settings(server, &account, REGION)
    };
    let (store, witness) = (open(settings).await.unwrap(), witness(server, &account, REGION).await);
    write(&*store, "a", create("A")).await.unwrap();
    let found = witness.describe_secret().secret_id("a").send().await.unwrap();
    let regions: Vec<_> = found.replication_status().iter().filter_map(|status| status.region()).collect();
    assert_eq!(regions, ["eu-west-1"]);
    let tags: Vec<_> = found.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value()?))).collect();
    assert_eq!(tags, [("owner", "data")]);
}

#[tokio::test]
async fn unusable_settings_are_rejected_when_the_store_is_opened() {
    let account = account();
    for (tags, regions, part) in [
        (&[("aws:x", "1")][..], &[][..], "AWS reserves tags that start with aws:"),
        (&[("a", "{}")], &[], "other characters"),
        (&[("airbridge-x", "1")], &[], "reserved for airbridge"),
        (&[], &["us-east-1"], "is the region of the endpoint itself"),
        (&[], &["eu-west-1", "eu-west-1"], "twice"),
    ] {
        let settings = Settings {
            tags: metadata(None, tags).tags,
            replica_regions: regions.iter().map(|region| (*region).to_owned()).collect(),
            ..settings(Server::Ministack, &account, REGION)
        };
        let error = open(settings).await.expect_err(part);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(part), "{error}");
    }
}
