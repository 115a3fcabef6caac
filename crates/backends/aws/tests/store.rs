//! The contract of `SecretStore` on answers that no emulator returns.

mod common;

use airbridge_backend_aws_testing::{create, failure, fine, read, read_all, write};
use airbridge_core::{
    Action, Change, Content, ErrorKind, NamePrefix, Payload, Read, Receipt, SecretName, State, Stored,
    Version,
};
use common::stand_in;
use serde_json::{Value, json};

const MARKED: &str = "You can't perform this operation on the secret because it was marked for deletion.";

fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}-AbCdEf")
}

fn value(name: &str, text: &str) -> Value {
    json!({ "ARN": arn(name), "Name": name, "VersionId": "v1", "SecretString": text })
}

fn text(text: &str) -> Stored {
    Stored::payload(Payload::text(text), Some(Version::new("v1")))
}

fn hidden(state: State) -> Stored {
    Stored::hidden(state, None)
}

#[tokio::test]
async fn failed_items_of_a_batch_do_not_fail_the_others() {
    let canned = stand_in().await;
    let errors = json!([
        { "SecretId": "gone", "ErrorCode": "ResourceNotFoundException",
          "Message": "Secrets Manager can't find the specified secret." },
        { "SecretId": "empty", "ErrorCode": "ResourceNotFoundException",
          "Message": "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT" },
        { "SecretId": arn("deleted"), "ErrorCode": "InvalidRequestException", "Message": MARKED },
        { "SecretId": "denied", "ErrorCode": "AccessDeniedException", "Message": "not authorized" },
        { "SecretId": "locked", "ErrorCode": "DecryptionFailure", "Message": "Key k is disabled" },
        { "SecretId": "slow", "ErrorCode": "ThrottlingException", "Message": "Rate exceeded" },
    ]);
    let values = json!([
        { "ARN": arn("bytes"), "Name": "bytes", "VersionId": "v1", "SecretBinary": "/wA=" },
        value("b", "B"),
        value("a", "A"),
    ]);
    canned.answer("BatchGetSecretValue", fine(&json!({ "SecretValues": values, "Errors": errors }))).await;

    let names = ["a", "gone", "empty", "b", "deleted", "denied", "bytes", "locked", "slow", "a"];
    let found = read_all(&*canned.store, &names).await.unwrap();
    let binary = Some(Stored::hidden(State::Binary, Some(Version::new("v1"))));
    assert_eq!(found[0], Ok(Some(text("A"))));
    assert_eq!(found[1], Ok(None));
    assert_eq!(found[2], Ok(Some(hidden(State::NoValue))));
    assert_eq!(found[3], Ok(Some(text("B"))));
    assert_eq!(found[4], Ok(Some(hidden(State::Deleted { until: None }))));
    assert_eq!(found[6], Ok(binary));
    assert_eq!(found[9], Ok(Some(text("A"))), "asked for twice");
    for (index, kind, part) in [
        (5, ErrorKind::PermissionDenied, "secretsmanager:GetSecretValue"),
        (7, ErrorKind::PermissionDenied, "Key k is disabled"),
        (8, ErrorKind::RateLimited, "ThrottlingException"),
    ] {
        let error = found[index].as_ref().unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.message().contains(part), "{error}");
        assert_eq!(error.name().map(SecretName::as_str), Some(names[index]));
    }
    assert_eq!(canned.calls().await, ["BatchGetSecretValue"]);
    let ids: Vec<_> = ["a", "b", "bytes", "deleted", "denied", "empty", "gone", "locked", "slow"].into();
    assert_eq!(canned.bodies().await[0], json!({ "SecretIdList": ids }));
}

#[tokio::test]
async fn name_without_an_answer_in_a_batch_is_read_alone() {
    let canned = stand_in().await;
    canned.answer("BatchGetSecretValue", fine(&json!({ "SecretValues": [value("a", "A")] }))).await;
    canned.answer("GetSecretValue", fine(&value("b", "B"))).await;
    let found = read_all(&*canned.store, &["a", "b"]).await.unwrap();
    assert_eq!(found, [Ok(Some(text("A"))), Ok(Some(text("B")))]);
    assert_eq!(canned.calls().await, ["BatchGetSecretValue", "GetSecretValue"]);
}

#[tokio::test]
async fn denied_batch_is_requested_once() {
    let canned = stand_in().await;
    let denied =
        "User: u is not authorized to perform: secretsmanager:BatchGetSecretValue with an explicit deny";
    canned.answer("BatchGetSecretValue", failure(400, "AccessDeniedException", denied)).await;
    canned.answer("GetSecretValue", fine(&value("a", "A"))).await;
    for _ in 0..2 {
        let found = read_all(&*canned.store, &["a", "other"]).await.unwrap();
        // A secret that the service found by the end of an ARN is not the requested one.
        assert_eq!(found, [Ok(Some(text("A"))), Ok(None)]);
    }
    let calls = canned.calls().await;
    assert_eq!(calls.iter().filter(|call| *call == "BatchGetSecretValue").count(), 1, "{calls:?}");
    assert_eq!(calls.len(), 5);
    assert_eq!(canned.bodies().await[1]["VersionStage"], "AWSCURRENT");
}

#[tokio::test]
async fn batch_that_one_secret_fails_is_read_alone_and_later_batches_are_sent() {
    let canned = stand_in().await;
    canned.answer("BatchGetSecretValue", failure(400, "InvalidRequestException", MARKED)).await;
    canned.answer("GetSecretValue", failure(400, "InvalidRequestException", MARKED)).await;
    for _ in 0..2 {
        let found = read_all(&*canned.store, &["a", "b"]).await.unwrap();
        assert_eq!(found[0], Ok(Some(hidden(State::Deleted { until: None }))));
    }
    let calls = canned.calls().await;
    assert_eq!(calls.iter().filter(|call| *call == "BatchGetSecretValue").count(), 2, "{calls:?}");
}

#[tokio::test]
async fn throttled_batch_fails_as_a_whole() {
    let canned = stand_in().await;
    canned.answer("BatchGetSecretValue", failure(400, "ThrottlingException", "Rate exceeded")).await;
    let error = read_all(&*canned.store, &["a", "b"]).await.unwrap_err();
    assert_eq!((error.kind(), canned.calls().await.len()), (ErrorKind::RateLimited, 1));
}

#[tokio::test]
async fn version_is_read_by_its_id() {
    let canned = stand_in().await;
    canned.answer("GetSecretValue", fine(&value("a", "A"))).await;
    let wanted =
        ["v1", "v1"].map(|version| Read { name: SecretName::new("a"), version: Some(Version::new(version)) });
    assert_eq!(canned.store.read_batch(&wanted).await.unwrap(), [Ok(Some(text("A"))), Ok(Some(text("A")))]);
    assert_eq!(canned.bodies().await[0], json!({ "SecretId": "a", "VersionId": "v1" }));

    let gone = stand_in().await;
    let message = "Secrets Manager can't find the specified secret value for VersionId: v1";
    gone.answer("GetSecretValue", failure(400, "ResourceNotFoundException", message)).await;
    assert_eq!(gone.store.read_batch(&wanted[..1]).await.unwrap(), [Ok(None)]);
}

#[tokio::test]
async fn current_versions_are_read_in_a_batch() {
    let canned = stand_in().await;
    canned
        .answer("BatchGetSecretValue", fine(&json!({ "SecretValues": [value("a", "A"), value("b", "B")] })))
        .await;
    canned.answer("GetSecretValue", fine(&value("b", "B"))).await;
    let wanted = [("a", "v1"), ("b", "v0")]
        .map(|(name, version)| Read { name: SecretName::new(name), version: Some(Version::new(version)) });
    assert_eq!(canned.store.read_batch(&wanted).await.unwrap()[0], Ok(Some(text("A"))));
    assert_eq!(canned.calls().await, ["BatchGetSecretValue", "GetSecretValue"]);
    assert_eq!(canned.bodies().await[1], json!({ "SecretId": "b", "VersionId": "v0" }));
}

#[tokio::test]
async fn listing_continues_after_an_empty_page_and_omits_other_names() {
    let canned = stand_in().await;
    canned.answer("ListSecrets", fine(&json!({ "SecretList": [], "NextToken": "t1" }))).await;
    let page = canned.store.list_page(&NamePrefix::new("a/"), None).await.unwrap();
    assert_eq!(page.headers, []);
    let next = page.next.expect("an empty page with a token is not the last");

    let canned = stand_in().await;
    let entries = json!([
        { "ARN": arn("a/x"), "Name": "a/x" },
        { "ARN": arn("A/x"), "Name": "A/x" },
        { "ARN": arn("a/y"), "Name": "a/y", "OwningService": "rds" },
        { "ARN": arn("a/z"), "Name": "a/z", "PrimaryRegion": "eu-west-1" },
        { "ARN": arn("a/w"), "Name": "a/w", "PrimaryRegion": "us-east-1", "DeletedDate": 32_503_680_000_i64 },
    ]);
    canned.answer("ListSecrets", fine(&json!({ "SecretList": entries }))).await;
    let page = canned.store.list_page(&NamePrefix::new("a/"), Some(&next)).await.unwrap();
    let names: Vec<_> = page.headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!((names, page.next), (vec!["a/x", "a/y", "a/z", "a/w"], None));
    let owners: Vec<_> = page.headers.iter().map(|header| header.owner.as_deref()).collect();
    assert_eq!(owners, [None, Some("rds"), Some("the primary secret in eu-west-1"), None]);
    assert_eq!(page.headers[3].state, State::Deleted { until: Some("3000-01-01".to_owned()) });
    let asked = json!({
        "MaxResults": 100, "IncludePlannedDeletion": true, "NextToken": "t1",
        "Filters": [{ "Key": "name", "Values": ["a/"] }],
    });
    assert_eq!(canned.bodies().await, [asked]);
}

#[tokio::test]
async fn prefix_that_the_service_would_misread_is_not_sent() {
    let canned = stand_in().await;
    let everything = json!({ "SecretList": [{ "Name": "a" }, { "Name": "!x" }] });
    canned.answer("ListSecrets", fine(&everything)).await;
    let names = |prefix: &'static str| {
        let store = canned.store.clone();
        async move {
            let page = store.list_page(&NamePrefix::new(prefix), None).await.unwrap();
            page.headers.into_iter().map(|header| header.name.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(names("!").await, ["!x"]);
    assert_eq!(canned.bodies().await[0].get("Filters"), None, "a leading ! would list everything else");
    assert_eq!(names("a b").await, [""; 0]);
    assert_eq!(names("é").await, [""; 0]);
    assert_eq!(canned.calls().await.len(), 1, "no name can start with these prefixes, so no request is sent");
}

#[tokio::test]
async fn create_is_one_call_with_its_token() {
    let canned = stand_in().await;
    canned.answer("CreateSecret", fine(&json!({ "ARN": arn("a"), "Name": "a", "VersionId": "v1" }))).await;
    let change = Change::new(SecretName::new("a"), create("A"));
    let outcome = canned.store.write_batch(std::slice::from_ref(&change)).await.unwrap().remove(0);
    assert_eq!(outcome, Ok(Receipt { version: Some(Version::new("v1")) }));
    let body = json!({ "Name": "a", "SecretString": "A", "ClientRequestToken": change.token.to_string() });
    assert_eq!(canned.bodies().await, [body]);
}

#[tokio::test]
async fn create_on_the_name_of_a_deleted_secret_returns_name_reserved() {
    // The service returns the first, emulators the second.
    let scheduled =
        "You can't create this secret because a secret with this name is already scheduled for deletion.";
    for (code, message) in [("InvalidRequestException", scheduled), ("ResourceExistsException", "exists")] {
        let canned = stand_in().await;
        canned.answer("CreateSecret", failure(400, code, message)).await;
        let found = json!({ "Name": "a", "DeletedDate": 32_503_680_000_i64 });
        canned.answer("DescribeSecret", fine(&found)).await;
        let error = write(&*canned.store, "a", create("A")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NameReserved);
        assert!(error.message().contains("until 3000-01-01"), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("restore-secret --secret-id a")), "{error:?}");
    }
    let canned = stand_in().await;
    canned.answer("CreateSecret", failure(400, "InvalidRequestException", scheduled)).await;
    canned.answer("DescribeSecret", failure(400, "AccessDeniedException", "no")).await;
    let error = write(&*canned.store, "a", create("A")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameReserved);
}

#[tokio::test]
async fn create_after_a_lost_answer_succeeds_by_its_token() {
    let canned = stand_in().await;
    canned.answer("CreateSecret", failure(400, "ResourceExistsException", "exists")).await;
    let change = Change::new(SecretName::new("a"), create("A"));
    let token = change.token.to_string();
    let versions = json!({ "old": ["AWSPREVIOUS"], token.clone(): ["AWSCURRENT"] });
    canned.answer("DescribeSecret", fine(&json!({ "Name": "a", "VersionIdsToStages": versions }))).await;
    let outcome = canned.store.write_batch(&[change]).await.unwrap().remove(0);
    assert_eq!(outcome, Ok(Receipt { version: Some(Version::new(token)) }));
    let other = write(&*canned.store, "a", create("A")).await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::AlreadyExists);

    // Whether the token made it cannot be seen: not now, or never.
    for (code, kind) in
        [("ThrottlingException", ErrorKind::RateLimited), ("AccessDeniedException", ErrorKind::AlreadyExists)]
    {
        let canned = stand_in().await;
        canned.answer("CreateSecret", failure(400, "ResourceExistsException", "exists")).await;
        canned.answer("DescribeSecret", failure(400, code, "")).await;
        let error = write(&*canned.store, "a", create("A")).await.unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}

#[tokio::test]
async fn replace_reads_the_secret_first_only_if_a_version_is_expected() {
    let canned = stand_in().await;
    canned.answer("PutSecretValue", fine(&json!({ "Name": "a", "VersionId": "v2" }))).await;
    let described = json!({ "Name": "a", "VersionIdsToStages": { "v1": ["AWSCURRENT"], "v0": ["mine"] } });
    canned.answer("DescribeSecret", fine(&described)).await;
    let replace = |expect: Option<&str>| Action::Replace {
        payload: Payload::text("B"),
        expect: expect.map(Version::new),
    };
    let done = Ok(Receipt { version: Some(Version::new("v2")) });
    assert_eq!(write(&*canned.store, "a", replace(None)).await, done);
    assert_eq!(write(&*canned.store, "a", replace(Some("v1"))).await, done);
    let moved = write(&*canned.store, "a", replace(Some("v0"))).await.unwrap_err();
    assert_eq!(moved.kind(), ErrorKind::VersionMismatch);
    assert_eq!(
        canned.calls().await,
        ["PutSecretValue", "DescribeSecret", "PutSecretValue", "DescribeSecret"]
    );

    // An earlier attempt at the same change is not a conflict.
    let canned = stand_in().await;
    let change = Change::new(SecretName::new("a"), replace(Some("v1")));
    let token = change.token.to_string();
    let described = json!({ "Name": "a", "VersionIdsToStages": { token.clone(): ["AWSCURRENT"], "v1": ["AWSPREVIOUS"] } });
    canned.answer("DescribeSecret", fine(&described)).await;
    let outcome = canned.store.write_batch(&[change]).await.unwrap().remove(0);
    assert_eq!(outcome, Ok(Receipt { version: Some(Version::new(token)) }));
}

#[tokio::test]
async fn replace_of_a_deleted_secret_returns_name_reserved() {
    let canned = stand_in().await;
    canned.answer("PutSecretValue", failure(400, "InvalidRequestException", MARKED)).await;
    canned.answer("DescribeSecret", fine(&json!({ "Name": "a", "DeletedDate": 32_503_680_000_i64 }))).await;
    for expect in [None, Some(Version::new("v1"))] {
        let action = Action::Replace { payload: Payload::text("B"), expect };
        let error = write(&*canned.store, "a", action).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NameReserved);
    }
}

#[tokio::test]
async fn delete_has_a_recovery_window_and_succeeds_on_an_absent_secret() {
    let delete = || Action::Delete { expect: None };
    let canned = stand_in().await;
    canned.answer("DeleteSecret", fine(&json!({ "Name": "a" }))).await;
    assert_eq!(write(&*canned.store, "a", delete()).await, Ok(Receipt { version: None }));
    assert_eq!(canned.bodies().await, [json!({ "SecretId": "a", "RecoveryWindowInDays": 30 })]);
    for answer in [
        failure(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
        failure(400, "InvalidRequestException", MARKED),
    ] {
        let canned = stand_in().await;
        canned.answer("DeleteSecret", answer).await;
        assert_eq!(write(&*canned.store, "a", delete()).await, Ok(Receipt { version: None }));
    }
    let canned = stand_in().await;
    let replicas = "You can't delete a secret that still has replica regions.";
    canned.answer("DeleteSecret", failure(400, "InvalidRequestException", replicas)).await;
    let error = write(&*canned.store, "a", delete()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.message().contains("replica"), "{error}");
}

#[tokio::test]
async fn missing_value_is_distinguished_from_a_missing_secret_by_describing_it() {
    let missing =
        || failure(404, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    let canned = stand_in().await;
    canned.answer("GetSecretValue", missing()).await;
    canned.answer("DescribeSecret", fine(&json!({ "Name": "a" }))).await;
    assert_eq!(read(&*canned.store, "a").await, Ok(Some(hidden(State::NoValue))));
    for answer in [missing(), failure(400, "AccessDeniedException", "no")] {
        let canned = stand_in().await;
        canned.answer("GetSecretValue", missing()).await;
        canned.answer("DescribeSecret", answer).await;
        assert_eq!(read(&*canned.store, "a").await, Ok(None));
    }
}

#[tokio::test]
async fn value_is_sent_byte_for_byte_and_never_shown() {
    let canned = stand_in().await;
    let awkward = "{\"a\": \"\\u00e9 \u{1f511}\"}\r\n";
    canned.answer("GetSecretValue", fine(&value("a", awkward))).await;
    let found = read(&*canned.store, "a").await.unwrap().expect("it is there");
    assert!(matches!(&found.content, Content::Payload(Payload::Text(text)) if text.expose() == awkward));
    assert!(!format!("{found:?}").contains("u00e9"));
}

#[tokio::test]
async fn secret_of_a_service_or_of_another_region_has_an_owner() {
    let canned = stand_in().await;
    let listed = json!({ "SecretList": [
        { "Name": "rds", "OwningService": "rds" },
        { "Name": "replica", "PrimaryRegion": "eu-west-1" },
        { "Name": "primary", "PrimaryRegion": "us-east-1" },
        { "Name": "own" },
    ] });
    canned.answer("ListSecrets", fine(&listed)).await;
    let page = canned.store.list_page(&NamePrefix::new(""), None).await.unwrap();
    let owners: Vec<_> =
        page.headers.iter().map(|header| (header.name.as_str(), header.owner.as_deref())).collect();
    let expected = [
        ("rds", Some("rds")),
        ("replica", Some("the primary secret in eu-west-1")),
        ("primary", None),
        ("own", None),
    ];
    assert_eq!(owners, expected);
}

#[tokio::test]
async fn token_that_was_used_for_another_value_fails_the_entry() {
    let canned = stand_in().await;
    canned.answer("PutSecretValue", failure(400, "ResourceExistsException", "exists")).await;
    let replace = Action::Replace { payload: Payload::text("B"), expect: None };
    let error = write(&*canned.store, "a", replace).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.message().contains("has already used this token for another value"), "{error}");
}

#[tokio::test]
async fn secret_with_too_many_versions_fails_alone_and_a_full_account_ends_the_writes() {
    let canned = stand_in().await;
    for call in ["PutSecretValue", "CreateSecret"] {
        canned.answer(call, failure(400, "LimitExceededException", "You've exceeded a quota.")).await;
    }
    let replace = Action::Replace { payload: Payload::text("B"), expect: None };
    let versions = write(&*canned.store, "a", replace).await.unwrap_err();
    assert_eq!(versions.kind(), ErrorKind::Unsupported);
    assert!(versions.hint().is_some_and(|hint| hint.contains("24 hours")), "{versions:?}");
    let account = write(&*canned.store, "b", create("B")).await.unwrap_err();
    assert_eq!(account.kind(), ErrorKind::QuotaExceeded);
}
