//! Who acts: the one question to STS.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use airbridge_backend_aws::{SignIn, open};
use airbridge_backend_aws_testing::{REGION, environment};
use wiremock::matchers::{body_string_contains, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A session token that no actor may show.
const TOKEN: &str = "c4n4ry-session-token";

/// A server that answers STS's `GetCallerIdentity`, and nothing else.
async fn sts(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let asked = Mock::given(method("POST")).and(body_string_contains("Action=GetCallerIdentity"));
    asked.respond_with(answer).mount(&server).await;
    server
}

fn identity(account: &str, arn: &str) -> ResponseTemplate {
    let xml = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{arn}</Arn><UserId>A:s</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    ResponseTemplate::new(200).set_body_raw(xml, "text/xml")
}

fn settings<const N: usize>(endpoint: Option<&MockServer>, more: [(&str, &str); N]) -> SignIn {
    let own = [("AWS_ACCESS_KEY_ID", "111122223333"), ("AWS_SESSION_TOKEN", TOKEN)];
    let pairs = environment(more);
    let pairs = pairs.iter().map(|(name, value)| (name.to_owned(), value.expose().to_owned()));
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    SignIn {
        region_name: Some(REGION.to_owned()),
        endpoint_url: endpoint.map(MockServer::uri),
        env: pairs.chain(own).collect(),
        ..SignIn::default()
    }
}

/// Place and actor of the store that opens.
async fn opened(settings: SignIn) -> (String, Option<String>) {
    let store = open(settings.into()).await.expect("the store opens");
    (store.descriptor().place.clone(), store.descriptor().actor.clone())
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.expect("requests are recorded").len()
}

#[tokio::test]
async fn actor_is_the_role_of_the_answer_with_its_account_if_the_key_shows_another() {
    let arn = "arn:aws:sts::222222222222:assumed-role/migrator/session";
    let server = sts(identity("222222222222", arn)).await;
    let (place, actor) = opened(settings(Some(&server), [])).await;
    // The access key says 111122223333. The place is the same whether or not STS answers.
    assert_eq!(place, format!("aws:us-east-1 (account 111122223333, {})", server.uri()));
    assert_eq!(actor.as_deref(), Some("role/migrator of account 222222222222"));
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn failed_question_is_not_repeated_and_fails_no_run() {
    let repeated = format!("arn:aws:iam::222222222222:user/{TOKEN}");
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(403).set_body_string("no"),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200),
        identity("2", "arn:aws:iam::2:root"),
        identity("222222222222", &repeated),
    ] {
        let server = sts(answer).await;
        let (place, actor) = opened(settings(Some(&server), [])).await;
        assert_eq!(place, format!("aws:us-east-1 (account 111122223333, {})", server.uri()));
        assert_eq!((actor, asked(&server).await), (None, 1));
    }
}

#[tokio::test]
async fn loopback_endpoint_answers_for_sts_itself() {
    let arn = "arn:aws:iam::222222222222:user/alice";
    let (emulator, other) =
        (sts(identity("111122223333", arn)).await, sts(identity("333333333333", arn)).await);
    let other_url = other.uri();
    let (_, actor) = opened(settings(Some(&emulator), [("AWS_ENDPOINT_URL_STS", &other_url)])).await;
    assert_eq!(actor.as_deref(), Some("user/alice"));
    assert_eq!((asked(&emulator).await, asked(&other).await), (1, 0));
}

#[tokio::test]
async fn address_of_sts_in_the_environment_is_used() {
    let server = sts(identity("222222222222", "arn:aws:iam::222222222222:root")).await;
    let url = server.uri();
    let (_, actor) = opened(settings(None, [("AWS_ENDPOINT_URL_STS", &url)])).await;
    assert_eq!(actor.as_deref(), Some("root of account 222222222222"));
    // Plain http to another machine is never used.
    let remote = [("AWS_ENDPOINT_URL_STS", "http://sts.example.test")];
    let (place, actor) = opened(settings(None, remote)).await;
    assert_eq!((place.as_str(), actor), ("aws:us-east-1 (account 111122223333)", None));
}
