//! A deployment's settings: backend and kwargs are those that `airflow.configuration` reads.

#![cfg(test)]

use std::process::Command;

use airbridge_airflow::AirflowVersion;
use airbridge_airflow::deployment::{
    Cfg, Configured, Deployment, KwargSource, Kwargs, Section, SettingSource, cannot_start, kwargs,
    split_command,
};
use airbridge_core::{Environment, Fields, Json, JsonStyle};
use airbridge_tests::classes::{FILES, KEY_VAULT, SECRETS_MANAGER, VAULT};
use airbridge_tests::{Version, airflow_settings};
use serde_json::{Value, json};

const PATH: &str = r#"{"connections_file_path": "c"}"#;

/// What airbridge reads from a case, in the form of Airflow's answers.
fn ours(case: &Value, version: AirflowVersion) -> Value {
    let variables = case["env"].as_object().unwrap();
    let variables = variables.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    let settings: Environment = variables.collect();
    let home: Environment = [("HOME", "/home/airflow")].into_iter().collect();
    let environment = home.iter().chain(settings.iter()).map(|(name, value)| (name, value.clone())).collect();
    let found = Cfg::parse(case["cfg"].as_str().unwrap()).and_then(|cfg| {
        let cfg = Some(cfg);
        Deployment { cfg, settings: settings.clone(), environment, version }
            .backend((case["worker"] == false).then_some(Section::Secrets))
    });
    match found {
        Err(_) => json!("raises"),
        Ok(None) => Value::Null,
        Ok(Some(found)) => called(&found, version, settings.get("VAULT_TOKEN").is_some()),
    }
}

fn called(found: &Configured, version: AirflowVersion, vault_token: bool) -> Value {
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
    // Airflow would not find the class either; airbridge lists the classes that it supports.
    let known = [FILES, SECRETS_MANAGER, KEY_VAULT, VAULT].contains(&class);
    if !known || cannot_start(class, version, &|key| fields.get(key), vault_token).is_some() {
        return json!("raises");
    }
    let kwargs = Json::Object(fields).to_text(JsonStyle::LINE);
    json!({ "class": class, "kwargs": serde_json::from_str::<Value>(kwargs.expose()).unwrap() })
}

fn case(cfg: &str, env: &[(&str, &str)]) -> Value {
    let env: serde_json::Map<_, _> =
        env.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    json!({ "cfg": cfg, "env": env, "worker": false })
}

fn files(kwargs: &str) -> String {
    format!("[secrets]\nbackend = {FILES}\n{kwargs}\n")
}

fn vault(kwargs: &str) -> String {
    format!("[secrets]\nbackend = {VAULT}\nbackend_kwargs = {kwargs}\n")
}

/// Compares airbridge with both Airflows in each case.
fn agree(cases: &[Value]) {
    for (airflow, version) in VERSIONS {
        for (case, answer) in cases.iter().zip(airflow_settings(airflow, cases)) {
            assert_eq!(ours(case, version), answer, "{airflow:?}: {case:#}");
        }
    }
}

const VERSIONS: [(Version, AirflowVersion); 2] =
    [(Version::V2, AirflowVersion::V2_11), (Version::V3, AirflowVersion::V3_3)];

#[test]
fn settings_are_read_as_airflow_reads_them() {
    let set = "AIRFLOW__SECRETS__BACKEND_KWARGS";
    let single = "AIRFLOW__SECRETS__BACKEND_KWARG__CONNECTIONS_FILE_PATH";
    let none: [(&str, &str); 0] = [];
    let with = |kwargs: &str| case(&files(kwargs), &none);
    agree(&[
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
        case(&format!("[secrets]\r\nbackend = {FILES}\r\nbackend_kwargs = {PATH}\r\n"), &none),
        case("", &[("AIRFLOW__SECRETS__BACKEND", FILES), (set, PATH)]),
        case(
            "",
            &[
                ("AIRFLOW__SECRETS__BACKEND", "$WHERE.LocalFilesystemBackend"),
                ("WHERE", "airflow.secrets.local_filesystem"),
            ],
        ),
        case(&files(""), &[("AIRFLOW__SECRETS__BACKEND", "")]),
        case(&files(&format!("backend_kwargs = {PATH}")), &[(set, "")]),
        case(
            &files(&format!("backend_kwargs = {PATH}")),
            &[("AIRFLOW__SECRETS__BACKEND_KWARGS_CMD", "echo {}")],
        ),
        case(&files(""), &[(set, "{\"connections_file_path\": \"50% $A\"}"), ("A", "$B"), ("B", "~b")]),
        case(&files(""), &[(set, "$KWARGS"), ("KWARGS", PATH)]),
        case(&files(""), &[(set, PATH), (single, "{\"x\": $HOME}")]),
        case(
            &files(""),
            &[
                ("AIRFLOW__SECRETS__BACKEND_KWARG__Connections_File_Path", "~"),
                ("AIRFLOW__SECRETS__BACKEND_KWARG__", "x"),
            ],
        ),
        case(&files(""), &[("AIRFLOW__SECRETS__BACKEND_KWARGS_SECRET", "x")]),
    ]);
}

#[test]
fn classes_are_built_or_refused_as_airflow_does() {
    let none: [(&str, &str); 0] = [];
    agree(&[
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
    ]);
}

#[test]
fn workers_have_the_backend_that_airflow_gives_them() {
    let single = "AIRFLOW__SECRETS__BACKEND_KWARG__CONNECTIONS_FILE_PATH";
    let mut cases = Vec::new();
    let workers = format!("{}[workers]\nsecrets_backend = {FILES}\n", vault(r#"{"token": "t"}"#));
    for (cfg, env) in [
        (workers.clone(), vec![]),
        (workers.clone(), vec![("AIRFLOW__WORKERS__SECRETS_BACKEND", "")]),
        (workers.clone(), vec![("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", PATH)]),
        (workers, vec![("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__VARIABLES_FILE_PATH", "v"), (single, "c")]),
        (
            files(&format!("backend_kwargs = {PATH}")),
            vec![("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", "{}")],
        ),
    ] {
        let mut case = case(&cfg, &env);
        case["worker"] = true.into();
        cases.push(case);
    }
    agree(&cases);
}

/// The value of a setting, which may come from a command.
fn value(case: &Value, version: AirflowVersion, places: &[(&str, &str)]) -> Value {
    let variables = case["env"].as_object().unwrap();
    let settings: Environment =
        variables.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
    let home: Environment = [("HOME", "/home/airflow")].into_iter().collect();
    let environment = home.iter().chain(settings.iter()).map(|(name, value)| (name, value.clone())).collect();
    let cfg = Some(Cfg::parse(case["cfg"].as_str().unwrap()).unwrap());
    match (Deployment { cfg, settings, environment, version }).setting(places).unwrap() {
        SettingSource::Text(given) => given.text.expose().into(),
        SettingSource::Command(given) => {
            let words = split_command(given.text.expose()).unwrap();
            let output = Command::new(&words[0]).args(&words[1..]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().into()
        }
        SettingSource::Secret(_) | SettingSource::Nowhere => Value::Null,
    }
}

#[test]
fn address_and_key_of_the_database_are_read_as_airflow_reads_them() {
    const ADDRESS: &[(&str, &str)] = &[("database", "sql_alchemy_conn"), ("core", "sql_alchemy_conn")];
    const KEY: &[(&str, &str)] = &[("core", "fernet_key")];
    let (new, old) = ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__SQL_ALCHEMY_CONN");
    let key = "AIRFLOW__CORE__FERNET_KEY";
    let none: [(&str, &str); 0] = [];
    let both = "[database]\nsql_alchemy_conn = sqlite:////new\n[core]\nsql_alchemy_conn = sqlite:////old\n";
    let cases = [
        (case(both, &none), ADDRESS),
        (case(both, &[(new, "sqlite:////variable")]), ADDRESS),
        (case("[database]\nsql_alchemy_conn = a://$HOME/%%40\n", &none), ADDRESS),
        (case("[database]\nsql_alchemy_conn_cmd = echo sqlite:////cmd\n", &none), ADDRESS),
        (case(both, &[("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD", "echo sqlite:////cmd")]), ADDRESS),
        (case("[core]\nfernet_key = a,b\n", &none), KEY),
        (case("[core]\nfernet_key =\nfernet_key_cmd = echo x\n", &none), KEY),
        (case("[core]\nfernet_key_cmd = echo x\n", &none), KEY),
        (case("[core]\nfernet_key = a\n", &[(key, "")]), KEY),
        (case("[core]\nfernet_key = a\n", &[(key, "b")]), KEY),
        (case("[core]\nfernet_key_cmd = echo x\n", &[("AIRFLOW__CORE__FERNET_KEY_CMD", "echo y")]), KEY),
    ];
    // Airflow 3 has dropped the old section. A file of Airflow 2 is still understood with its version.
    let of_airflow_2 = [
        (case("[core]\nsql_alchemy_conn = sqlite:////old\n", &none), ADDRESS),
        (case(both, &[(old, "sqlite:////variable")]), ADDRESS),
        (case("[core]\nsql_alchemy_conn_cmd = echo sqlite:////cmd\n", &none), ADDRESS),
    ];
    for (airflow, version) in VERSIONS {
        let older = if airflow == Version::V2 { &of_airflow_2[..] } else { &[] };
        let cases: Vec<_> = cases.iter().chain(older).collect();
        let asked: Vec<Value> = cases
            .iter()
            .map(|(case, places)| {
                let mut case = case.clone();
                case["option"] = json!([places[0].0, places[0].1]);
                case
            })
            .collect();
        for ((case, places), answer) in cases.iter().zip(airflow_settings(airflow, &asked)) {
            assert_eq!(value(case, version, places), answer, "{airflow:?}: {case:#}");
        }
    }
}
