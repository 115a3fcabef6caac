//! All supported kinds of credentials, end to end.

#![expect(clippy::unwrap_used, reason = "a failed step must end the test")]

#[expect(dead_code, reason = "other test files use the rest")]
mod common;
mod double;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use airbridge_backend_azure::{Settings, open};
use airbridge_core::{Error, ErrorKind};
use common::{create, environment, list, read};
use double::identity::{ASSERTION, HEADER, SECRET};
use double::{Double, Fault, Reply, TENANT, replies};
use tempfile::TempDir;

const CLIENT: &str = "11111111-2222-3333-4444-555555555555";

/// What to do about PKCS#12 files and keys with a password.
const CONVERT: &str = "openssl pkcs12 -in cert.p12 -out cert.pem -nodes && chmod 600 cert.pem";

/// Settings with these variables and without any other credentials. `PLAIN` stands for the double's plain address.
fn with_variables(double: &Double, more: &[(&str, &str)]) -> Settings {
    let (plain, url) = (double.plain(), double.url());
    // Closed ports and an empty path, so that no credentials of this machine are found.
    let usual = [
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"),
        ("AZURE_AUTHORITY_HOST", &url),
        ("PATH", "/nowhere"),
    ];
    let mut all = usual.to_vec();
    all.retain(|(name, _)| !more.iter().any(|(given, _)| given == name));
    all.extend(
        more.iter().map(|(name, value)| (*name, if *value == "PLAIN" { plain.as_str() } else { value })),
    );
    Settings { env: environment(&all), ..common::settings(double) }
}

/// Opens the store, lists and reads, and returns the token requests so far.
async fn works(double: &Double, settings: Settings) -> Vec<String> {
    double.put("a", "x", &serde_json::json!({}));
    let store = open(settings).await.unwrap();
    assert_eq!(list(&*store, "a").await.len(), 1);
    assert!(read(&*store, "a").await.unwrap().is_some());
    double.sign_ins()
}

async fn fails(settings: Settings) -> Error {
    let error = open(settings).await.unwrap_err();
    let shown = format!("{error} {error:?} {:?}", error.hint());
    for secret in ["canary", SECRET, ASSERTION, HEADER] {
        assert!(!shown.contains(secret), "{shown}");
    }
    error
}

const APPLICATION: [(&str, &str); 3] =
    [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT), ("AZURE_CLIENT_SECRET", SECRET)];

#[tokio::test]
async fn application_secret_from_the_environment_authenticates() {
    let double = Double::start().await;
    let host = double.url().replace("https://", "");
    assert_eq!(
        works(&double, with_variables(&double, &APPLICATION)).await,
        [format!("{host} {TENANT} {CLIENT} secret")]
    );
}

#[tokio::test]
async fn application_secret_from_the_settings_is_the_only_credential_tried() {
    let double = Double::start().await;
    let own = |secret: &str| Settings {
        tenant_id: Some(TENANT.to_owned()),
        client_id: Some("own".to_owned()),
        client_secret: Some(secret.into()),
        ..with_variables(&double, &APPLICATION)
    };
    assert!(works(&double, own(SECRET)).await[0].ends_with("own secret"));
    let error = fails(own("canary")).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(
        error.message().contains("AADSTS7000215") && error.hint().unwrap().contains("not its id"),
        "{error:?}"
    );
    // If one of the three is missing, all are ignored, as in Airflow.
    let part = Settings { client_secret: None, ..own("") };
    assert!(works(&double, part).await.last().unwrap().ends_with(&format!("{CLIENT} secret")));
}

#[tokio::test]
async fn vault_in_each_cloud_uses_the_token_service_of_that_cloud() {
    for (vault, host, login) in [
        ("acme", "acme.vault.azure.net", "login.microsoftonline.com"),
        ("https://acme.vault.azure.cn", "acme.vault.azure.cn", "login.chinacloudapi.cn"),
    ] {
        let double = Double::start().await;
        let mut variables = APPLICATION.to_vec();
        // The proxy leads to the double. The check of the challenge is on.
        let proxy = double.plain();
        variables.push(("https_proxy", &proxy));
        variables.push(("AZURE_AUTHORITY_HOST", ""));
        let settings = Settings {
            vault_url: vault.to_owned(),
            verify_challenge_resource: None,
            ..with_variables(&double, &variables)
        };
        let store = open(settings).await.unwrap();
        assert_eq!(store.descriptor().place, format!("azure:{host}"));
        for n in 0..26 {
            create(&*store, &format!("a{n}"), "x").await.unwrap();
        }
        assert_eq!(list(&*store, "a").await.len(), 26);
        assert_eq!(double.sign_ins(), [format!("{login} {TENANT} {CLIENT} secret")]);
    }
}

#[tokio::test]
async fn workload_identity_authenticates_with_its_token_file() {
    let double = Double::start().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, ASSERTION).unwrap();
    let file = file.to_str().unwrap();
    let pod =
        [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT), ("AZURE_FEDERATED_TOKEN_FILE", file)];
    assert!(
        works(&double, with_variables(&double, &pod)).await[0]
            .ends_with(&format!("{TENANT} {CLIENT} assertion"))
    );
    let named = Settings {
        managed_identity_client_id: Some("own".to_owned()),
        workload_identity_tenant_id: Some(TENANT.to_owned()),
        ..with_variables(&double, &pod[2..])
    };
    assert!(works(&double, named).await.last().unwrap().ends_with(&format!("{TENANT} own assertion")));
    let error = fails(with_variables(&double, &pod[2..])).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    let lost = [pod[0], pod[1], ("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token")];
    assert!(fails(with_variables(&double, &lost)).await.message().contains("/nowhere/token"));
    fs::write(file, "canary").unwrap();
    assert_eq!(fails(with_variables(&double, &pod)).await.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn managed_identity_authenticates_on_virtual_machines_and_app_service() {
    let double = Double::start().await;
    let plain = double.plain();
    let machine = with_variables(&double, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", "PLAIN")]);
    assert_eq!(works(&double, machine.clone()).await, ["virtual machine "]);
    let named = Settings { managed_identity_client_id: Some("own".to_owned()), ..machine };
    assert_eq!(works(&double, named).await.last().unwrap(), "virtual machine own");
    let endpoint = format!("{plain}/msi/token");
    let service =
        [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", HEADER), ("AZURE_CLIENT_ID", CLIENT)];
    assert_eq!(
        works(&double, with_variables(&double, &service)).await.last().unwrap(),
        &format!("app service {CLIENT}")
    );
    // Configured, so its failure ends the search.
    let wrong = [service[0], ("IDENTITY_HEADER", "canary")];
    let error = fails(with_variables(&double, &wrong)).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains("the managed identity cannot get a token"), "{error}");
    double.fail("GET", "/msi/token", 1, Fault::Answer(Reply::page(503)));
    assert_eq!(fails(with_variables(&double, &service)).await.kind(), ErrorKind::Unavailable);
    for unsupported in [
        vec![service[0], service[1], ("IDENTITY_SERVER_THUMBPRINT", "x")],
        vec![service[0], ("IMDS_ENDPOINT", "x")],
        vec![("MSI_ENDPOINT", "x")],
    ] {
        let error = fails(with_variables(&double, &unsupported)).await;
        assert!(error.message().contains("is not supported"), "{error}");
    }
}

/// A folder that contains a shell script of this name.
fn tool(name: &str, script: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

#[tokio::test]
async fn accounts_of_az_and_azd_authenticate() {
    let double = Double::start().await;
    let token = double.state().tokens.give("https://vault.azure.net");
    let az = tool(
        "az",
        &format!(
            r#"[ "$*" = "account get-access-token -o json --scope https://vault.azure.net/.default --tenant {TENANT}" ] || exit 3
echo . >> "$RUNS"
echo '{{"accessToken": "{token}", "expires_on": 4102444800, "tokenType": "Bearer"}}'"#
        ),
    );
    let runs = az.path().join("runs");
    let variables = [("PATH", az.path().to_str().unwrap()), ("RUNS", runs.to_str().unwrap())];
    assert!(works(&double, with_variables(&double, &variables)).await.is_empty());
    // Each run takes a second, so it runs once.
    assert_eq!(fs::read_to_string(&runs).unwrap(), ".\n");

    let azd = tool("azd", &format!(r#"echo '{{"token": "{token}", "expiresOn": "2100-01-01T00:00:00Z"}}'"#));
    let variables = [("PATH", azd.path().to_str().unwrap())];
    assert!(works(&double, with_variables(&double, &variables)).await.is_empty());
}

#[tokio::test]
async fn without_credentials_the_error_lists_what_was_tried() {
    let double = Double::start().await;
    let az = tool("az", "echo 'canary: run az login' >&2; exit 1");
    let error = fails(with_variables(&double, &[("PATH", az.path().to_str().unwrap())])).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    for part in [
        "AZURE_CLIENT_SECRET",
        "AZURE_FEDERATED_TOKEN_FILE",
        "identity service",
        "`az` did not return a token",
        "`azd` is not installed",
    ] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
    assert!(error.hint().unwrap().contains("az login"));
}

#[tokio::test]
async fn the_ways_can_be_chosen() {
    let double = Double::start().await;
    let with = |word: &'static str| {
        with_variables(&double, &[APPLICATION.as_slice(), &[("AZURE_TOKEN_CREDENTIALS", word)]].concat())
    };
    assert_eq!(works(&double, with("prod")).await.len(), 1);
    assert_eq!(works(&double, with("environmentcredential")).await.len(), 2);
    let error = fails(with("AzureCliCredential")).await;
    assert_eq!(error.message(), "`az` is not installed");
    let error = fails(with("dev")).await;
    assert!(
        error.message().contains("`azd` is not installed") && !error.message().contains("AZURE_"),
        "{error}"
    );
    let error = fails(with("AzurePowerShellCredential")).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint().unwrap().contains("AzureCliCredential"));
    assert_eq!(double.sign_ins().len(), 2);
}

#[tokio::test]
async fn application_certificate_authenticates() {
    let double = Double::start().await;
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let with = |path: &str, more: &[(&str, &str)]| {
        let path = [APPLICATION[0], APPLICATION[1], ("AZURE_CLIENT_CERTIFICATE_PATH", path)];
        with_variables(&double, &[&path, more].concat())
    };
    let pem = double.certificate();
    let good = file("good.pem", &pem);
    let expected = format!("{TENANT} {CLIENT} certificate");
    for more in [&[][..], &[("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true")]] {
        assert!(works(&double, with(&good, more)).await.last().unwrap().ends_with(&expected));
    }
    // The application's own certificate need not come first in the file.
    let (stranger, _) = pem.split_at(pem.find("-----BEGIN CERTIFICATE").unwrap());
    let other = double.certificate();
    let (other_key, other_certificate) = other.split_at(other.find("-----BEGIN CERTIFICATE").unwrap());
    let last = file("last.pem", &format!("{}{other_certificate}{other_key}", pem.replace(stranger, "")));
    let chain = [("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "1")];
    assert!(works(&double, with(&last, &chain)).await.last().unwrap().ends_with(&expected));
    // The directory no longer knows the first certificate.
    assert_eq!(fails(with(&good, &[])).await.kind(), ErrorKind::Unauthenticated);

    let locked = format!(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n{other_certificate}"
    );
    let ec = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for (path, what) in [
        ("/nowhere/x.pem".to_owned(), "cannot read /nowhere/x.pem (AZURE_CLIENT_CERTIFICATE_PATH)"),
        (file("empty.pem", ""), "does not contain a PEM certificate"),
        (file("no-key.pem", other_certificate), "does not contain an unencrypted PEM private key"),
        (
            file("mixed.pem", &format!("{stranger}{other_certificate}")),
            "contains a key, but not its certificate",
        ),
        (file("cert.p12", "\u{30}\u{2}\u{1}\u{3}"), "PKCS#12 files are not supported"),
        (file("locked.pem", &locked), "keys with a password are not supported"),
        (file("ec.pem", &format!("{ec}{other_certificate}")), "is not RSA"),
    ] {
        let error = fails(with(&path, &[])).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(what), "{error}");
        assert!(error.hint().unwrap().contains(CONVERT), "{:?}", error.hint());
    }
    let error = fails(with(&good, &[("AZURE_CLIENT_CERTIFICATE_PASSWORD", "canary")])).await;
    assert!(error.message().contains("keys with a password are not supported"), "{error}");
    assert!(error.hint().unwrap().contains(CONVERT), "{:?}", error.hint());
    // A secret takes precedence, as in Microsoft's libraries.
    let both = with("/nowhere", &[APPLICATION[2]]);
    assert!(works(&double, both).await.last().unwrap().ends_with("secret"));
}

#[tokio::test]
async fn vault_of_another_directory_is_authenticated_in_that_directory() {
    let double = Double::start().await;
    let elsewhere = [("AZURE_TENANT_ID", CLIENT), APPLICATION[1], APPLICATION[2]];
    assert!(works(&double, with_variables(&double, &elsewhere)).await[0].contains(TENANT));
    // A domain cannot be compared with a directory's id.
    let domain = [("AZURE_TENANT_ID", "other.example"), APPLICATION[1], APPLICATION[2]];
    let error = fails(with_variables(&double, &domain)).await;
    assert!(error.message().contains("AADSTS90002"), "{error}");
    let nonsense = [("AZURE_TENANT_ID", "a/b"), APPLICATION[1], APPLICATION[2]];
    assert_eq!(fails(with_variables(&double, &nonsense)).await.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn passing_faults_of_the_token_service_are_told_from_permanent_ones() {
    let double = Double::start().await;
    for (reply, kind) in [
        (Reply::page(503), ErrorKind::Unavailable),
        (replies::throttled(), ErrorKind::RateLimited),
        (Reply::page(404), ErrorKind::Config),
    ] {
        double.fail("POST", "/oauth2/v2.0/token", 1, Fault::Answer(reply));
        assert_eq!(fails(with_variables(&double, &APPLICATION)).await.kind(), kind);
    }
    double.fail("POST", "/oauth2/v2.0/token", 1, Fault::Lose);
    assert_eq!(fails(with_variables(&double, &APPLICATION)).await.kind(), ErrorKind::Unavailable);
    let mut variables = APPLICATION.to_vec();
    variables.push(("AZURE_AUTHORITY_HOST", "https://127.0.0.1:1"));
    assert_eq!(fails(with_variables(&double, &variables)).await.kind(), ErrorKind::Unreachable);
    variables.pop();
    variables.push(("AZURE_AUTHORITY_HOST", "https://login.invalid"));
    let hint = fails(with_variables(&double, &variables)).await.hint().map(str::to_owned).unwrap_or_default();
    assert!(hint.contains("AZURE_AUTHORITY_HOST") && !hint.contains("vault"), "{hint}");
}
