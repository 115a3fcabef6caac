//! A deployment's settings: `airflow:` as users meet it, and Airflow as the judge of what is read and printed.

#![cfg(test)]

#[path = "../crates/backends/azure/tests/double/mod.rs"]
mod double;

use std::io::Write;
use std::process::{Command, Stdio};

use airbridge_airflow::AirflowVersion;
use airbridge_airflow::deployment::{
    Cfg, Configured, Deployment, Fault, KwargSource, Kwargs, cannot_start, kwargs, split_command,
};
use airbridge_core::{Environment, Fields, Json, JsonStyle};
use airbridge_tests::{
    Airbridge, AwsUser, GoogleProject, Judge, JudgeRead, VaultMount, all_samples, repository, rows, server,
};
use double::{Double, identity};
use serde_json::{Value, json};

const FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";
const SECRETS_MANAGER: &str = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend";
const GOOGLE: &str = "airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend";
const KEY_VAULT: &str = "airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend";
const VAULT: &str = "airflow.providers.hashicorp.secrets.vault.VaultBackend";

/// The answers of Airflow 3.3.2 to cases, one process for all.
fn airflow(cases: &[Value]) -> Vec<Value> {
    let mut child = Command::new(server("AIRBRIDGE_TEST_AIRFLOW_PYTHON"))
        .arg(repository("tests/servers/settings.py"))
        .arg("configured")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(Value::from(cases).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The same from airbridge's own reading.
fn ours(case: &Value) -> Value {
    let variables = case["env"].as_object().unwrap();
    let variables = variables.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    let settings: Environment = variables.collect();
    let home: Environment = [("HOME", "/home/airflow")].into_iter().collect();
    let environment = home.iter().chain(settings.iter()).map(|(name, value)| (name, value.clone())).collect();
    let found = Cfg::parse(case["cfg"].as_str().unwrap()).and_then(|cfg| {
        let cfg = Some(cfg);
        Deployment { cfg, settings: settings.clone(), environment, version: AirflowVersion::V3_3 }
            .backend((case["worker"] == false).then_some(airbridge_airflow::deployment::Section::Secrets))
    });
    match found {
        Err(Fault { .. }) => json!("raises"),
        Ok(None) => Value::Null,
        Ok(Some(found)) => called(&found, settings.get("VAULT_TOKEN").is_some()),
    }
}

fn called(found: &Configured, vault_token: bool) -> Value {
    let text = match &found.kwargs {
        KwargSource::Nowhere => String::new(),
        KwargSource::Text(given) => given.text.expose().to_owned(),
        KwargSource::Command(given) => {
            let words = split_command(given.text.expose()).unwrap();
            let output = Command::new(&words[0]).args(&words[1..]).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        }
    };
    let mut fields = match kwargs(&text) {
        Kwargs::Given(fields) => fields,
        Kwargs::Ignored(_) => Fields::new(),
        Kwargs::Unreadable(what) => panic!("{what}"),
    };
    for (key, text, _) in &found.single {
        fields.insert(key.clone(), Json::String(text.clone()));
    }
    let class = found.class.text.expose();
    // Airflow would not find another class; airbridge names those that it knows.
    let known = [FILES, SECRETS_MANAGER, GOOGLE, KEY_VAULT, VAULT].contains(&class);
    if !known || cannot_start(class, AirflowVersion::V3_3, &|key| fields.get(key), vault_token).is_some() {
        return json!("raises");
    }
    let kwargs = Json::Object(fields).to_text(JsonStyle::LINE);
    json!({ "class": class, "kwargs": serde_json::from_str::<Value>(kwargs.expose()).unwrap() })
}

#[test]
fn settings_are_read_as_airflow_reads_them() {
    let files = |kwargs: &str| format!("[secrets]\nbackend = {FILES}\n{kwargs}\n");
    let vault = |kwargs: &str| format!("[secrets]\nbackend = {VAULT}\nbackend_kwargs = {kwargs}\n");
    let path = r#"{"connections_file_path": "c"}"#;
    let set = "AIRFLOW__SECRETS__BACKEND_KWARGS";
    let single = "AIRFLOW__SECRETS__BACKEND_KWARG__CONNECTIONS_FILE_PATH";
    let none: [(&str, &str); 0] = [];
    let case = |cfg: &str, env: &[(&str, &str)]| {
        let env: serde_json::Map<_, _> =
            env.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        json!({ "cfg": cfg, "env": env, "worker": false })
    };
    let with = |kwargs: &str| case(&files(kwargs), &none);
    let mut cases = vec![
        case("", &none),
        case("[secrets]\n", &none),
        with(""),
        with(
            "backend_kwargs = {\"connections_file_path\": \"~/c\",\n  # no part\n\n  \"variables_file_path\": \"v\"}",
        ),
        with("backend_kwargs: {\"connections_file_path\": \"a=b:c ; d # e\"}"),
        with("BACKEND_KWARGS = {\"connections_file_path\": \"c\"}"),
        with("p = 1%%\nbackend_kwargs = {\"connections_file_path\": \"%(p)s%%2\"}"),
        with("backend_kwargs = {\"connections_file_path\": \"50%\"}"),
        with("backend_kwargs = {\"connections_file_path\": \"%(nothing)s\"}"),
        with("backend_kwargs = {\"connections_file_path\": \"%(backend_kwargs)s\"}"),
        with("backend_kwargs = {\"connections_file_path\": \"$NOT_SET ${HOME}/x $HOME\"}"),
        with("backend_kwargs = {'connections_file_path': 'c'}"),
        with("backend_kwargs = [1]"),
        with("backend_kwargs = []"),
        with("backend_kwargs = null"),
        with("backend_kwargs ="),
        with("backend_kwargs =\nbackend_kwargs_cmd = echo {}"),
        with("backend_kwargs = x\nbackend_kwargs = y"),
        with("nothing"),
        with("backend_kwargs_secret = x"),
        with("backend_kwargs_cmd = printf '%%s' '{\"connections_file_path\": \"a\\\" b\"}'"),
        with("backend_kwargs_cmd = echo '{\"connections_file_path\": \"$HOME\"}'"),
        case(&format!("[DEFAULT]\nbackend = {FILES}\n[secrets]\n"), &none),
        case(&format!("[DEFAULT]\nbackend = {FILES}\n"), &none),
        case(&format!("[Secrets]\nbackend = {FILES}\n"), &none),
        case(&format!("x = 1\n[secrets]\nbackend = {FILES}\n"), &none),
        case(&format!("[secrets] # x\nbackend = {FILES}\n[secrets]\n"), &none),
        case(&format!("  [secrets]\n  backend = {FILES}\n   \n"), &none),
        case(&format!("[secrets]\nbackend =\n {FILES}\n"), &none),
        case(&format!("[secrets]\r\nbackend = {FILES}\r\nbackend_kwargs = {path}\r\n"), &none),
        case("", &[("AIRFLOW__SECRETS__BACKEND", FILES), (set, path)]),
        case(
            "",
            &[
                ("AIRFLOW__SECRETS__BACKEND", "$WHERE.LocalFilesystemBackend"),
                ("WHERE", "airflow.secrets.local_filesystem"),
            ],
        ),
        case(&files(""), &[("AIRFLOW__SECRETS__BACKEND", "")]),
        case(&files(&format!("backend_kwargs = {path}")), &[(set, "")]),
        case(
            &files(&format!("backend_kwargs = {path}")),
            &[("AIRFLOW__SECRETS__BACKEND_KWARGS_CMD", "echo {}")],
        ),
        case(&files(""), &[(set, "{\"connections_file_path\": \"50% $A\"}"), ("A", "$B"), ("B", "~b")]),
        case(&files(""), &[(set, "$KWARGS"), ("KWARGS", path)]),
        case(&files(""), &[(set, path), (single, "{\"x\": $HOME}")]),
        case(
            &files(""),
            &[
                ("AIRFLOW__SECRETS__BACKEND_KWARG__Connections_File_Path", "~"),
                ("AIRFLOW__SECRETS__BACKEND_KWARG__", "x"),
            ],
        ),
        case(&files(""), &[("AIRFLOW__SECRETS__BACKEND_KWARGS_SECRET", "x")]),
        case(&vault(r#"{"token": "t", "kv_engine_version": 1}"#), &none),
        case(&vault(r#"{"token": "t", "kv_engine_version": "1"}"#), &none),
        case(&vault(r#"{"token": "t"}"#), &[("AIRFLOW__SECRETS__BACKEND_KWARG__KV_ENGINE_VERSION", "2")]),
        case(&vault("{}"), &none),
        case(&vault("{}"), &[("VAULT_TOKEN", "t")]),
        case(&vault(r#"{"auth_type": "approle", "secret_id": "s"}"#), &none),
        case(&vault(r#"{"auth_type": "jwt", "jwt_role": "r", "jwt_token_path": "p"}"#), &none),
        case(&vault(r#"{"auth_type": "nothing"}"#), &none),
        case(
            &format!("[secrets]\nbackend = {SECRETS_MANAGER}\nbackend_kwargs = {{\"config_prefix\": 1}}\n"),
            &none,
        ),
        case(
            &format!("[secrets]\nbackend = {KEY_VAULT}\nbackend_kwargs = {{\"sep\": \"_\", \"x\": 1}}\n"),
            &none,
        ),
    ];
    let workers = format!("{}[workers]\nsecrets_backend = {FILES}\n", vault(r#"{"token": "t"}"#));
    for (cfg, env) in [
        (workers.clone(), vec![]),
        (workers.clone(), vec![("AIRFLOW__WORKERS__SECRETS_BACKEND", "")]),
        (workers.clone(), vec![("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", path)]),
        (workers, vec![("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__VARIABLES_FILE_PATH", "v"), (single, "c")]),
        (
            files(&format!("backend_kwargs = {path}")),
            vec![("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", "{}")],
        ),
    ] {
        let mut case = case(&cfg, &env);
        case["worker"] = true.into();
        cases.push(case);
    }
    for (case, answer) in cases.iter().zip(airflow(&cases)) {
        assert_eq!(ours(case), answer, "{case:#}");
    }
}

/// Copies `from` to `to`, both twice: the second time there is nothing to do.
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
fn one_deployment_is_copied_to_another_by_nothing_but_their_settings() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let double = runtime.block_on(Double::start());
    let google = GoogleProject::new();
    let user = Airbridge::new()
        .with("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", format!("{}/", google.address()))
        .with("IDENTITY_ENDPOINT", format!("{}/msi/token", double.plain()))
        .with("IDENTITY_HEADER", identity::HEADER);
    let prefix = json!({ "project_id": google.name(), "connections_prefix": "acme-c" });
    cfg(&user, "old/airflow.cfg", GOOGLE, &prefix);
    let kwargs = json!({
        "vault_url": double.url(), "verify_challenge_resource": false,
        "connection_verify": double.ca().display().to_string(), "retry_total": 3,
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
fn an_env_file_brings_its_own_way_to_sign_in() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = Airbridge::new().with("AWS_PROFILE", "somebody-else");
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
    assert!(list.stderr.contains("`token` stands there in plain text"), "{list}");
    assert!(!format!("{list}").contains(kwargs["token"].as_str().unwrap()), "{list}");
}

#[test]
fn airflow_reads_the_target_with_the_section_that_is_printed() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables()).with("ODD", "1");
    user.write("connections.json", r#"{"db": {"conn_type": "http", "host": "h", "password": "p%$ODD"}}"#);
    // Airflow resolves `%` in the file and expands `$`.
    let to_aws = format!("{}&connections_lookup_pattern=db|50%25|$ODD", aws.endpoint());
    let targets = [(to_aws, aws.variables()), (vault.endpoint(), vault.variables())];
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
    let answers = airflow(&cases);
    assert_eq!(answers[0]["kwargs"]["connections_lookup_pattern"], "db|50%|$ODD");
    for (answer, (_, variables)) in answers.iter().zip(&targets) {
        judge.read(&JudgeRead {
            backend: answer["class"].as_str().unwrap_or_else(|| panic!("{answer} of {cases:?}")),
            kwargs: answer["kwargs"].clone(),
            variables: variables.clone(),
            connections: &["db"],
            variable_keys: &[],
            config: &[],
        });
    }
    for answer in judge.answers() {
        assert_eq!(answer["connections"]["db"]["task"]["password"], "p%$ODD", "{answer}");
    }
}

#[test]
fn secrets_are_not_printed_and_a_target_that_no_class_reads_is_said() {
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
    assert!(run.stderr.contains("no secrets backend of Airflow's reads airflow_settings.yaml"), "{run}");
}

#[test]
fn commands_run_only_when_they_are_allowed() {
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
