//! Airflow as the judge: what its own backends read at the target equals what they read at the source.

#![cfg(test)]

use std::collections::BTreeSet;

use airbridge_tests::{Airbridge, AwsUser, Judge, JudgeRead, VaultMount, rows};
use serde_json::{Value, json};

const SECRETS_MANAGER: &str = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend";
const VAULT: &str = "airflow.providers.hashicorp.secrets.vault.VaultBackend";
const LOCAL_FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";
const ENVIRONMENT: &str = "airflow.secrets.environment_variables.EnvironmentVariablesBackend";

/// Somewhere that airbridge copies from or to, and Airflow reads.
struct Place {
    endpoint: String,
    backend: &'static str,
    kwargs: Value,
    variables: Vec<(String, String)>,
}

impl Place {
    fn aws(user: &AwsUser) -> Self {
        let variables =
            user.variables().into_iter().chain([("AWS_DEFAULT_REGION".into(), "us-east-1".into())]);
        Self {
            endpoint: format!("{}&env_prefix={}_", user.endpoint(), prefix(&user.prefix)),
            backend: SECRETS_MANAGER,
            kwargs: user.kwargs(),
            variables: variables.collect(),
        }
    }

    fn vault(mount: &VaultMount) -> Self {
        Self { endpoint: mount.endpoint(), backend: VAULT, kwargs: mount.kwargs(), variables: Vec::new() }
    }

    fn folder(user: &Airbridge, name: &str) -> Self {
        let file = |file: &str| user.home().join(name).join(file).display().to_string();
        let kwargs = json!({
            "connections_file_path": file("connections.json"),
            "variables_file_path": file("variables.json"),
            "configs_file_path": file("config.json"),
        });
        Self { endpoint: format!("file:{name}/"), backend: LOCAL_FILES, kwargs, variables: Vec::new() }
    }

    fn environment(variables: Vec<(String, String)>) -> Self {
        Self { endpoint: "env:".to_owned(), backend: ENVIRONMENT, kwargs: json!({}), variables }
    }
}

fn prefix(text: &str) -> String {
    text.to_uppercase().replace('-', "_")
}

/// One copy: where from, where to, and its report.
struct Hop<'a> {
    from: &'a Place,
    to: &'a Place,
    report: Value,
}

impl<'a> Hop<'a> {
    fn new(user: &Airbridge, from: &'a Place, to: &'a Place, options: &[&str]) -> Self {
        let command = [&["copy", &from.endpoint, &to.endpoint, "--yes", "-o", "json"], options].concat();
        let report = user.run(command).code(0).json();
        let outcomes = rows(&report, "outcome");
        assert!(!outcomes.is_empty(), "{} to {}: nothing was copied", from.endpoint, to.endpoint);
        assert!(outcomes.iter().all(|(_, outcome)| outcome == "verified"), "{report}");
        Self { from, to, report }
    }

    fn ids(&self, kind: &str) -> Vec<&str> {
        let entries = self.report["entries"].as_array().unwrap();
        let entries = entries.iter().filter(|row| row["kind"] == kind);
        entries.map(|row| row["id"].as_str().unwrap()).collect()
    }

    /// The entries that core and task read differently, by the report.
    fn reader_dependent(&self) -> Vec<String> {
        let flags = rows(&self.report, "flags").into_iter();
        let flagged =
            flags.filter(|(_, flags)| flags.as_array().unwrap().contains(&json!("reader-dependent")));
        flagged.map(|(entry, _)| entry).collect()
    }

    fn ask(&self, judge: &mut Judge, place: &Place) {
        judge.read(&JudgeRead {
            backend: place.backend,
            kwargs: place.kwargs.clone(),
            variables: place.variables.clone(),
            connections: &self.ids("connection"),
            variable_keys: &self.ids("variable"),
            config: &self.ids("config"),
        });
    }

    /// Compares what Airflow read on both sides.
    fn judge(&self, source: &Value, target: &Value) {
        let between = format!("{} to {}", self.from.endpoint, self.to.endpoint);
        let flagged = self.reader_dependent();
        for id in self.ids("connection") {
            let (source, target) = (&source["connections"][id], &target["connections"][id]);
            assert!(source.is_object(), "{between}: Airflow does not find {id} at the source");
            assert!(target.is_object(), "{between}: Airflow does not find {id} at the target");
            assert_eq!(fields(&source["task"]), fields(&target["task"]), "{between}: {id}, as tasks read it");
            if !flagged.contains(&format!("connection:{id}")) {
                assert_eq!(
                    fields(&source["core"]),
                    fields(&target["core"]),
                    "{between}: {id}, as the core reads it"
                );
            }
        }
        for kind in ["variable", "config"] {
            let group = if kind == "config" { "config" } else { "variables" };
            for id in self.ids(kind) {
                assert!(source[group][id].is_string(), "{between}: {kind} {id} at the source");
                assert_eq!(source[group][id], target[group][id], "{between}: {kind} {id}");
            }
        }
    }
}

/// The fields that a copy keeps. A URI cannot say whether host, schema and login are absent or empty.
fn fields(connection: &Value) -> Value {
    let mut fields = connection.clone();
    for field in ["host", "schema", "login"] {
        if fields[field] == "" {
            fields[field] = Value::Null;
        }
    }
    fields
}

/// Connections as Airflow's files hold them: every shape that differs somewhere on the way.
fn awkward_connections() -> Value {
    let with = |fields: Value| {
        let mut connection = json!({ "conn_type": "http" });
        connection.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        connection
    };
    json!({
        "unicode": with(json!({ "host": "höst.example.test", "login": "użytkownik", "password": "пароль 🔑 \u{1F600}" })),
        "protocol_in_host": with(json!({ "host": "https://Api.example.test/v1", "port": 443, "schema": "https" })),
        "upper_case_host": with(json!({ "host": "MySQL.Example.TEST", "port": 3306 })),
        "ipv6": with(json!({ "host": "2001:db8::1", "port": 80 })),
        "ipv6_brackets": with(json!({ "host": "[2001:DB8::1]", "port": 80 })),
        "odd_password": with(json!({ "host": "h", "login": "a:b@c/d", "password": "p@ss:w/rd #1% ?&=+\"'\\ {}[]" })),
        "password_alone": with(json!({ "password": "only" })),
        "blanks": with(json!({ "host": " h ", "login": " u ", "password": "  p\t" })),
        "line_breaks": with(json!({ "host": "h", "password": "first\nsecond\r\nthird\n" })),
        "looks_like_json": with(json!({ "host": "h", "password": "{\"a\": 1}" })),
        "empty_texts": with(json!({ "host": "", "login": "", "schema": "" })),
        "slash_in_schema": with(json!({ "host": "h", "schema": "a/b?c#d" })),
        "numbers": with(json!({ "extra": "{\"price\": 1.50, \"big\": 12345678901234567890, \"exp\": 1e400}" })),
        "accents_in_extra": with(json!({ "extra": "{\"é\": \"\\u00e9\", \"é2\": \"é\"}" })),
        "nested_extra": with(json!({ "extra": "{\"a\": {\"b\": [1, null, {\"c\": true}]}, \"d\": \"{\\\"e\\\": 1}\"}" })),
        "odd_spacing": with(json!({ "extra": "{ \"b\":1 ,\n  \"a\" : \"x\" }" })),
        "repeated_key": with(json!({ "extra": "{\"a\": 1, \"a\": 2}" })),
        "not_a_number": with(json!({ "extra": "{\"a\": NaN, \"b\": -Infinity}" })),
        "empty_extra": with(json!({ "extra": "{}" })),
        "extra_of_texts": with(json!({ "extra": "{\"a\": \"1\", \"b\": \"true\", \"c\": \"\"}" })),
        "private_key": with(json!({ "extra": "{\"key\": \"-----BEGIN KEY-----\\nMII+/=\\n-----END KEY-----\\n\"}" })),
        "type_alone": { "conn_type": "fs" },
        "other_type": { "conn_type": "google_cloud_platform", "extra": "{\"project\": \"p\"}" },
        "with.dots-and_dashes": with(json!({ "host": "h" })),
        "Upper_Case": with(json!({ "host": "h" })),
        "folder/in/id": with(json!({ "host": "h" })),
        "colon:in:id": with(json!({ "host": "h" })),
        "round(brackets)": with(json!({ "host": "h" })),
        "highest_port": with(json!({ "host": "h", "port": 65535 })),
        "large": with(json!({ "host": "h", "extra": format!("{{\"blob\": \"{}\"}}", "x".repeat(60_000)) })),
    })
}

fn awkward_values() -> Value {
    json!({
        "json_object": "{\"b\": 1, \"a\": [1.50, null]}",
        "json_text": "\"quoted\"",
        "number": "0042",
        "yes": "yes",
        "null_word": "null",
        "lines": "first\nsecond\r\n\n",
        "blanks": "  both ends \t",
        "unicode": "zażółć 🔑 \u{2028} end",
        "template": "{{ ds }} {% raw %} $HOME ${HOME} %(x)s #",
        "quotes": "'\"`\\",
        "equals": "a=b&c=d",
        "uri": "postgres://u:p@h/s",
        "MixedCase": "v",
        "folder/key": "v",
        "large": "0123456789abcdef".repeat(60 * 64),
    })
}

/// Secrets as other tools write them into AWS Secrets Manager, and what they are.
const AWKWARD_SECRETS: &[(&str, &str)] = &[
    ("uri", "postgres://u:p%40ss@Db.Example.test:5432/app?sslmode=require"),
    ("uri_numbers", "http://h?a=1&b=true&c=1.50"),
    ("uri_extra", "http://u:p@h/s?__extra__=%7B%22a%22%3A+1.50%2C+%22b%22%3A+%5B%5D%7D"),
    ("uri_protocol", "http://https%3A%2F%2FApi.example.test%2Fv1:443/"),
    ("uri_two_protocols", "http://https://api.example.test:443/path"),
    ("uri_ipv6", "http://u:p@[2001:DB8::1]:8080/"),
    ("uri_no_host", "redis://:only%2Fpassword@/0"),
    ("uri_type_alone", "fs://"),
    ("uri_alias", "postgresql://u:p@h/s"),
    ("uri_dash", "google-cloud-platform://?project=p"),
    ("uri_blanks", "  http://u:p@h/s \n"),
    ("uri_unicode", "http://u:%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C@h%C3%B6st/"),
    ("uri_plus", "http://u+v:p+q@h/s?a=b+c&d=e%2Bf"),
    (
        "json",
        r#"{"conn_type": "postgres", "host": "Db", "login": "u", "password": "p", "port": 5432, "schema": "s"}"#,
    ),
    ("json_port_text", r#"{"conn_type": "postgres", "host": "h", "port": "5432"}"#),
    ("json_extra_object", r#"{"conn_type": "x", "extra": {"price": 1.50, "é": "é", "n": {"a": [1, null]}}}"#),
    ("json_extra_text", r#"{"conn_type": "x", "extra": "{ \"b\":1 ,\"a\" : 2 }"}"#),
    ("json_extra_empty", r#"{"conn_type": "x", "extra": {}}"#),
    ("json_empty_texts", r#"{"conn_type": "x", "host": "", "login": "", "password": "", "schema": ""}"#),
    ("json_nulls", r#"{"conn_type": "x", "host": null, "login": null, "port": null, "extra": null}"#),
    ("json_alias", r#"{"conn_type": "postgresql", "host": "h"}"#),
    (
        "synonyms",
        r#"{"engine": "mysql", "server": "h", "username": "u", "pass": "p", "database": "d", "port": 1}"#,
    ),
    (
        "rotated",
        r#"{"username": "u", "password": "p", "engine": "postgres", "host": "h", "port": 5432, "dbname": "d"}"#,
    ),
    ("first_wins", r#"{"key": "first", "password": "second", "conn_type": "x", "unknown": "dropped"}"#),
];

/// Connections as people keep them in Vault.
fn vault_secrets() -> Vec<(&'static str, Value)> {
    vec![
        ("uri", json!({ "conn_uri": "http://u:p%40@Host.example.test:80/s?a=b", "note": "ignored" })),
        (
            "json_in_uri",
            json!({ "conn_uri": "{\"conn_type\": \"x\", \"host\": \"H\", \"extra\": {\"a\": 1.50}}" }),
        ),
        ("fields", json!({ "conn_type": "x", "host": "H", "port": "5432", "extra": "{\"a\": 1}" })),
        ("nested", json!({ "conn_type": "x", "extra": { "a": { "b": [1, 2] } } })),
        ("alias", json!({ "conn_type": "postgresql", "login": "u", "description": null })),
        ("odd_password", json!({ "conn_type": "x", "password": "<&> \u{2028} \"\\" })),
    ]
}

#[test]
fn airflow_reads_at_every_target_what_it_reads_at_the_source() {
    let aws: Vec<AwsUser> = (0..5).map(|_| AwsUser::counted()).collect();
    let vaults: Vec<VaultMount> = [2, 2, 1, 2, 2].into_iter().map(VaultMount::counted).collect();
    let environment = vec![
        ("AIRFLOW_CONN_URI".to_owned(), "http://u:p%40@Host.example.test:80/s?a=1".to_owned()),
        ("AIRFLOW_CONN_JSON".to_owned(), r#"{"conn_type": "x", "extra": {"a": 1.50}}"#.to_owned()),
        ("AIRFLOW_VAR_EMPTY".to_owned(), String::new()),
        ("AIRFLOW_VAR_LINES".to_owned(), " first\nsecond ".to_owned()),
    ];
    let mut user = Airbridge::new().with_all(vaults[0].variables()).with_all(environment.clone());
    for aws in &aws {
        user = user.with_all(aws.variables_with(&format!("{}_", prefix(&aws.prefix))));
    }
    user.write("source/connections.json", awkward_connections().to_string());
    user.write("source/variables.json", awkward_values().to_string());
    user.write(
        "source/config.json",
        json!({ "sql_alchemy_conn": "a://b ", "smtp_password": "{\"a\": 1}" }).to_string(),
    );
    for (id, text) in AWKWARD_SECRETS {
        aws[1].put(&format!("connections/{id}"), text);
    }
    aws[1].put("variables/lines", " first\nsecond ");
    for (id, fields) in vault_secrets() {
        vaults[3].request(
            "POST",
            &format!("{}/data/connections/{id}", vaults[3].name),
            Some(json!({ "data": fields })),
        );
    }

    let source = Place::folder(&user, "source");
    let env = Place::environment(environment);
    let at_aws: Vec<Place> = aws.iter().map(Place::aws).collect();
    let at_vault: Vec<Place> = vaults.iter().map(Place::vault).collect();
    let back = [Place::folder(&user, "back"), Place::folder(&user, "secrets"), Place::folder(&user, "vault")];
    let not_in_aws = ["--exclude", "conn:colon*", "--exclude", "conn:round*"];
    let hops = [
        Hop::new(&user, &source, &at_vault[0], &[]),
        Hop::new(&user, &source, &at_aws[0], &not_in_aws),
        Hop::new(&user, &at_aws[0], &at_vault[1], &[]),
        Hop::new(&user, &at_vault[1], &back[0], &[]),
        Hop::new(&user, &at_aws[1], &at_vault[2], &[]),
        Hop::new(&user, &at_aws[1], &at_aws[2], &[]),
        // Airflow's files have no empty password: it reads as absent there.
        Hop::new(&user, &at_aws[1], &back[1], &["--exclude", "conn:json_empty_texts"]),
        Hop::new(&user, &at_vault[3], &at_aws[3], &[]),
        Hop::new(&user, &at_vault[3], &back[2], &[]),
        Hop::new(&user, &env, &at_vault[4], &[]),
        Hop::new(&user, &env, &at_aws[4], &["--exclude", "var:empty"]),
    ];
    let mut judge = Judge::new();
    for hop in &hops {
        hop.ask(&mut judge, hop.from);
        hop.ask(&mut judge, hop.to);
    }
    let answers = judge.answers();
    assert_eq!(answers.len(), 2 * hops.len());
    assert_eq!(hops[0].ids("connection").len(), awkward_connections().as_object().unwrap().len());
    assert_eq!(hops[4].ids("connection").len(), AWKWARD_SECRETS.len());
    let flagged: BTreeSet<String> = hops.iter().flat_map(Hop::reader_dependent).collect();
    let expected = ["json_empty_texts", "uri", "uri_numbers"].map(|id| format!("connection:{id}"));
    assert_eq!(flagged, expected.into(), "what core and tasks read differently, and nothing else");
    for (hop, answers) in hops.iter().zip(answers.chunks(2)) {
        hop.judge(&answers[0], &answers[1]);
    }
}
