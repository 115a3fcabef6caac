//! A deployment's settings: the endpoint `airflow:`, compared with what Airflow reads.

#![cfg(test)]

#[expect(dead_code, reason = "other tests need more of it")]
mod key_vault;

use airbridge_tests::classes::{FILES, GOOGLE, KEY_VAULT, SECRETS_MANAGER, VAULT};
use airbridge_tests::{
    Airbridge, AwsUser, GoogleProject, Ids, Judge, Place, VaultMount, Version, airflow_settings, all_samples,
    rows,
};
use key_vault::KeyVault;
use serde_json::{Value, json};

/// Copies `from` to `to` twice; the second copy has nothing to do.
fn copied(user: &Airbridge, from: &str, to: &str) {
    for (outcome, action) in [("verified", "create"), ("unchanged", "keep")] {
        let report = user.run(["copy", from, to, "--yes", "-o", "json"]).code(0).json();
        assert_eq!(report["summary"][action], 12, "{report}");
        assert!(rows(&report, "outcome").iter().all(|(_, found)| found == outcome), "{report}");
    }
}

/// An `airflow.cfg` of a user.
fn cfg(user: &Airbridge, path: &str, class: &str, kwargs: &Value) {
    std::fs::create_dir_all(user.home().join(path).parent().unwrap()).unwrap();
    let kwargs = kwargs.to_string().replace('%', "%%");
    user.write(path, format!("[core]\nx = 1\n\n[secrets]\nbackend = {class}\nbackend_kwargs = {kwargs}\n"));
}

#[test]
fn deployment_is_copied_to_another_by_their_settings_alone() {
    let (google, vault) = (GoogleProject::new(), KeyVault::new());
    let user = Airbridge::new()
        .with("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", format!("{}/", google.address))
        .with_all(vault.variables());
    let prefix = json!({ "project_id": google.name, "connections_prefix": "acme-c" });
    cfg(&user, "old/airflow.cfg", GOOGLE, &prefix);
    let kwargs = json!({
        "vault_url": vault.double.url(), "verify_challenge_resource": false,
        "connection_verify": vault.double.ca().display().to_string(), "retry_total": 3,
    });
    cfg(&user, "new/airflow.cfg", KEY_VAULT, &kwargs);
    let sample = all_samples(&user);
    user.run(["copy", sample, "airflow:old/airflow.cfg", "--yes"]).code(0);
    assert!(
        google.versions().iter().any(|(id, _)| id == "acme-c-postgres_default"),
        "{:?}",
        google.versions()
    );
    copied(&user, "airflow:old/airflow.cfg", "airflow:new");
    let told = user.run(["plan", "airflow:old", "airflow:new/airflow.cfg"]).code(0);
    assert!(told.stderr.contains("`retry_total`"), "{told}");
    user.run(["diff", sample, "airflow:new"]).code(0);
}

#[test]
fn env_file_provides_its_own_credentials() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = Airbridge::new().with("AWS_PROFILE", "another-user");
    let mut env = format!(
        "# old deployment\nexport AIRFLOW__SECRETS__BACKEND={SECRETS_MANAGER}\n\
         AIRFLOW__SECRETS__BACKEND_KWARGS='{}'\n",
        aws.kwargs()
    );
    env.extend(aws.variables().iter().map(|(name, value)| format!("{name}=\"{value}\"\n")));
    user.write("old.env", env);
    let mut kwargs = vault.kwargs();
    kwargs["config_path"] = "options".into();
    cfg(&user, "new/airflow.cfg", VAULT, &kwargs);
    let sample = all_samples(&user);
    user.run(["copy", sample, "airflow:old.env", "--yes"]).code(0);
    copied(&user, "airflow:old.env", "airflow:new/airflow.cfg");
    assert!(vault.names("options/").contains(&"smtp_password".to_owned()));
    let list = user.run(["list", "airflow:new"]).code(0);
    assert!(list.stderr.contains("the secret `token` is in plain text"), "{list}");
    assert!(!format!("{list}").contains(kwargs["token"].as_str().unwrap()), "{list}");
}

#[test]
fn printed_section_lets_airflow_read_the_target() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables()).with("ODD", "1");
    user.write("connections.json", r#"{"db": {"conn_type": "http", "host": "h", "password": "p%$ODD"}}"#);
    // Airflow resolves `%` in the file and expands `$`.
    let to_aws = format!("{}&connections_lookup_pattern=db|50%25|$ODD", aws.endpoint());
    let targets = [
        (to_aws, Place::aws(&aws)),
        (vault.endpoint(), Place { variables: vault.variables(), ..Place::vault(&vault) }),
    ];
    let mut cases = Vec::new();
    for (target, _) in &targets {
        let command = ["copy", "connections.json", target, "--yes", "--print-airflow-config"];
        let run = user.run(command).code(0);
        let (_, section) = run.stdout.split_once("[secrets]\n").unwrap_or_else(|| panic!("{run}"));
        cases.push(json!({ "cfg": format!("[secrets]\n{section}"), "worker": false, "env": { "VAULT_TOKEN": "t", "ODD": "1" } }));
        let document = user.run([&command[..], &["-o", "json"]].concat()).code(0).json();
        assert!(document["airflow_config"]["backend_kwargs"].is_object(), "{document}");
    }
    let mut judge = Judge::new();
    let answers = airflow_settings(Version::V3, &cases);
    assert_eq!(answers[0]["kwargs"]["connections_lookup_pattern"], "db|50%|$ODD");
    let ids = Ids { connections: ["db".to_owned()].into(), ..Ids::default() };
    for (answer, (_, place)) in answers.iter().zip(targets) {
        assert_eq!(answer["class"], place.backend, "{answer} of {cases:?}");
        judge.read(&Place { kwargs: answer["kwargs"].clone(), ..place }, &ids, None);
    }
    for answer in judge.answers() {
        assert_eq!(answer["connections"]["db"]["task"]["password"], "p%$ODD", "{answer}");
    }
}

#[test]
fn printed_section_has_no_secrets_and_is_null_without_a_class() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new();
    let mut kwargs = vault.kwargs();
    kwargs["mount_point"] = "50%".into();
    cfg(&user, "airflow.cfg", VAULT, &kwargs);
    user.write(
        "connections.json",
        r#"{"db": {"conn_type": "http", "host": "h", "schema": "s", "login": "l"}}"#,
    );
    let mount = format!("mount_point={}", vault.name);
    let command =
        ["plan", "connections.json", "airflow:airflow.cfg", "--to", &mount, "--print-airflow-config"];
    let run = user.run(command).code(0);
    assert!(run.stdout.contains("AIRFLOW__SECRETS__BACKEND_KWARG__TOKEN"), "{run}");
    let token = kwargs["token"].as_str().unwrap();
    assert!(!format!("{run}").contains(token), "{run}");
    let document = user.run([&command[..], &["-o", "json"]].concat()).code(0).json();
    assert_eq!(document["airflow_config"]["left_out"], json!(["token"]));
    assert_eq!(document["airflow_config"]["backend_kwargs"]["kv_engine_version"], 2);
    assert!(!document.to_string().contains(token));

    let run =
        user.run(["plan", "connections.json", "airflow_settings.yaml", "--print-airflow-config"]).code(0);
    assert!(run.stderr.contains("no secrets backend of Airflow reads airflow_settings.yaml"), "{run}");
}

#[test]
fn commands_in_settings_run_only_with_allow_commands() {
    let user = Airbridge::new().with("PATH", "/usr/bin:/bin");
    user.write("connections.json", r#"{"db": "http://h"}"#);
    let command = "printf '{\"connections_file_path\": \"%%s\"}' connections.json";
    user.write("airflow.cfg", format!("[secrets]\nbackend = {FILES}\nbackend_kwargs_cmd = {command}\n"));
    let run = user.run(["list", "airflow:airflow.cfg"]).code(2);
    assert!(run.stderr.contains("--allow-commands") && run.stderr.contains("airflow.cfg, line 3"), "{run}");
    user.run(["list", "airflow:airflow.cfg", "--allow-commands"]).code(0);
    user.write(
        "airflow.cfg",
        format!("[secrets]\nbackend = {FILES}\nbackend_kwargs_cmd = sh -c 'echo canary >&2; exit 3'\n"),
    );
    let run = user.run(["list", "airflow:airflow.cfg", "--allow-commands"]).code(1);
    assert!(run.stderr.contains("exit code 3") && !run.stderr.contains("canary"), "{run}");
}

#[test]
fn airflow_without_a_path_is_the_deployment_of_this_process() {
    let user = Airbridge::new();
    user.write("connections.json", r#"{"db": "http://h"}"#);
    user.write("variables.json", r#"{"key": "v"}"#);
    let file = |name: &str| user.home().join(name).display().to_string();
    for (path, name) in [("airflow/airflow.cfg", "connections"), ("other/odd.cfg", "variables")] {
        cfg(&user, path, FILES, &json!({ format!("{name}_file_path"): file(&format!("{name}.json")) }));
    }
    let lists = |variables: &[(&str, &str)], endpoint: &str| {
        let run = variables.iter().fold(user.command(["list", endpoint]), |mut command, (name, value)| {
            command.env(name, value);
            command
        });
        let output = { run }.output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let (odd, vars) = (file("other/odd.cfg"), file("variables.json"));
    assert!(lists(&[], "airflow:").contains("conn:db"));
    assert!(lists(&[("AIRFLOW_HOME", "~/nowhere")], "airflow:").contains("no secrets backend"));
    assert!(lists(&[("AIRFLOW_CONFIG", "$ODD"), ("ODD", &odd)], "airflow:").contains("var:key"));
    let single = ("AIRFLOW__SECRETS__BACKEND_KWARG__VARIABLES_FILE_PATH", vars.as_str());
    let both = lists(&[single], "airflow:");
    assert!(both.contains("conn:db") && both.contains("var:key"), "{both}");
    let old = [("OLD_AIRFLOW_CONFIG", odd.as_str()), single];
    let of_its_own = lists(&old, "airflow:?env_prefix=OLD_");
    assert!(of_its_own.contains("var:key") && !of_its_own.contains("conn:db"), "{of_its_own}");
    let of_the_file = lists(&[single], "airflow:airflow");
    assert!(of_the_file.contains("are ignored") && !of_the_file.contains("var:key"), "{of_the_file}");
    assert!(lists(&[("AIRFLOW__SECRETS__BACKEND", "")], "airflow:").contains("no secrets backend"));
}
