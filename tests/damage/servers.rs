//! Services that cannot be reached or used: the run ends, and the message names the service and the cause.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use airbridge_conformance::wire::{Wire, WireFault};
use airbridge_tests::{Airbridge, AwsUser, VaultMount, rows, server};
use serde_json::{Value, json};

use crate::{CANARY, refused};

/// Both as source and as target; as target with a source that holds a secret.
fn unusable(user: &Airbridge, endpoint: &str, words: &[&str]) {
    user.write("variables.json", format!("{{\"a\": \"{CANARY}\"}}"));
    refused(user, &["list", endpoint], 1, words);
    refused(user, &["copy", endpoint, "file:out/", "--yes"], 1, words);
    refused(user, &["copy", "variables.json", endpoint, "--yes"], 1, words);
}

/// An address without a server: the port was free a moment ago.
fn unused_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn aws_without_credentials_names_the_sources_tried() {
    let address = server("AIRBRIDGE_TEST_MOTO_COUNTED");
    let user = Airbridge::new().with("AWS_EC2_METADATA_DISABLED", "true").with("AWS_ENDPOINT_URL", address);
    unusable(&user, "aws:us-east-1", &["credentials"]);
}

#[test]
fn aws_with_an_unknown_profile_names_it() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    user.write(".aws/config", "[profile legacy]\nregion = us-east-1\n");
    for arguments in
        [vec!["list", "aws:us-east-1?profile_name=legcy"], vec!["list", "aws:?profile_name=legcy"]]
    {
        let run = refused(&user, &arguments, 2, &["legcy", ".aws/config"]);
        assert!(run.stderr.contains("legacy"), "the profiles that are there: {run}");
    }
    let user = Airbridge::new().with_all(aws.variables()).with("AWS_PROFILE", "legcy");
    refused(&user, &["list", "aws:us-east-1"], 2, &["legcy"]);
    assert_eq!(aws.calls().iter().count(), 0);
}

#[test]
fn aws_without_a_valid_region_is_rejected() {
    let user = Airbridge::new().with_all(AwsUser::counted().variables());
    refused(&user, &["list", "aws:"], 2, &["region", "aws:REGION"]);
    refused(&user, &["list", "aws:us_east_1"], 2, &["us_east_1", "region"]);
}

#[test]
fn empty_source_is_a_warning() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    aws.put("variables/a", CANARY);
    let elsewhere = aws.endpoint().replace("us-east-1", "eu-west-1");
    let run = user.run(["copy", &elsewhere, "file:out/", "--yes"]).code(0);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(said.contains("region") && said.contains("prefix"), "{run}");
    assert!(!user.home().join("out").exists(), "{run}");
}

#[test]
fn unreachable_server_is_named() {
    let address = unused_address();
    let host = address.trim_start_matches("http://");
    let aws = AwsUser::new(&address);
    unusable(&Airbridge::new().with_all(aws.variables()), "aws:us-east-1", &[host]);
    let user = Airbridge::new().with("VAULT_ADDR", &address).with("VAULT_TOKEN", CANARY);
    unusable(&user, "vault:", &[host, "refused"]);
    let user =
        Airbridge::new().with("VAULT_ADDR", "https://nowhere.invalid:8200").with("VAULT_TOKEN", CANARY);
    unusable(&user, "vault:", &["nowhere.invalid"]);
}

#[test]
fn vault_with_a_wrong_address_or_token_is_named() {
    let address = server("AIRBRIDGE_TEST_OPENBAO");
    let elsewhere = Airbridge::new().with("VAULT_ADDR", "nonsense").with("VAULT_TOKEN", CANARY);
    refused(&elsewhere, &["list", "vault:"], 2, &["VAULT_ADDR"]);
    unusable(&Airbridge::new().with("VAULT_ADDR", &address), "vault:", &["VAULT_TOKEN"]);
    let user = Airbridge::new().with("VAULT_ADDR", &address).with("VAULT_TOKEN", CANARY);
    unusable(&user, "vault:", &["token"]);
    let sign_in = "vault:?auth_type=approle&role_id=absent";
    user.write("airbridge.toml", "[endpoints.a]\nbackend = \"vault\"\nauth_type = \"approle\"\nrole_id = \"absent\"\nsecret_id = { file = \"id\" }\n");
    user.write("id", CANARY);
    refused(&user, &["list", "@a"], 1, &["approle"]);
    // A role may not require a `secret_id`; then the server rejects the login.
    refused(&user, &["list", sign_in], 1, &["auth/approle/login"]);
}

#[test]
fn vault_without_the_mount_names_it() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    unusable(&user, "vault:not-there", &["not-there", "mount"]);
    unusable(&user, "vault:sys", &["sys"]);
}

#[test]
fn sealed_or_uninitialised_vault_is_named() {
    for (variable, word) in
        [("AIRBRIDGE_TEST_OPENBAO_SEALED", "sealed"), ("AIRBRIDGE_TEST_OPENBAO_UNINITIALISED", "initialised")]
    {
        let user = Airbridge::new().with("VAULT_ADDR", server(variable)).with("VAULT_TOKEN", CANARY);
        unusable(&user, "vault:", &[word, server(variable).trim_start_matches("http://")]);
    }
}

#[test]
fn untrusted_certificate_is_named() {
    let address = server("AIRBRIDGE_TEST_OPENBAO_TLS");
    let user = Airbridge::new().with("VAULT_ADDR", &address).with("VAULT_TOKEN", CANARY);
    unusable(&user, "vault:", &["certificate", "VAULT_CACERT"]);
    let aws = AwsUser::new(&address);
    unusable(&Airbridge::new().with_all(aws.variables()), "aws:us-east-1", &["certificate", "AWS_CA_BUNDLE"]);

    // With the authority, the certificate is trusted and the token is rejected. A file without a certificate is named.
    let authority = server("AIRBRIDGE_TEST_OPENBAO_TLS_CA");
    let trusting = Airbridge::new()
        .with("VAULT_ADDR", &address)
        .with("VAULT_TOKEN", server("AIRBRIDGE_TEST_OPENBAO_TOKEN"));
    trusting.run(["list", &format!("vault:?ca_file={authority}")]).code(0);
    trusting.write("empty.pem", "");
    refused(&trusting, &["list", "vault:?ca_file=empty.pem"], 2, &["empty.pem"]);
    refused(&trusting, &["list", "vault:?ca_file=absent.pem"], 2, &["absent.pem"]);
}

/// A token with the permissions in `rules`: (path below the mount, capabilities).
fn token(vault: &VaultMount, rules: &[(&str, &str)]) -> String {
    let rule =
        |(path, may): &(&str, &str)| format!("path \"{}/{path}\" {{ capabilities = [{may}] }}\n", vault.name);
    let policy: String = rules.iter().map(rule).collect();
    vault.request("PUT", &format!("sys/policies/acl/{}", vault.name), Some(json!({ "policy": policy })));
    let token = json!({ "policies": [&vault.name] });
    let answer = vault.request("POST", "auth/token/create", Some(token));
    answer["auth"]["client_token"].as_str().unwrap().to_owned()
}

fn with_token(vault: &VaultMount, token: String) -> Airbridge {
    Airbridge::new().with("VAULT_ADDR", &vault.address).with("VAULT_TOKEN", token)
}

#[test]
fn missing_read_permission_is_named() {
    let vault = VaultMount::counted(2);
    let hidden = json!({ "data": { "value": CANARY } });
    vault.request("POST", &format!("{}/data/variables/hidden", vault.name), Some(hidden));
    let user = with_token(&vault, token(&vault, &[("metadata/*", "\"list\"")]));
    let source = vault.endpoint();
    let words = ["var:hidden", "no permission to read", "capability `read`"];
    refused(&user, &["copy", &source, "file:out/", "--yes"], 4, &words);
    refused(&user, &["show", &source, "var:hidden"], 1, &["hidden", "capability `read`"]);
    assert!(!user.home().join("out").exists());
    let user = with_token(&vault, token(&vault, &[("data/*", "\"read\"")]));
    refused(&user, &["list", &source], 1, &["list"]);
}

#[test]
fn entry_without_write_permission_fails_alone() {
    let vault = VaultMount::counted(2);
    let all = "\"create\", \"update\", \"read\", \"list\"";
    let rules = [("metadata/*", all), ("data/*", all), ("data/variables/forbidden", "\"read\"")];
    let user = with_token(&vault, token(&vault, &rules));
    user.write("variables.json", json!({ "a": "x", "forbidden": CANARY, "z": "x" }).to_string());
    let copy = ["copy", "variables.json", &vault.endpoint(), "--yes", "--report", "report.json"];
    let run = user.run(copy).code(1);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(said.contains("var:forbidden") && said.contains("no permission to"), "{run}");
    assert!(!said.contains(CANARY), "{run}");
    let report: Value = serde_json::from_str(&user.read("report.json")).unwrap();
    let outcomes: Vec<_> = rows(&report, "outcome").into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["verified", "failed", "verified"], "{report}");
    assert_eq!(report["entries"][1]["error"]["code"], "permission-denied");
    assert_eq!(vault.names("variables/"), ["a", "z"]);
}

#[test]
fn failed_run_writes_its_report() {
    let user = Airbridge::new().with("VAULT_ADDR", unused_address()).with("VAULT_TOKEN", CANARY);
    user.write("variables.json", r#"{"a": "x"}"#);
    user.run(["copy", "variables.json", "vault:", "--yes", "--report", "report.json"]).code(1);
    let report: Value = serde_json::from_str(&user.read("report.json")).unwrap();
    assert_eq!(
        (&report["schema"], &report["error"]["code"]),
        (&json!("airbridge.report/1"), &json!("unreachable"))
    );
}

#[test]
fn temporary_faults_while_a_vault_is_opened_are_repeated() {
    let vault = VaultMount::counted(2);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let wire = runtime.block_on(Wire::start(&vault.address));
    let user = Airbridge::new().with_all(vault.variables()).with("VAULT_ADDR", wire.url());
    for status in [429, 500, 503] {
        let failures = AtomicUsize::new(2);
        wire.fail(move |_| {
            let left = failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if left.is_ok() { WireFault::Answer { status, retry_after: None } } else { WireFault::Nothing }
        });
        let mount = format!("vault:{}", vault.name);
        let run = user.run(["list", &mount]);
        assert_eq!(run.code, 0, "{status}: {run}");
    }
}

/// A server that gives every request this answer, without a body. It serves until the test ends.
fn answering(head: String) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut request = [0; 8_192];
            let _read = connection.read(&mut request);
            let _sent = connection
                .write_all(format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
        }
    });
    address
}

#[test]
fn redirect_to_another_server_is_not_followed() {
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = elsewhere.local_addr().unwrap();
    let address = answering(format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{location}/\r\n"));
    let user = Airbridge::new()
        .with("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", CANARY)
        .with("VAULT_TOKEN", CANARY);
    user.write("variables.json", format!("{{\"a\": \"{CANARY}\"}}"));
    for endpoint in [
        format!("gcp:p?endpoint_url={address}"),
        format!("aws:us-east-1?endpoint_url={address}"),
        format!("aws-ssm:us-east-1?endpoint_url={address}"),
        format!("vault:m?url={address}"),
    ] {
        for command in [vec!["list", &endpoint], vec!["copy", "variables.json", &endpoint, "--yes"]] {
            let run = user.run(command);
            assert_eq!(run.code, 1, "{endpoint}: {run}");
            assert!(!run.stderr.contains(CANARY), "{endpoint}: {run}");
        }
        assert!(elsewhere.accept().is_err(), "{endpoint}: a request went to the other server");
    }
}

#[test]
fn empty_answer_is_not_an_empty_listing() {
    let address = answering("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n".to_owned());
    let user =
        Airbridge::new().with("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").with("AWS_SECRET_ACCESS_KEY", CANARY);
    for scheme in ["aws", "aws-ssm"] {
        let run = user.run(["list", &format!("{scheme}:us-east-1?endpoint_url={address}")]);
        assert!(run.code == 1 && run.stderr.contains("has no list"), "{run}");
    }
}
