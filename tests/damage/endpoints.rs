//! Invalid endpoints and options: nothing is tried.

use airbridge_tests::{Airbridge, AwsUser};

use crate::{CANARY, refused};

#[test]
fn unknown_schemes_and_keys_are_rejected_with_the_nearest_one() {
    let user = Airbridge::new();
    let cases: &[(&str, &[&str])] = &[
        ("asw:us-east-1", &["asw", "aws"]),
        ("valt:secret", &["valt", "vault"]),
        ("aws:us-east-1?connection_prefix=x", &["connection_prefix", "connections_prefix"]),
        ("vault:secret?mount_pint=x", &["mount_pint", "mount_point"]),
        ("file:connections.json?fromat=dotenv", &["fromat", "format"]),
        ("aws:us-east-1?connections_prefix", &["key=value"]),
        ("aws:us-east-1?connections_prefix:=[", &["connections_prefix"]),
        ("aws:us-east-1?region_name=eu-west-1", &["region_name"]),
        ("vault:secret?kv_engine_version=3", &["kv_engine_version"]),
        ("env:?airflow_version=1.10", &["airflow_version", "2.11", "3.3"]),
        ("@nowhere", &["@nowhere", "airbridge.toml"]),
        ("vault:secret?url=http://vault.example.test:8200", &["http", "allow_http"]),
    ];
    refused(&user, &["list", "-"], 2, &["format="]);
    for (endpoint, words) in cases {
        refused(&user, &["list", endpoint], 2, words);
        refused(&user, &["copy", "file:/nonexistent/", endpoint, "--yes"], 2, words);
    }
}

#[test]
fn secrets_on_the_command_line_are_rejected() {
    let user = Airbridge::new();
    for key in ["token", "password", "secret_id", "jwt_token"] {
        refused(&user, &["list", &format!("vault:?{key}={CANARY}")], 2, &[key, "airbridge.toml"]);
    }
    for key in ["aws_secret_access_key", "aws_session_token"] {
        refused(&user, &["list", &format!("aws:us-east-1?{key}={CANARY}")], 2, &[key]);
        let from = format!("{key}={CANARY}");
        refused(&user, &["list", "aws:us-east-1", "--from", &from], 2, &[key]);
    }
    let proxy = format!("aws:us-east-1?proxy=http://u:{CANARY}@proxy.example.test");
    refused(&user, &["list", &proxy], 2, &["proxy"]);
}

#[test]
fn invalid_configuration_is_named_with_its_line() {
    let user = Airbridge::new().with("VAULT_ADDR", "http://127.0.0.1:1");
    let cases = [
        (format!("[endpoints.a]\nbackend = \"vault\"\ntoken = \"{CANARY}\n"), "line 3"),
        ("[endpoints.a]\nbackend = \"walt\"\n".to_owned(), "vault"),
        ("[endpoints.a]\nbackend = \"vault\"\nmount_pont = \"x\"\n".to_owned(), "mount_point"),
        ("[endpoint.a]\nbackend = \"vault\"\n".to_owned(), "endpoint"),
        ("[endpoints.a]\nbackend = \"vault\"\nbackend_kwargs = \"{\"\n".to_owned(), "backend_kwargs"),
        ("[endpoints.a]\nbackend = \"vault\"\ntoken = { env = \"ABSENT\" }\n".to_owned(), "ABSENT"),
        ("[endpoints.a]\nbackend = \"vault\"\ntoken = { file = \"absent\" }\n".to_owned(), "absent"),
    ];
    for (content, word) in cases {
        user.write(".config/airbridge/airbridge.toml", content);
        refused(&user, &["list", "@a"], 2, &["airbridge.toml", word]);
    }
    refused(&user, &["list", "@a", "--config", "other.toml"], 2, &["other.toml"]);
}

#[test]
fn copy_without_a_terminal_or_yes_is_rejected() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    user.write("variables.json", format!("{{\"a\": \"{CANARY}\"}}"));
    refused(&user, &["copy", "variables.json", &aws.endpoint()], 2, &["--yes"]);
    assert_eq!(aws.calls().iter().count(), 0, "it stops before it reads anything");
}

#[test]
fn commands_and_options_that_do_not_exist_are_rejected() {
    let user = Airbridge::new();
    for command in [vec!["mirror", "x"], vec!["sync", "env:"], vec!["copy", "env:", "env:", "--mirror"]] {
        refused(
            &user,
            &command,
            2,
            &[command.iter().find(|word| **word != "copy" && **word != "env:").unwrap()],
        );
    }
}
