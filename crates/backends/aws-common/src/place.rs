//! Which place a store is: two handles of one account and region say the same, two accounts never do.

use aws_credential_types::Credentials;

use crate::service::Service;

/// The place in words: region, account and, where it is not Amazon's own, the address.
pub(crate) fn place(
    service: &Service,
    region: &str,
    credentials: &Credentials,
    endpoint: Option<&str>,
) -> String {
    let scheme = service.scheme;
    let who = match account(credentials) {
        Some(account) => format!("account {account}"),
        // Nobody says which account it is: the key stands in for it. An id is no secret, but its end is enough.
        None => format!("access key {}", ending(credentials.access_key_id())),
    };
    match endpoint.filter(|url| !is_amazon(url)) {
        Some(url) => format!("{scheme}:{region} ({who}, {})", url.trim_end_matches('/')),
        None => format!("{scheme}:{region} ({who})"),
    }
}

/// The account, as far as it is known without asking anybody.
fn account(credentials: &Credentials) -> Option<String> {
    let told = credentials.account_id().map(|account| account.as_str().to_owned());
    told.or_else(|| account_of_key(credentials.access_key_id()))
}

/// The account that an access key id tells.
///
/// The ten characters after the kind of key (`AKIA`, `ASIA`) are base 32 of one set bit, 40 bits of account number and
/// the rest. Keys made before 2019 lack the bit and tell nothing. `sts:GetAccessKeyInfo` says the same. Emulators take
/// twelve digits for the account itself.
fn account_of_key(key: &str) -> Option<String> {
    if key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(key.to_owned());
    }
    let coded = key.strip_prefix("AKIA").or_else(|| key.strip_prefix("ASIA"))?;
    if coded.len() != 16 {
        return None;
    }
    let bits = coded.bytes().take(9).try_fold(0_u64, |bits, byte| Some(bits << 5 | base32(byte)?))?;
    let account = bits >> 4 & 0xff_ffff_ffff;
    (bits >> 44 == 1 && account < 1_000_000_000_000).then(|| format!("{account:012}"))
}

fn base32(byte: u8) -> Option<u64> {
    match byte {
        b'A'..=b'Z' => Some(u64::from(byte - b'A')),
        b'2'..=b'7' => Some(u64::from(byte - b'2') + 26),
        _ => None,
    }
}

/// Long ids are real ones and shown by their end; short ones are emulators' names.
fn ending(key: &str) -> String {
    match key.char_indices().rev().nth(3) {
        Some((start, _)) if key.len() >= 16 => format!("…{}", &key[start..]),
        _ => key.to_owned(),
    }
}

/// Private and regional addresses of the service itself lead to the same secrets.
fn is_amazon(url: &str) -> bool {
    let host = crate::transport::host(url).unwrap_or_default();
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|domain| host.ends_with(domain))
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;

    use super::{account_of_key, place};
    use crate::service::Service;

    const SERVICE: Service = Service {
        scheme: "aws",
        name: "AWS Secrets Manager",
        permissions: "secretsmanager",
        endpoint_variable: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        section: "secrets_manager",
    };

    fn keys(id: &str) -> Credentials {
        Credentials::new(id, "secret", None, None, "test")
    }

    #[test]
    fn keys_tell_their_account() {
        // The example in published descriptions of the format.
        assert_eq!(account_of_key("ASIAQNZGKIQY56JQ7WML").as_deref(), Some("029608264753"));
        assert_eq!(account_of_key("777000777001").as_deref(), Some("777000777001"));
        for silent in
            ["AKIAIOSFODNN7EXAMPLE", "testing", "", "AKIA", "AROAQNZGKIQY56JQ7WML", "AKIA0000000000000000"]
        {
            assert_eq!(account_of_key(silent), None, "{silent}");
        }
    }

    #[test]
    fn a_place_is_region_and_account() {
        let ours = keys("ASIAQNZGKIQY56JQ7WML");
        assert_eq!(place(&SERVICE, "us-east-1", &ours, None), "aws:us-east-1 (account 029608264753)");
        let private = "https://vpce-1-x.secretsmanager.us-east-1.vpce.amazonaws.com";
        assert_eq!(
            place(&SERVICE, "us-east-1", &ours, Some(private)),
            place(&SERVICE, "us-east-1", &ours, None)
        );
        assert_eq!(
            place(&SERVICE, "us-east-1", &keys("test"), Some("http://127.0.0.1:5000/")),
            "aws:us-east-1 (access key test, http://127.0.0.1:5000)"
        );
        assert_eq!(
            place(&SERVICE, "eu-west-1", &keys("AKIAIOSFODNN7EXAMPLE"), None),
            "aws:eu-west-1 (access key …MPLE)"
        );
    }
}
