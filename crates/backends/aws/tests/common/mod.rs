//! What the tests share: servers, accounts of their own, and a witness that is not airbridge.

#![expect(dead_code, reason = "each test file uses its part")]
#![expect(clippy::expect_used, clippy::panic, reason = "what a test stands on must be there")]

pub(crate) mod canned;

use std::sync::Arc;

use airbridge_backend_aws::{SignIn, open};
use airbridge_core::{
    Action, Change, Environment, Error, Payload, Read, Receipt, SecretName, SecretStore, Stored,
};
use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};

/// The region where nothing else is said.
pub(crate) const REGION: &str = "us-east-1";

/// Servers that stand in for the service; each has its faults, so tests run on both.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Server {
    /// Finds the account in keys that `AssumeRole` made.
    Moto,
    /// Takes twelve digits as key for the account.
    Ministack,
}

impl Server {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Moto, Self::Ministack];

    /// Where it answers.
    pub(crate) fn url(self) -> String {
        let variable = match self {
            Self::Moto => "AIRBRIDGE_TEST_MOTO",
            Self::Ministack => "AIRBRIDGE_TEST_MINISTACK",
        };
        std::env::var(variable).unwrap_or_else(|_| {
            panic!(
                "{variable} is not set; start the servers: python3 tests/servers/servers.py run -- cargo test"
            )
        })
    }

    /// Settings that lead to `account`.
    pub(crate) fn settings(self, account: &str, region: &str) -> SignIn {
        let url = self.url();
        let settings = |key: &str| SignIn {
            region_name: Some(region.to_owned()),
            env: environment([("AWS_ACCESS_KEY_ID", key), ("AWS_ENDPOINT_URL", &url)]),
            ..SignIn::default()
        };
        match self {
            Self::Moto => SignIn { role_arn: Some(role(account)), ..settings("testing") },
            Self::Ministack => settings(account),
        }
    }

    /// A store of `account`.
    pub(crate) async fn store(self, account: &str, region: &str) -> Arc<dyn SecretStore> {
        open(self.settings(account, region).into()).await.expect("the store opens")
    }

    /// Amazon's own client of `account`, to make what airbridge does not and to look at what it made.
    pub(crate) async fn witness(self, account: &str, region: &str) -> aws_sdk_secretsmanager::Client {
        let keys = match self {
            Self::Moto => self.assumed(account).await,
            Self::Ministack => Credentials::new(account, "secret", None, None, "test"),
        };
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .endpoint_url(self.url())
            .credentials_provider(keys)
            .build();
        aws_sdk_secretsmanager::Client::from_conf(config)
    }

    async fn assumed(self, account: &str) -> Credentials {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(REGION))
            .endpoint_url(self.url())
            .credentials_provider(Credentials::new("testing", "secret", None, None, "test"))
            .build();
        let request = aws_sdk_sts::Client::from_conf(config).assume_role();
        let reply = request.role_arn(role(account)).role_session_name("witness").send().await;
        let keys = reply.expect("the server hands out keys").credentials.expect("the answer has keys");
        Credentials::new(keys.access_key_id, keys.secret_access_key, Some(keys.session_token), None, "test")
    }
}

/// A role in an account.
pub(crate) fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/airbridge")
}

/// An account that nobody else uses.
pub(crate) fn account() -> String {
    format!("{:012}", uuid::Uuid::new_v4().as_u128() % 1_000_000_000_000)
}

/// An environment with a secret key and without the machine's own profiles and metadata service.
pub(crate) fn environment<const N: usize>(pairs: [(&str, &str); N]) -> Environment {
    let usual = [
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nowhere/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials"),
    ];
    usual.into_iter().chain(pairs).collect()
}

/// Reads one name.
pub(crate) async fn read(store: &dyn SecretStore, name: &str) -> Result<Option<Stored>, Error> {
    read_all(store, &[name]).await.expect("the batch is answered").remove(0)
}

/// Reads some names in one batch.
pub(crate) async fn read_all(
    store: &dyn SecretStore,
    names: &[&str],
) -> Result<Vec<Result<Option<Stored>, Error>>, Error> {
    let wanted: Vec<_> = names.iter().map(|name| Read::current(SecretName::new(*name))).collect();
    store.read_batch(&wanted).await
}

/// Carries out one change.
pub(crate) async fn write(store: &dyn SecretStore, name: &str, action: Action) -> Result<Receipt, Error> {
    let change = Change::new(SecretName::new(name), action);
    store.write_batch(&[change]).await.expect("the batch is answered").remove(0)
}

/// A create.
pub(crate) fn create(text: &str) -> Action {
    Action::Create(Payload::text(text))
}
