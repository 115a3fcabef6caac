//! Who acts: the answer of STS to `GetCallerIdentity`, which needs no permission.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::Builder;

/// Maximum time for the one attempt. A run goes on without an answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The longest actor that is shown. A role with its path has at most 576 characters.
const LONGEST: usize = 600;

/// Who the credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The account.
    account: String,
    /// `role/NAME`, `user/NAME` or `root`.
    name: String,
}

/// Asks STS at `address`, or at its usual address, whose these credentials are. One attempt; `None` without an answer.
pub(crate) async fn identity(
    config: &SdkConfig,
    credentials: &Credentials,
    address: Option<String>,
) -> Option<Identity> {
    // A provider of its own: the one in `config` returns the credentials that exist already only once.
    let provider = SharedCredentialsProvider::new(credentials.clone());
    let timeouts = TimeoutConfig::builder().connect_timeout(TIMEOUT).operation_timeout(TIMEOUT).build();
    let config = config.to_builder().credentials_provider(provider).retry_config(RetryConfig::disabled());
    let mut service = Builder::from(&config.timeout_config(timeouts).build());
    service.set_endpoint_url(address);
    let answer = aws_sdk_sts::Client::from_conf(service.build()).get_caller_identity().send().await;
    let found = answer.ok().and_then(|answer| Identity::of(answer.account()?, answer.arn()?));
    // A server that repeats what it was sent must not have a credential shown.
    let secrets = [Some(credentials.secret_access_key()), credentials.session_token()];
    let secrets: Vec<_> = secrets.into_iter().flatten().filter(|secret| !secret.is_empty()).collect();
    let repeats = |identity: &Identity| secrets.iter().any(|secret| identity.name.contains(secret));
    found.filter(|identity| !repeats(identity))
}

impl Identity {
    /// The account.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// Who acts: `role/NAME`, with the account unless it is the one that the credentials show and the place names.
    pub(crate) fn actor(self, shown: Option<&str>) -> String {
        let Self { account, name } = self;
        if shown == Some(account.as_str()) { name } else { format!("{name} of account {account}") }
    }

    /// The identity in an ARN: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, `arn:aws:iam::ACCOUNT:user/NAME`.
    fn of(account: &str, arn: &str) -> Option<Self> {
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let resource = arn.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
        let name = match resource.strip_prefix("assumed-role/") {
            Some(role) => format!("role/{}", role.split('/').next()?),
            None => resource.to_owned(),
        };
        let in_names = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/:".contains(&byte);
        let is_name = !name.is_empty() && name.len() <= LONGEST && name.bytes().all(in_names);
        (is_account && is_name).then(|| Self { account: account.to_owned(), name })
    }
}

#[cfg(test)]
mod tests {
    use super::Identity;

    #[test]
    fn actor_is_the_role_user_or_root_of_the_arn() {
        for (arn, actor) in [
            ("arn:aws:sts::222222222222:assumed-role/migrator/session-1", "role/migrator"),
            ("arn:aws-cn:iam::222222222222:user/data/alice@acme.test", "user/data/alice@acme.test"),
            ("arn:aws:iam::222222222222:root", "root"),
            ("arn:aws:sts::222222222222:federated-user/bob", "federated-user/bob"),
        ] {
            let identity = Identity::of("222222222222", arn).unwrap();
            assert_eq!(identity.clone().actor(Some("222222222222")), actor);
            let with_account = format!("{actor} of account 222222222222");
            assert_eq!(identity.clone().actor(None), with_account);
            assert_eq!(identity.actor(Some("111111111111")), with_account);
        }
    }

    #[test]
    fn answer_that_is_no_identity_is_ignored() {
        for (account, arn) in [
            ("2222", "arn:aws:iam::2222:root"),
            ("222222222222", "x"),
            ("222222222222", "arn:aws:iam::222222222222:"),
            ("222222222222", "arn:aws:iam::222222222222:user/\u{1b}[2J"),
        ] {
            assert_eq!(Identity::of(account, arn), None, "{arn}");
        }
        let long = format!("arn:aws:iam::222222222222:user/{}", "x".repeat(700));
        assert_eq!(Identity::of("222222222222", &long), None);
    }
}
