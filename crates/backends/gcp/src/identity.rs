//! Who acts: the e-mail address of a service account or a user, as the credentials or the machine say it.

use crate::key::Key;

/// The longest address that is shown, in characters.
const LONGEST: usize = 320;

/// Who credentials in JSON belong to. Those of a user name one only if gcloud wrote the account into them.
pub(crate) fn of_key(key: &Key) -> Option<String> {
    let impersonated = || key.text("service_account_impersonation_url").and_then(impersonated);
    match key.text("type")? {
        "service_account" => address(key.text("client_email")?),
        "authorized_user" => address(key.text("account")?),
        "impersonated_service_account" => impersonated(),
        "external_account" => impersonated().or_else(|| key.text("audience").and_then(pool)),
        _ => None,
    }
}

/// `text` if it is an e-mail address.
pub(crate) fn address(text: &str) -> Option<String> {
    let is_address = text.contains('@')
        && text.chars().count() <= LONGEST
        && text.chars().all(|char| !char.is_whitespace() && !char.is_control());
    is_address.then(|| text.to_owned())
}

/// The service account in the address of the request that impersonates it: `…/serviceAccounts/EMAIL:generateAccessToken`.
fn impersonated(url: &str) -> Option<String> {
    address(url.rsplit_once("/serviceAccounts/")?.1.split(':').next()?)
}

/// The workload identity pool of an audience: `//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/POOL/…`.
fn pool(audience: &str) -> Option<String> {
    let pool = audience.rsplit_once("/workloadIdentityPools/")?.1.split('/').next()?;
    let is_name = !pool.is_empty() && pool.len() <= 64;
    let good = is_name && pool.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    good.then(|| format!("workload identity pool {pool}"))
}

#[cfg(test)]
mod tests {
    use super::of_key;
    use crate::key::Key;
    use crate::settings::Settings;

    #[test]
    fn actor_is_the_account_that_the_credentials_name() {
        let pool = r#"{"type":"external_account","audience":"//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github"}"#;
        for (json, actor) in [
            (
                r#"{"type":"service_account","client_email":"m@acme.iam.gserviceaccount.com"}"#,
                Some("m@acme.iam.gserviceaccount.com"),
            ),
            (r#"{"type":"authorized_user","account":"alice@acme.test"}"#, Some("alice@acme.test")),
            (r#"{"type":"authorized_user","account":"","refresh_token":"canary"}"#, None),
            (
                r#"{"type":"external_account","audience":"x","service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/m@acme.iam.gserviceaccount.com:generateAccessToken"}"#,
                Some("m@acme.iam.gserviceaccount.com"),
            ),
            (pool, Some("workload identity pool ci")),
            (r#"{"type":"service_account","client_email":"no address"}"#, None),
        ] {
            let settings = Settings { gcp_keyfile_dict: Some(json.into()), ..Settings::default() };
            let key = Key::find(&settings).unwrap().unwrap();
            assert_eq!(of_key(&key).as_deref(), actor, "{json}");
        }
    }
}
