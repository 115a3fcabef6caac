//! Descriptions and tags: what is sent besides values, and what a listing requests.

mod common;

use airbridge_backend_aws_ssm::{Settings, open};
use airbridge_backend_aws_testing::{
    Canned, REGION, Server, account, create, failure, fine, metadata, write_with,
};
use airbridge_core::{Action, ErrorKind, Metadata, NamePrefix, Payload, Version};
use common::{settings, stand_in, stand_in_with};
use serde_json::json;

fn replace() -> Action {
    Action::Replace { payload: Payload::text("B"), expect: Some(Version::new("4")) }
}

async fn with_a_parameter() -> Canned {
    let canned = stand_in().await;
    let parameter = json!({ "Name": "/a", "Type": "SecureString", "Value": "ciphertext", "Version": 4 });
    canned.answer("GetParameters", fine(&json!({ "Parameters": [parameter] }))).await;
    let described = json!({ "Name": "/a", "Type": "SecureString", "Description": "old", "Tier": "Standard" });
    canned.answer("DescribeParameters", fine(&json!({ "Parameters": [described] }))).await;
    canned.answer("PutParameter", fine(&json!({ "Version": 5 }))).await;
    canned
}

#[tokio::test]
async fn create_with_metadata_and_key_is_one_call() {
    let tags = metadata(None, &[("owner", "data")]).tags;
    let canned = stand_in_with(Settings { tags, ..Settings::default() }).await;
    canned.answer("PutParameter", fine(&json!({ "Version": 1 }))).await;
    write_with(&*canned.store, "/a", create("A"), metadata(Some("What for"), &[("team", "x")]))
        .await
        .unwrap();
    let asked = json!({
        "Name": "/a", "Value": "A", "Type": "SecureString", "DataType": "text", "Tier": "Standard", "Overwrite": false,
        "Description": "What for", "Tags": [{ "Key": "owner", "Value": "data" }, { "Key": "team", "Value": "x" }],
    });
    assert_eq!(canned.bodies().await, [asked]);
}

#[tokio::test]
async fn replace_writes_tags_before_the_value_and_the_description_with_it() {
    let canned = with_a_parameter().await;
    canned.answer("AddTagsToResource", fine(&json!({}))).await;
    write_with(&*canned.store, "/a", replace(), metadata(Some("new"), &[("team", "x")])).await.unwrap();
    let calls = ["GetParameters", "DescribeParameters", "AddTagsToResource", "PutParameter"];
    assert_eq!(canned.calls().await, calls);
    let bodies = canned.bodies().await;
    let tags = json!([{ "Key": "team", "Value": "x" }]);
    assert_eq!(bodies[2], json!({ "ResourceType": "Parameter", "ResourceId": "/a", "Tags": tags }));
    assert_eq!((&bodies[3]["Description"], bodies[3].get("Tags")), (&json!("new"), None));

    let canned = with_a_parameter().await;
    write_with(&*canned.store, "/a", replace(), Metadata::default()).await.unwrap();
    assert_eq!(canned.calls().await, ["GetParameters", "DescribeParameters", "PutParameter"]);
    assert_eq!(canned.bodies().await[2]["Description"], "old");
}

#[tokio::test]
async fn denied_tags_leave_the_value_unwritten() {
    let canned = with_a_parameter().await;
    canned.answer("AddTagsToResource", failure(400, "AccessDeniedException", "no")).await;
    let error = write_with(&*canned.store, "/a", replace(), metadata(None, &[("a", "b")])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(format!("{error} {:?}", error.hint()).contains("ssm:AddTagsToResource"), "{error:?}");
    assert!(!canned.calls().await.contains(&"PutParameter".to_owned()));
}

#[tokio::test]
async fn listing_requests_metadata_only_if_the_settings_want_it() {
    for wanted in [false, true] {
        let account = account();
        let server = Server::Moto;
        let settings = Settings { metadata: wanted, ..settings(server, &account, REGION) };
        let store = open(settings).await.unwrap();
        let expected = metadata(Some("What for"), &[("team", "x")]);
        write_with(&*store, "/a", create("A"), expected.clone()).await.unwrap();
        let page = store.list_page(&NamePrefix::new("/"), None).await.unwrap();
        let found: Vec<_> = page.headers.into_iter().map(|header| header.metadata).collect();
        assert_eq!(found, [if wanted { expected.boxed() } else { None }]);
    }
    let canned = stand_in_with(Settings { metadata: true, ..Settings::default() }).await;
    let parameters =
        ["/a", "/b"].map(|name| json!({ "Name": name, "Type": "String", "Value": "v", "Version": 1 }));
    canned.answer("GetParametersByPath", fine(&json!({ "Parameters": parameters }))).await;
    canned.answer("DescribeParameters", fine(&json!({ "Parameters": [] }))).await;
    canned.answer("ListTagsForResource", failure(400, "InvalidResourceId", "gone")).await;
    let page = canned.store.list_page(&NamePrefix::new("/"), None).await.unwrap();
    assert_eq!(page.headers.len(), 2, "what went meanwhile has nothing to say");
    let calls = ["GetParametersByPath", "DescribeParameters", "ListTagsForResource", "ListTagsForResource"];
    assert_eq!(canned.calls().await, calls);
}

#[tokio::test]
async fn invalid_tags_are_rejected_when_the_store_is_opened() {
    let account = account();
    for (key, value) in [("aws:x", "1"), ("a", "{}"), ("airbridge-x", "1")] {
        let tags = metadata(None, &[(key, value)]).tags;
        let settings = Settings { tags, ..settings(Server::Ministack, &account, REGION) };
        assert_eq!(open(settings).await.expect_err(key).kind(), ErrorKind::Config);
    }
}
