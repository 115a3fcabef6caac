//! Emulators of the services, and accounts that only one test uses.

use airbridge_backend_aws_common::Settings;
use airbridge_core::Environment;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;

/// The region of tests that need no other.
pub const REGION: &str = "us-east-1";

/// The emulators. Each deviates from the service in its own way, so tests run on both.
#[derive(Clone, Copy, Debug)]
pub enum Server {
    /// moto, where the keys that `AssumeRole` returns determine the account.
    Moto,
    /// ministack, where a key id of twelve digits is the account.
    Ministack,
}

impl Server {
    /// Both emulators.
    pub const ALL: [Self; 2] = [Self::Moto, Self::Ministack];

    /// Its address.
    pub fn url(self) -> String {
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

    /// Who acts with [`sign_in`](Self::sign_in), as the server's STS says.
    pub fn actor(self) -> Option<String> {
        let actor = match self {
            Self::Moto => "role/airbridge",
            Self::Ministack => "root",
        };
        Some(actor.to_owned())
    }

    /// The settings for `account`.
    pub fn sign_in(self, account: &str, region: &str) -> Settings {
        let url = self.url();
        let with_key = |key: &str| Settings {
            region_name: Some(region.to_owned()),
            env: environment([("AWS_ACCESS_KEY_ID", key), ("AWS_ENDPOINT_URL", &url)]),
            ..Settings::default()
        };
        match self {
            Self::Moto => Settings { role_arn: Some(role(account)), ..with_key("testing") },
            Self::Ministack => with_key(account),
        }
    }

    /// The configuration of the SDK's own client for `account`, which creates what airbridge cannot create, and checks what it
    /// wrote.
    pub async fn witness(self, account: &str, region: &str) -> SdkConfig {
        let keys = match self {
            Self::Moto => self.assumed(account).await,
            Self::Ministack => Credentials::new(account, "secret", None, None, "test"),
        };
        self.config(keys, region)
    }

    async fn assumed(self, account: &str) -> Credentials {
        let config = self.config(Credentials::new("testing", "secret", None, None, "test"), REGION);
        let request = aws_sdk_sts::Client::new(&config).assume_role();
        let reply = request.role_arn(role(account)).role_session_name("witness").send().await;
        let keys = reply.expect("the server returns keys").credentials.expect("the answer has keys");
        Credentials::new(keys.access_key_id, keys.secret_access_key, Some(keys.session_token), None, "test")
    }

    fn config(self, keys: Credentials, region: &str) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .endpoint_url(self.url())
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build()
    }
}

/// The role to assume in an account.
fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/airbridge")
}

/// An account that no other test uses.
pub fn account() -> String {
    format!("{:012}", uuid::Uuid::new_v4().as_u128() % 1_000_000_000_000)
}

/// The secret access key in every [`environment`]; no error and no `Debug` may show it.
pub const SECRET_KEY: &str = "the-s3cret-acc3ss-key";

/// These variables, [`SECRET_KEY`], and no access to the machine's profiles and metadata service. Without an address of
/// its own, STS is a port at which nothing listens.
pub fn environment<const N: usize>(pairs: [(&str, &str); N]) -> Environment {
    let has_address = pairs.iter().any(|(name, _)| name.starts_with("AWS_ENDPOINT_URL"));
    let sts = (!has_address).then_some(("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9"));
    let usual = [
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nowhere/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials"),
    ];
    usual.into_iter().chain(sts).chain(pairs).collect()
}
