//! The contract of `SecretStore` on answers that no emulator returns.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;

use airbridge_backend_aws_ssm::{Settings, Tier};
use airbridge_backend_aws_testing::{create, failure, fine, read, read_all, write};
use airbridge_core::{
    Action, Change, Content, ErrorKind, NamePrefix, Payload, Read, Receipt, SecretName, SecretStore, Stored,
    Version,
};
use common::{stand_in, stand_in_with};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

fn secure(name: &str, text: &str, version: i64) -> Value {
    json!({ "Name": name, "Type": "SecureString", "Value": text, "Version": version, "DataType": "text" })
}

fn plain(name: &str, text: &str) -> Value {
    json!({ "Name": name, "Type": "String", "Value": text, "Version": 1, "DataType": "text" })
}

fn parameters(parameters: &[Value]) -> ResponseTemplate {
    fine(&json!({ "Parameters": parameters, "InvalidParameters": [] }))
}

fn text(text: &str, version: &str) -> Stored {
    Stored::payload(Payload::text(text), Some(Version::new(version)))
}

fn locked() -> ResponseTemplate {
    failure(
        400,
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, …",
    )
}

fn replace(expect: Option<&str>) -> Action {
    Action::Replace { payload: Payload::text("B"), expect: expect.map(Version::new) }
}

async fn list(
    store: &dyn SecretStore,
    prefix: &str,
) -> (Vec<(String, bool)>, Option<airbridge_core::Cursor>) {
    let page = store.list_page(&NamePrefix::new(prefix), None).await.unwrap();
    let headers = page.headers.iter().map(|header| (header.name.to_string(), header.stored.is_some()));
    (headers.collect(), page.next)
}

#[tokio::test]
async fn listing_requests_the_path_and_continues_after_an_empty_page() {
    let canned = stand_in().await;
    canned.answer("GetParametersByPath", fine(&json!({ "Parameters": [], "NextToken": "t1" }))).await;
    let (headers, next) = list(&*canned.store, "/airflow/conn").await;
    assert_eq!(headers, []);
    let next = next.expect("an empty page with a token is not the last");
    canned
        .answer_to(
            "GetParametersByPath",
            &json!({ "NextToken": "t1" }),
            parameters(&[secure("/airflow/connections/a", "A", 3), secure("/airflow/variables/a", "A", 1)]),
        )
        .await;
    let page = canned.store.list_page(&NamePrefix::new("/airflow/conn"), Some(&next)).await.unwrap();
    assert_eq!((page.headers.len(), page.next), (1, None));
    assert_eq!(page.headers[0].stored.as_deref(), Some(&text("A", "3")));
    assert_eq!(page.headers[0].version, Some(Version::new("3")));
    let asked = json!({ "Path": "/airflow", "Recursive": true, "WithDecryption": true, "MaxResults": 10 });
    let mut again = asked.clone();
    again["NextToken"] = json!("t1");
    assert_eq!(canned.bodies().await, [asked, again]);
}

#[tokio::test]
async fn prefix_that_starts_no_name_is_not_requested() {
    let canned = stand_in().await;
    for prefix in ["/a b", "/é", "a", "a/b", "/a//b", "/a:1"] {
        assert_eq!(list(&*canned.store, prefix).await, (vec![], None), "{prefix}");
    }
    assert_eq!(canned.calls().await, [""; 0]);
}

#[tokio::test]
async fn page_that_may_not_be_decrypted_is_listed_without_values() {
    let canned = stand_in().await;
    canned.answer_to("GetParametersByPath", &json!({ "WithDecryption": true }), locked()).await;
    let page =
        json!({ "Parameters": [secure("/a/x", "ciphertext", 1), plain("/a/y", "Y")], "NextToken": "t1" });
    canned.answer_to("GetParametersByPath", &json!({ "WithDecryption": false }), fine(&page)).await;
    let (headers, next) = list(&*canned.store, "/a/").await;
    assert_eq!(headers, [("/a/x".to_owned(), false), ("/a/y".to_owned(), true)]);
    // Later pages are not tried with decryption first.
    let page = canned.store.list_page(&NamePrefix::new("/a/"), next.as_ref()).await.unwrap();
    assert_eq!(page.headers.len(), 2);
    assert_eq!(canned.calls().await.len(), 3);
    let last = canned.bodies().await.pop().unwrap();
    assert_eq!((&last["NextToken"], &last["WithDecryption"]), (&json!("t1"), &json!(false)));
}

#[tokio::test]
async fn denied_path_is_reported_with_the_permission_to_grant() {
    let canned = stand_in().await;
    let denied = "User: u is not authorized to perform: ssm:GetParametersByPath on resource: …";
    canned.answer("GetParametersByPath", failure(400, "AccessDeniedException", denied)).await;
    let error = canned.store.list_page(&NamePrefix::new("/a/"), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.hint().is_some_and(|hint| hint.contains("grant ssm:GetParametersByPath")), "{error:?}");

    // If the second attempt is throttled, the page is requested again.
    let canned = stand_in().await;
    canned.answer_to("GetParametersByPath", &json!({ "WithDecryption": true }), locked()).await;
    canned.answer("GetParametersByPath", failure(400, "ThrottlingException", "Rate exceeded")).await;
    let error = canned.store.list_page(&NamePrefix::new("/a/"), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn batch_is_answered_in_the_order_of_the_request() {
    let canned = stand_in().await;
    let answer = json!({
        "Parameters": [secure("/a", "A", 1), secure("/b", "B", 2), secure("/d", "D", 7)],
        "InvalidParameters": ["/c"],
    });
    canned.answer("GetParameters", fine(&answer)).await;
    let found =
        read_all(&*canned.store, &["/d", "/c", "/a", "/b", "/a", "/no name", "/a:1", "a", ""]).await.unwrap();
    let [d, a, b] = [text("D", "7"), text("A", "1"), text("B", "2")].map(|stored| Ok(Some(stored)));
    assert_eq!(found, [d, Ok(None), a.clone(), b, a, Ok(None), Ok(None), Ok(None), Ok(None)]);
    let asked = json!({ "Names": ["/a", "/b", "/c", "/d"], "WithDecryption": true });
    assert_eq!(canned.bodies().await, [asked]);
}

#[tokio::test]
async fn batch_that_one_parameter_fails_is_read_alone() {
    let denied =
        failure(400, "AccessDeniedException", "User: u is not authorized to perform: ssm:GetParameters");
    let disabled =
        failure(400, "InvalidKeyId", "arn:aws:kms:us-east-1:1:key/k is disabled. (Service: AWSKMS; …");
    for fault in [locked(), denied, disabled] {
        let canned = stand_in().await;
        canned.answer("GetParameters", fault).await;
        canned
            .answer_to("GetParameters", &json!({ "Names": ["/a"] }), parameters(&[secure("/a", "A", 1)]))
            .await;
        // The matcher compares a part of the names, so the batch must start with another name than the good one.
        let found = read_all(&*canned.store, &["/a", "/Locked"]).await.unwrap();
        assert_eq!(found[0], Ok(Some(text("A", "1"))));
        let error = found[1].as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(error.name().map(SecretName::as_str), Some("/Locked"));
        assert_eq!(canned.calls().await.len(), 3);
    }
    let canned = stand_in().await;
    canned.answer("GetParameters", failure(400, "ThrottlingException", "Rate exceeded")).await;
    let error = read_all(&*canned.store, &["/a", "/b"]).await.unwrap_err();
    assert_eq!((error.kind(), canned.calls().await.len()), (ErrorKind::RateLimited, 1));
}

#[tokio::test]
async fn versions_are_read_in_a_batch() {
    let canned = stand_in().await;
    let answer = json!({
        "Parameters": [
            { "Name": "/a", "Type": "SecureString", "Value": "A", "Version": 2, "Selector": ":2" },
            { "Name": "/b", "Type": "SecureString", "Value": "B", "Version": 1, "Selector": ":1" },
        ],
        "InvalidParameters": ["/c:9"],
    });
    canned.answer("GetParameters", fine(&answer)).await;
    let wanted = [("/b", "1"), ("/c", "9"), ("/a", "2")]
        .map(|(name, version)| Read { name: SecretName::new(name), version: Some(Version::new(version)) });
    let found = canned.store.read_batch(&wanted).await.unwrap();
    assert_eq!(found, [Ok(Some(text("B", "1"))), Ok(None), Ok(Some(text("A", "2")))]);
    assert_eq!(canned.bodies().await, [json!({ "Names": ["/a:2", "/b:1", "/c:9"], "WithDecryption": true })]);
}

#[tokio::test]
async fn answer_in_another_version_is_ignored() {
    let canned = stand_in().await;
    canned.answer("GetParameters", parameters(&[secure("/a", "A", 2)])).await;
    let wanted = [Read { name: SecretName::new("/a"), version: Some(Version::new("1")) }];
    assert_eq!(canned.store.read_batch(&wanted).await.unwrap(), [Ok(None)]);
}

#[tokio::test]
async fn answer_without_the_requested_name_is_an_error() {
    let canned = stand_in().await;
    canned.answer("GetParameters", parameters(&[])).await;
    let error = read(&*canned.store, "/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn create_is_one_call_and_never_overwrites() {
    let canned = stand_in().await;
    canned.answer("PutParameter", fine(&json!({ "Version": 1, "Tier": "Standard" }))).await;
    let done = Ok(Receipt { version: Some(Version::new("1")) });
    assert_eq!(write(&*canned.store, "/a", create("A")).await, done);
    let asked = json!({
        "Name": "/a", "Value": "A", "Type": "SecureString", "DataType": "text", "Tier": "Standard", "Overwrite": false,
    });
    assert_eq!(canned.bodies().await, std::slice::from_ref(&asked));

    for (tier, word) in [(Tier::Advanced, "Advanced"), (Tier::Intelligent, "Intelligent-Tiering")] {
        let settings = Settings { tier, kms_key_id: Some("alias/mine".to_owned()), ..Settings::default() };
        let canned = stand_in_with(settings).await;
        canned.answer("PutParameter", fine(&json!({ "Version": 1, "Tier": "Advanced" }))).await;
        assert_eq!(write(&*canned.store, "/a", create("A")).await, done);
        let mut asked = asked.clone();
        asked["Tier"] = json!(word);
        asked["KeyId"] = json!("alias/mine");
        assert_eq!(canned.bodies().await, [asked]);
    }
}

#[tokio::test]
async fn replace_reads_the_parameter_first_and_keeps_its_attributes() {
    let canned = stand_in().await;
    canned.answer("GetParameters", parameters(&[secure("/a", "ciphertext", 4)])).await;
    let described = json!({ "Parameters": [{
        "Name": "/a", "Type": "SecureString", "KeyId": "alias/theirs", "Tier": "Advanced", "Version": 4,
        "Description": "theirs", "AllowedPattern": ".*",
    }] });
    canned.answer("DescribeParameters", fine(&described)).await;
    canned.answer("PutParameter", fine(&json!({ "Version": 5, "Tier": "Advanced" }))).await;
    let done = Ok(Receipt { version: Some(Version::new("5")) });
    assert_eq!(write(&*canned.store, "/a", replace(Some("4"))).await, done);
    assert_eq!(canned.calls().await, ["GetParameters", "DescribeParameters", "PutParameter"]);
    let asked = [
        json!({ "Names": ["/a"], "WithDecryption": false }),
        json!({ "ParameterFilters": [{ "Key": "Name", "Option": "Equals", "Values": ["/a"] }], "MaxResults": 50 }),
        json!({
            "Name": "/a", "Value": "B", "Type": "SecureString", "DataType": "text", "Tier": "Advanced", "Overwrite": true,
            "KeyId": "alias/theirs", "Description": "theirs", "AllowedPattern": ".*",
        }),
    ];
    assert_eq!(canned.bodies().await, asked);
}

#[tokio::test]
async fn parameters_are_looked_at_together_and_keep_their_attributes() {
    let canned = stand_in().await;
    let answers = [secure("/a", "ciphertext", 4), secure("/b", "ciphertext", 9), plain("/c", "x")];
    canned.answer("GetParameters", parameters(&answers)).await;
    let described = json!({ "Parameters": [
        { "Name": "/b", "Type": "SecureString", "Version": 9 },
        { "Name": "/a", "Type": "SecureString", "KeyId": "alias/theirs", "Tier": "Advanced", "Version": 4,
          "Description": "theirs", "AllowedPattern": ".*" },
        { "Name": "/c", "Type": "String", "Version": 1 },
    ] });
    canned.answer("DescribeParameters", fine(&described)).await;
    canned.answer("PutParameter", fine(&json!({ "Version": 5, "Tier": "Advanced" }))).await;
    let change = |name: &str, action| Change::new(SecretName::new(name), action);
    let mut changes = vec![
        change("/a", replace(Some("4"))),
        change("/b", replace(Some("8"))),
        change("/c", replace(Some("1"))),
        change("/d", replace(Some("1"))),
        change("/e", create("A")),
    ];
    let looks = canned.store.look_batch(&changes).await.unwrap();
    let versions: Vec<_> = looks.iter().map(|look| look.as_ref().map(|look| look.version.as_str())).collect();
    // The store looks alone at what cannot be replaced, and says why.
    assert_eq!(versions, [Some("4"), Some("9"), None, None, None]);
    for (change, look) in changes.iter_mut().zip(looks) {
        change.look = look.map(Box::new);
    }
    let outcome = canned.store.write_batch(&changes[..1]).await.unwrap().remove(0);
    assert_eq!(outcome, Ok(Receipt { version: Some(Version::new("5")) }));
    let moved = canned.store.write_batch(&changes[1..2]).await.unwrap().remove(0);
    assert_eq!(moved.unwrap_err().kind(), ErrorKind::VersionMismatch);
    assert_eq!(canned.calls().await, ["GetParameters", "DescribeParameters", "PutParameter"]);
    let names = json!(["/a", "/b", "/c", "/d"]);
    let asked = [
        json!({ "Names": names, "WithDecryption": false }),
        json!({ "ParameterFilters": [{ "Key": "Name", "Option": "Equals", "Values": names }], "MaxResults": 50 }),
        json!({
            "Name": "/a", "Value": "B", "Type": "SecureString", "DataType": "text", "Tier": "Advanced", "Overwrite": true,
            "KeyId": "alias/theirs", "Description": "theirs", "AllowedPattern": ".*",
        }),
    ];
    assert_eq!(canned.bodies().await, asked);
}

#[tokio::test]
async fn replace_of_an_unexpected_version_or_type_writes_nothing() {
    let cases = [
        (parameters(&[secure("/a", "ciphertext", 5)]), ErrorKind::VersionMismatch),
        (fine(&json!({ "Parameters": [], "InvalidParameters": ["/a"] })), ErrorKind::NotFound),
        (
            parameters(&[json!({ "Name": "/a", "Type": "StringList", "Value": "x", "Version": 4 })]),
            ErrorKind::Unsupported,
        ),
    ];
    for (answer, kind) in cases {
        let canned = stand_in().await;
        canned.answer("GetParameters", answer).await;
        let error = write(&*canned.store, "/a", replace(Some("4"))).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        assert_eq!(canned.calls().await, ["GetParameters"]);
    }
}

#[tokio::test]
async fn replace_that_overwrote_another_change_returns_version_mismatch() {
    let canned = stand_in().await;
    canned.answer("GetParameters", parameters(&[secure("/a", "ciphertext", 4)])).await;
    canned.answer("DescribeParameters", fine(&json!({ "Parameters": [] }))).await;
    canned.answer("PutParameter", fine(&json!({ "Version": 6, "Tier": "Standard" }))).await;
    let error = write(&*canned.store, "/a", replace(Some("4"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VersionMismatch);
    assert!(error.hint().is_some_and(|hint| hint.contains("get-parameter-history --name /a")), "{error:?}");
}

#[tokio::test]
async fn replace_without_permission_to_see_the_key_needs_kms_key_id() {
    for (key, done) in [(None, false), (Some("alias/mine"), true)] {
        let settings = Settings { kms_key_id: key.map(str::to_owned), ..Settings::default() };
        let canned = stand_in_with(settings).await;
        canned.answer("GetParameters", parameters(&[secure("/a", "ciphertext", 4)])).await;
        canned.answer("DescribeParameters", failure(400, "AccessDeniedException", "no")).await;
        canned.answer("PutParameter", fine(&json!({ "Version": 5 }))).await;
        match write(&*canned.store, "/a", replace(None)).await {
            Ok(_) => {
                assert!(done);
                assert_eq!(canned.bodies().await[2]["KeyId"], "alias/mine");
                let change = |name: &str| Change::new(SecretName::new(name), replace(None));
                let looks = canned.store.look_batch(&[change("/a"), change("/b")]).await.unwrap();
                assert!(looks[0].is_some() && looks[1].is_none(), "{looks:?}");
            }
            Err(error) => {
                assert!(!done);
                assert_eq!(error.kind(), ErrorKind::PermissionDenied);
                assert!(error.hint().is_some_and(|hint| hint.contains("kms_key_id")), "{error:?}");
                assert_eq!(canned.calls().await, ["GetParameters", "DescribeParameters"]);
            }
        }
    }
}

#[tokio::test]
async fn delete_reads_first_only_if_a_version_is_expected_and_succeeds_on_an_absent_parameter() {
    let canned = stand_in().await;
    canned.answer("GetParameters", parameters(&[secure("/a", "ciphertext", 4)])).await;
    canned.answer("DeleteParameter", fine(&json!({}))).await;
    let done = Ok(Receipt { version: None });
    let delete = |expect: Option<&str>| Action::Delete { expect: expect.map(Version::new) };
    assert_eq!(write(&*canned.store, "/a", delete(None)).await, done);
    assert_eq!(write(&*canned.store, "/a", delete(Some("4"))).await, done);
    let moved = write(&*canned.store, "/a", delete(Some("3"))).await.unwrap_err();
    assert_eq!(moved.kind(), ErrorKind::VersionMismatch);
    assert_eq!(
        canned.calls().await,
        ["DeleteParameter", "GetParameters", "DeleteParameter", "GetParameters"]
    );

    let canned = stand_in().await;
    canned.answer("DeleteParameter", failure(400, "ParameterNotFound", "")).await;
    canned.answer("GetParameters", fine(&json!({ "InvalidParameters": ["/a"] }))).await;
    assert_eq!(write(&*canned.store, "/a", delete(None)).await, done);
    assert_eq!(write(&*canned.store, "/a", delete(Some("4"))).await, done);
}

#[tokio::test]
async fn value_is_sent_byte_for_byte_and_never_shown() {
    let canned = stand_in().await;
    let awkward = "{\"a\": \"\\u00e9 \u{1f511}\"}\r\n";
    canned.answer("GetParameters", parameters(&[secure("/a", awkward, 1)])).await;
    canned.answer("PutParameter", fine(&json!({ "Version": 1 }))).await;
    let found = read(&*canned.store, "/a").await.unwrap().expect("it is there");
    assert!(matches!(&found.content, Content::Payload(Payload::Text(text)) if text.expose() == awkward));
    assert!(!format!("{found:?}").contains("u00e9"));
    let change = Change::new(SecretName::new("/a"), create(awkward));
    let outcomes = canned.store.write_batch(&[change]).await.unwrap();
    assert!(outcomes[0].is_ok());
    assert_eq!(canned.bodies().await[1]["Value"], awkward);
}

#[tokio::test]
async fn descriptions_without_an_end_are_an_error() {
    let canned = stand_in_with(Settings { metadata: true, ..Settings::default() }).await;
    canned.answer("GetParameters", parameters(&[secure("/a", "A", 1)])).await;
    let page = fine(&json!({ "Parameters": [], "NextToken": "again" }));
    canned.answer("DescribeParameters", page).await;
    let error = write(&*canned.store, "/a", replace(Some("1"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected, "{error}");
    assert!(error.to_string().contains("on 1000 pages without an end"), "{error}");
    let asked = canned.calls().await.iter().filter(|call| *call == "DescribeParameters").count();
    assert_eq!(asked, 1_000);
}
