//! What messages call a store. Two handles of the same account and region have the same place, two accounts never do.

use airbridge_http::Address;
use aws_credential_types::Credentials;

use crate::service::Service;

/// Scheme, region, account and, if it is not one of AWS's own, the address.
pub(crate) fn place(
    service: &Service,
    region: &str,
    credentials: &Credentials,
    endpoint: Option<&Address>,
) -> String {
    let scheme = service.scheme;
    let who = match account(credentials) {
        Some(account) => format!("account {account}"),
        // The account is unknown, so the key identifies it. A key id is not secret, but its last characters are enough.
        None => format!("access key {}", ending(credentials.access_key_id())),
    };
    match endpoint.filter(|address| !is_amazon(address)) {
        Some(address) => format!("{scheme}:{region} ({who}, {address})"),
        None => format!("{scheme}:{region} ({who})"),
    }
}

/// The account, as far as the credentials show it without a request.
pub(crate) fn account(credentials: &Credentials) -> Option<String> {
    let stated = credentials.account_id().map(|account| account.as_str().to_owned());
    stated.or_else(|| account_of_key(credentials.access_key_id()))
}

/// The account that an access key id encodes.
///
/// The ten characters after the type of key (`AKIA`, `ASIA`) are base 32 of one set bit, 40 bits of account number and
/// the rest. Keys made before 2019 lack the bit and encode no account. `sts:GetAccessKeyInfo` returns the same account.
/// Emulators accept a key id of twelve digits as the account.
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

/// The last characters of a real key id; the short ids of emulators are shown whole.
fn ending(key: &str) -> String {
    match key.char_indices().rev().nth(3) {
        Some((start, _)) if key.len() >= 16 => format!("…{}", &key[start..]),
        _ => key.to_owned(),
    }
}

/// Private and regional addresses of AWS itself lead to the same secrets.
fn is_amazon(address: &Address) -> bool {
    ["amazonaws.com", "amazonaws.com.cn", "api.aws"].iter().any(|domain| address.is_below(domain))
}

#[cfg(test)]
mod tests {
    use airbridge_http::Address;
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

    fn address(url: &str) -> Address {
        Address::parse(url, "`endpoint_url`", false).expect("a valid address")
    }

    #[test]
    fn access_key_encodes_its_account() {
        // The example in published descriptions of the format.
        assert_eq!(account_of_key("ASIAQNZGKIQY56JQ7WML").as_deref(), Some("029608264753"));
        assert_eq!(account_of_key("777000777001").as_deref(), Some("777000777001"));
        for unknown in
            ["AKIAIOSFODNN7EXAMPLE", "testing", "", "AKIA", "AROAQNZGKIQY56JQ7WML", "AKIA0000000000000000"]
        {
            assert_eq!(account_of_key(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn place_is_region_account_and_foreign_address() {
        let ours = keys("ASIAQNZGKIQY56JQ7WML");
        assert_eq!(place(&SERVICE, "us-east-1", &ours, None), "aws:us-east-1 (account 029608264753)");
        let private = address("https://vpce-1-x.secretsmanager.us-east-1.vpce.amazonaws.com");
        assert_eq!(
            place(&SERVICE, "us-east-1", &ours, Some(&private)),
            place(&SERVICE, "us-east-1", &ours, None)
        );
        assert_eq!(
            place(&SERVICE, "us-east-1", &keys("test"), Some(&address("http://127.0.0.1:5000/"))),
            "aws:us-east-1 (access key test, http://127.0.0.1:5000)"
        );
        assert_eq!(
            place(&SERVICE, "eu-west-1", &keys("AKIAIOSFODNN7EXAMPLE"), None),
            "aws:eu-west-1 (access key …MPLE)"
        );
    }
}
