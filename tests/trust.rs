//! What airbridge trusts: files that lie around, a deployment's settings, and the variables of one side.

#![cfg(test)]

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use airbridge_tests::{Airbridge, AwsUser, Run, VaultMount};

const SECRETS_MANAGER: &str = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend";

/// That a run failed with exit code 2 and said all of `words`.
fn rejected(run: &Run, words: &[&str]) {
    assert_eq!(run.code, 2, "{run}");
    for word in words {
        assert!(run.stderr.contains(word), "{word}: {run}");
    }
}

/// A server that counts connections and answers none.
fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, address)
}

fn is_untouched(listener: &TcpListener) -> bool {
    listener.accept().is_err()
}

#[test]
fn env_file_runs_no_program_unless_commands_are_allowed() {
    let user = Airbridge::new();
    let mark = user.home().join("ran");
    user.write("evil", format!("#!/bin/sh\ntouch {}\necho '{{}}'\n", mark.display()));
    fs::set_permissions(user.home().join("evil"), fs::Permissions::from_mode(0o755)).expect("a mode");
    user.write("aws.cfg", "[profile x]\nregion = us-east-1\ncredential_process = ./evil\n");
    user.write(
        "prod.env",
        format!("AIRFLOW__SECRETS__BACKEND={SECRETS_MANAGER}\nAWS_CONFIG_FILE=aws.cfg\nAWS_PROFILE=x\n"),
    );
    let list = ["list", "airflow:prod.env"];
    rejected(&user.run(list), &["prod.env, line 2", "AWS_CONFIG_FILE", "--allow-commands"]);
    assert!(!mark.exists());
    user.run([&list[..], &["--allow-commands"]].concat());
    assert!(mark.exists(), "the user allowed it");
}

#[test]
fn env_file_names_no_file_that_an_sdk_reads() {
    let user = Airbridge::new();
    for name in [
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CA_BUNDLE",
        "AZURE_CONFIG_DIR",
        "AZURE_EXTENSION_DIR",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_FEDERATED_TOKEN_FILE",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "CLOUDSDK_CONFIG",
        "VAULT_CACERT",
        "BAO_CLIENT_KEY",
        "VAULT_TOKEN_PATH",
    ] {
        user.write(
            "prod.env",
            format!("AIRFLOW__SECRETS__BACKEND={SECRETS_MANAGER}\n{name}=/etc/hostname\n"),
        );
        rejected(&user.run(["list", "airflow:prod.env"]), &[name, "--allow-commands"]);
    }
}

#[test]
fn planted_configuration_takes_over_no_name_and_gets_no_credentials() {
    let (server, address) = listener();
    let user = Airbridge::new().with("VAULT_TOKEN", "canary").with("CANARY", "canary");
    user.write("secret", "canary");
    for line in [
        format!("url = \"{address}\""),
        format!("endpoint_url = \"{address}\""),
        "token = { env = \"CANARY\" }".to_owned(),
        "token = { file = \"/etc/hostname\" }".to_owned(),
        "token_path = \"secret\"".to_owned(),
        format!("proxy = \"{address}\""),
    ] {
        user.write("airbridge.toml", format!("[endpoints.prod]\nbackend = \"vault\"\n{line}\n"));
        let run = user.run(["list", "@prod"]);
        rejected(&run, &["./airbridge.toml, [endpoints.prod]", "--config ./airbridge.toml"]);
        assert!(!run.stderr.contains("canary"), "{run}");
    }
    assert!(is_untouched(&server), "nothing was sent");

    user.write(".config/airbridge/airbridge.toml", "[endpoints.prod]\nbackend = \"vault\"\n");
    user.write("airbridge.toml", "[endpoints.prod]\nbackend = \"vault:other\"\n");
    rejected(&user.run(["list", "@prod"]), &["both", ".config/airbridge/airbridge.toml", "./airbridge.toml"]);
}

#[test]
fn named_configuration_is_the_users_word() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    user.write("connections.json", r#"{"a": {"conn_type": "http"}}"#);
    user.run(["copy", "connections.json", &vault.endpoint(), "--yes"]).code(0);
    let variables = vault.variables();
    let of = |name: &str| {
        variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mount = vault.endpoint();
    let place = mount.split('?').next().expect("a place");
    user.write(
        "airbridge.toml",
        format!(
            "[endpoints.prod]\nbackend = \"{place}\"\nurl = \"{}\"\ntoken = {{ env = \"VAULT_TOKEN\" }}\n",
            of("VAULT_ADDR")
        ),
    );
    rejected(&user.run(["list", "@prod"]), &["--config ./airbridge.toml"]);
    let run = user.run(["list", "@prod", "--config", "./airbridge.toml"]).code(0);
    assert!(run.stdout.contains("conn:a"), "{run}");
    let user = user.with("AIRBRIDGE_CONFIG", "airbridge.toml");
    user.run(["list", "@prod"]).code(0);
}

#[test]
fn configuration_that_others_can_write_is_not_read() {
    let user = Airbridge::new();
    user.write("airbridge.toml", "[endpoints.prod]\nbackend = \"gcp:acme\"\n");
    user.write("connections.json", "{}");
    let path = user.home().join("airbridge.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("a mode");
    rejected(&user.run(["list", "@prod"]), &["no such endpoint: `@prod`"]);
    let document = user.run(["list", "connections.json", "-o", "json"]).code(0).json();
    let codes: Vec<_> =
        document["warnings"].as_array().expect("warnings").iter().map(|row| &row["code"]).collect();
    assert!(codes.contains(&&"config-ignored".into()), "{document}");
}

#[test]
fn prefix_without_variables_is_an_error_and_writes_nowhere() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables()).with("NEW_AWS_ACCESS_KEY_ID", "222222222222");
    user.write("connections.json", r#"{"a": {"conn_type": "http"}}"#);
    for prefix in ["NEW", "NWE_", "OLD_"] {
        let to = format!("env_prefix={prefix}");
        let run = user.run(["copy", "connections.json", &aws.endpoint(), "--yes", "--to", &to]);
        rejected(
            &run,
            &[&format!("no variable {prefix}AWS_… is set"), "NEW_AWS_ACCESS_KEY_ID", "env_prefix=NEW_?"],
        );
    }
    assert_eq!(aws.calls().writes(), [""; 0]);
}

#[test]
fn prefix_never_falls_back_to_the_ordinary_credentials() {
    let (server, address) = listener();
    let vault = "airflow.providers.hashicorp.secrets.vault.VaultBackend";
    let ordinary = |user: Airbridge| {
        user.with("AWS_ACCESS_KEY_ID", "canary")
            .with("AWS_SECRET_ACCESS_KEY", "canary")
            .with("AWS_ENDPOINT_URL", &address)
            .with("VAULT_TOKEN", "canary")
            .with("GOOGLE_APPLICATION_CREDENTIALS", "/etc/hostname")
            .with("AZURE_CLIENT_SECRET", "canary")
    };
    let cfg = format!("[secrets]\nbackend = {SECRETS_MANAGER}\n");
    for (names, endpoint, wanted) in [
        (&["OLD_AWS_REGION"][..], "aws:us-east-1", "OLD_AWS_"),
        (&["OLD_AWS_CONFIG_FILE"], "aws:us-east-1", "OLD_AWS_"),
        (&["OLD_AWS_REGION"], "aws-ssm:us-east-1", "OLD_AWS_"),
        (&["OLD_VAULT_ADDR"], "vault:m", "OLD_VAULT_"),
        (&["OLD_VAULT_NAMESPACE", "OLD_BAO_ADDR"], "vault:m", "OLD_VAULT_"),
        (&["OLD_CLOUDSDK_CORE_PROJECT", "OLD_GCE_METADATA_HOST"], "gcp:p", "OLD_GOOGLE_"),
        (&["OLD_AZURE_TENANT_ID"], "azure:v", "OLD_AZURE_"),
        (&["OLD_AIRFLOW_HOME", "OLD_AIRFLOW__CORE__X"], "airflow:sm.cfg", "OLD_AWS_"),
        (&["OLD_AIRFLOW_CONN_A"], "airflow:token.env", "OLD_AWS_"),
        (&["OLD_AIRFLOW_HOME"], "airflow:", "OLD_AWS_"),
    ] {
        let user = names.iter().fold(ordinary(Airbridge::new()), |user, name| user.with(name, "airflow"));
        user.write("sm.cfg", &cfg);
        user.write("airflow/airflow.cfg", &cfg);
        user.write("token.env", format!("AIRFLOW__SECRETS__BACKEND={SECRETS_MANAGER}\nVAULT_TOKEN=t\n"));
        rejected(&user.run(["list", endpoint, "--from", "env_prefix=OLD_"]), &["env_prefix=OLD_", wanted]);
    }
    assert!(is_untouched(&server), "nothing was sent");

    // Credentials in the settings that the prefix selects are the deployment's own.
    let user = ordinary(Airbridge::new()).with("OLD_AIRFLOW__SECRETS__BACKEND", vault).with(
        "OLD_AIRFLOW__SECRETS__BACKEND_KWARGS",
        format!(r#"{{"url": "{address}", "token": "own", "mount_point": "m"}}"#),
    );
    let run = user.run(["list", "airflow:", "--from", "env_prefix=OLD_", "--from", "timeout=1"]);
    assert_eq!(run.code, 1, "{run}");
    assert!(!is_untouched(&server), "the server was asked");
}

#[test]
fn prefixed_variable_of_one_family_hides_the_ordinary_ones_of_its_relatives() {
    let user = Airbridge::new()
        .with("GOOGLE_APPLICATION_CREDENTIALS", "/nope/canary.json")
        .with("OLD_CLOUDSDK_CONFIG", "/nope/gcloud");
    let run = user.run(["list", "gcp:p", "--from", "env_prefix=OLD_", "--from", "timeout=1"]);
    assert!(run.code != 0 && !run.stderr.contains("canary.json"), "{run}");
}

#[test]
fn losses_that_a_found_configuration_allows_are_named_also_with_quiet() {
    let user = Airbridge::new();
    user.write("airbridge.toml", "allow_loss = [\"description\"]\n");
    user.write("connections.json", r#"{"a": {"conn_type": "http", "description": "d"}}"#);
    let plan = ["plan", "connections.json", "new.env", "--quiet"];
    let run = user.run(plan);
    assert!(run.stderr.contains("./airbridge.toml allows the loss `description`"), "{run}");
    let run = user.run([&plan[..], &["--config", "airbridge.toml"]].concat());
    assert!(!run.stderr.contains("allows the loss"), "{run}");
}

#[test]
fn files_of_credentials_and_certificates_are_read_up_to_a_limit() {
    let user = Airbridge::new().with("VAULT_TOKEN", "t").with("AWS_ACCESS_KEY_ID", "a");
    let user = user.with("AWS_SECRET_ACCESS_KEY", "s");
    let vault = ["list", "vault:m", "--from", "url=https://127.0.0.1:9", "--from"];
    for keys in ["ca_file=/dev/zero", "cert=/dev/zero"] {
        let run = user.run([&vault[..], &[keys]].concat());
        assert!(run.code != 0 && run.stderr.contains("/dev/zero") && run.stderr.contains("larger"), "{run}");
    }
    let mount = VaultMount::counted(2);
    let without_token = mount.variables().into_iter().filter(|(name, _)| name != "VAULT_TOKEN");
    let run = Airbridge::new().with_all(without_token.collect::<Vec<_>>()).run([
        "list",
        &mount.endpoint(),
        "--from",
        "token_path=/dev/zero",
    ]);
    assert!(run.code != 0 && run.stderr.contains("/dev/zero") && run.stderr.contains("larger"), "{run}");
    for keys in ["gcp_key_path=/dev/zero", "gcp_credential_config_file=/dev/zero"] {
        rejected(&user.run(["list", "gcp:p", "--from", keys]), &["/dev/zero", "larger"]);
    }
    rejected(&user.run(["list", "aws:us-east-1", "--from", "ca_file=/dev/zero"]), &["/dev/zero", "larger"]);
    for (name, endpoint) in [
        ("VAULT_CACERT", "vault:m"),
        ("AWS_CONFIG_FILE", "aws:us-east-1"),
        ("AWS_SHARED_CREDENTIALS_FILE", "aws-ssm:us-east-1"),
        ("AWS_CA_BUNDLE", "aws:us-east-1"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "gcp:p"),
    ] {
        let user = Airbridge::new().with(name, "/dev/zero").with("AWS_ACCESS_KEY_ID", "a");
        let user = user.with("AWS_SECRET_ACCESS_KEY", "s").with("VAULT_ADDR", "https://127.0.0.1:9");
        let run = user.run(["list", endpoint]);
        assert!(run.code != 0 && run.stderr.contains("/dev/zero"), "{name}: {run}");
    }
}

#[test]
fn pipe_in_place_of_the_configuration_is_not_waited_for() {
    let user = Airbridge::new();
    user.write("connections.json", "{}");
    let made = std::process::Command::new("mkfifo").arg(user.home().join("airbridge.toml")).status();
    assert!(made.expect("mkfifo").success());
    user.run(["list", "connections.json"]).code(0);
    rejected(
        &user.run(["list", "@prod"]),
        &["no such endpoint", "airbridge.toml is not read", "regular file"],
    );
}

#[test]
fn token_of_the_environment_is_announced_before_it_goes_to_an_address_of_a_file() {
    let (_server, address) = listener();
    let vault = "airflow.providers.hashicorp.secrets.vault.VaultBackend";
    let user = Airbridge::new().with("VAULT_TOKEN", "canary");
    user.write(
        "airflow.cfg",
        format!("[secrets]\nbackend = {vault}\nbackend_kwargs = {{\"url\": \"{address}\", \"mount_point\": \"m\"}}\n"),
    );
    let list = ["list", "airflow:airflow.cfg", "--from", "timeout=1", "--quiet"];
    let run = user.run(list);
    let announced = format!("its `url` sends the credentials of this environment to {address}");
    assert!(run.stderr.contains(&announced) && run.stderr.contains("airflow.cfg"), "{run}");
    let run = user.with("VAULT_ADDR", &address).run(list);
    assert!(!run.stderr.contains("sends the credentials"), "{run}");
}

#[test]
fn value_in_the_place_of_a_key_is_not_shown() {
    let user = Airbridge::new().with("AWS_REGION", "us-east-1");
    user.write("connections.json", r#"{"a": {"conn_type": "http"}}"#);
    user.write("bad.toml", "\"http://u:canary@h\" = 1\n");
    rejected(&user.run(["list", "@x", "--config", "bad.toml"]), &["bad.toml, line 1"]);
    user.write("rules.toml", "[[rule]]\nmatch = \"*\"\nset.\"http://u:canary@h\" = \"x\"\n");
    let plan = ["plan", "connections.json", "out/", "--rules", "rules.toml"];
    rejected(&user.run(plan), &["rules.toml, line 3"]);
    user.write("own.toml", "[endpoints.x]\nbackend = \"aws\"\nbackend_kwargs = { \"u:canary@h\" = 1 }\n");
    rejected(&user.run(["list", "@x", "--config", "own.toml"]), &["unknown key"]);
    user.write(
        "airflow.cfg",
        format!("[secrets]\nbackend = {SECRETS_MANAGER}\nbackend_kwargs = {{\"u:canary@h\": 1}}\n"),
    );
    for run in [
        user.run(["list", "@x", "--config", "bad.toml"]),
        user.run(plan),
        user.run(["list", "@x", "--config", "own.toml"]),
        user.run(["list", "airflow:airflow.cfg", "--from", "endpoint_url=http://127.0.0.1:9"]),
    ] {
        assert!(!run.stderr.contains("canary"), "{run}");
    }
}

#[test]
fn address_of_another_server_is_not_used_with_a_prefixed_token() {
    let (server, address) = listener();
    let user = Airbridge::new().with("VAULT_ADDR", &address).with("OLD_VAULT_TOKEN", "canary");
    let run = user.run(["list", "vault:m", "--from", "env_prefix=OLD_"]);
    assert!(run.code != 0 && run.stderr.contains("set `OLD_VAULT_ADDR`"), "{run}");
    assert!(run.stderr.contains("`VAULT_ADDR` is ignored"), "{run}");
    assert!(is_untouched(&server));
}

#[test]
fn files_and_service_addresses_are_inherited_beside_prefixed_credentials() {
    let aws = AwsUser::counted();
    let renamed = aws.variables().into_iter().map(|(name, value)| {
        let shared =
            ["AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].contains(&name.as_str());
        (if shared || !name.starts_with("AWS_") { name } else { format!("OLD_{name}") }, value)
    });
    let user = Airbridge::new().with_all(renamed);
    user.run(["list", &aws.endpoint(), "--from", "env_prefix=OLD_"]).code(0);
}

#[test]
fn password_in_a_malformed_address_is_rejected_on_the_command_line() {
    let user = Airbridge::new();
    for (endpoint, key) in [
        ("vault:m", "url=https:/u:canary@h"),
        ("vault:m", "url=https:///u:canary@h"),
        ("vault:m", "url=u:canary@h"),
        ("aws:us-east-1", "proxy=http:/u:canary@h"),
        ("gcp:p", "endpoint_url=http:\\\\u:canary@h"),
        ("vault:m", r#"proxies:={"https": "http://u:canary@h"}"#),
        ("azure:v", r#"proxies:={"http": "http://canary@h"}"#),
        ("vault:m", "url=https://canary@h"),
        ("aws:us-east-1", "endpoint_url=https://canary@h/x"),
    ] {
        let run = user.run(["list", endpoint, "--from", key]);
        rejected(&run, &["contains a password"]);
        assert!(!run.stderr.contains("canary"), "{run}");
    }
}

#[test]
fn text_null_is_a_warning_also_with_quiet() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let run = user.run(["list", &vault.endpoint(), "--from", "connections_path=null", "--quiet"]);
    assert!(run.stderr.contains("connections_path:=null"), "{run}");
    let run = user.run(["list", &vault.endpoint(), "--from", "connections_path:=null", "--quiet"]).code(0);
    assert!(!run.stderr.contains(":=null"), "{run}");
}

#[test]
fn deployment_with_invalid_kwargs_is_no_target_and_a_loud_source() {
    let user =
        Airbridge::new().with("AWS_REGION", "us-east-1").with("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    user.write("connections.json", r#"{"a": {"conn_type": "http"}}"#);
    let kwargs = "backend_kwargs = {'connections_prefix': 'mine'}";
    user.write("airflow.cfg", format!("[secrets]\nbackend = {SECRETS_MANAGER}\n{kwargs}\n"));
    let run = user.run(["copy", "connections.json", "airflow:airflow.cfg", "--yes"]);
    rejected(&run, &["airflow.cfg", "double quotes"]);
    let run = user.run(["list", "airflow:airflow.cfg", "--quiet"]);
    assert!(run.stderr.contains("warning:") && run.stderr.contains("Airflow ignores it"), "{run}");
}

#[test]
fn subclass_of_a_known_class_is_read_with_the_type_of_endpoint_that_it_extends() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    user.write("connections.json", r#"{"a": {"conn_type": "http"}}"#);
    user.run(["copy", "connections.json", &aws.endpoint(), "--yes"]).code(0);
    user.write(
        "airflow.cfg",
        "[secrets]\nbackend = acme.secrets.CachingSecretsManagerBackend\nbackend_kwargs = {\"region_name\": \"us-east-1\", \"ttl\": 5}\n",
    );
    rejected(
        &user.run(["list", "airflow:airflow.cfg"]),
        &["acme.secrets.CachingSecretsManagerBackend", "?backend=aws"],
    );
    let run = user.run(["list", "airflow:airflow.cfg?backend=aws"]);
    assert!(run.stderr.contains("`ttl`"), "{run}");
    rejected(&user.run(["list", "airflow:airflow.cfg?backend=asw"]), &["did you mean `aws`?"]);
    let typo = SECRETS_MANAGER.replace("Manager", "Manger");
    user.write("typo.cfg", format!("[secrets]\nbackend = {typo}\n"));
    rejected(&user.run(["list", "airflow:typo.cfg"]), &[&format!("did you mean {SECRETS_MANAGER}?")]);
}

#[test]
fn rules_fill_values_from_ids_and_read_places_from_variables() {
    let user = Airbridge::new().with("DEV_PORT", "6432");
    user.write(
        "connections.json",
        r#"{"prod_db": {"conn_type": "postgres", "host": "db.prod.test", "port": 5432}}"#,
    );
    user.write(
        "rules.toml",
        "[[rule]]\nmatch = \"conn:prod_*\"\nrename = \"conn:dev_{1}\"\nset.host = \"{1}.dev.test\"\nset.port = { env = \"DEV_PORT\" }\n",
    );
    user.run(["copy", "connections.json", "target/", "--rules", "rules.toml", "--yes"]).code(0);
    let mut text = String::new();
    fs::File::open(user.home().join("target/connections.json"))
        .expect("a file")
        .read_to_string(&mut text)
        .expect("text");
    assert!(text.contains("dev_db") && text.contains("db.dev.test") && text.contains("6432"), "{text}");
}
