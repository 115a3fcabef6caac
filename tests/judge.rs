//! Airflow's own backends read the same from the target and the source.

#![cfg(test)]

use std::collections::BTreeSet;

use airbridge_tests::{
    Airbridge, AwsUser, CopyResult, Judge, Place, VaultMount, awkward_connections, awkward_values,
};
use serde_json::{Value, json};

/// Ids and values as other tools write them into AWS Secrets Manager.
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

/// Connections as people write them into Vault.
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
fn airflow_reads_the_same_from_every_target_and_its_source() {
    let aws: Vec<AwsUser> = (0..7).map(|_| AwsUser::counted()).collect();
    let vaults: Vec<VaultMount> = [2, 2, 1, 2, 2].into_iter().map(VaultMount::counted).collect();
    let environment = vec![
        ("AIRFLOW_CONN_URI".to_owned(), "http://u:p%40@Host.example.test:80/s?a=1".to_owned()),
        ("AIRFLOW_CONN_JSON".to_owned(), r#"{"conn_type": "x", "extra": {"a": 1.50}}"#.to_owned()),
        ("AIRFLOW_VAR_EMPTY".to_owned(), String::new()),
        ("AIRFLOW_VAR_LINES".to_owned(), " first\nsecond ".to_owned()),
    ];
    let env = Place::environment(environment);
    let at_aws: Vec<Place> = aws.iter().map(Place::aws).collect();
    let at_vault: Vec<Place> = vaults.iter().map(Place::vault).collect();
    let settings = at_aws.iter().chain(&at_vault[..1]).chain([&env]).flat_map(|place| place.settings.clone());
    let user = Airbridge::new().with_all(settings);
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

    let folder = |name: &str| Place::folder(user.home(), name);
    let source = folder("source");
    let parameters = [Place::parameters(&aws[5]), Place::parameters(&aws[6])];
    let back = ["back", "secrets", "vault", "parameters"].map(folder);
    let not_in_aws = ["--exclude", "conn:colon*", "--exclude", "conn:round*"];
    // Parameter Store rejects the template and values over 4,096 bytes.
    let not_in_parameters = [
        &not_in_aws[..],
        &["--exclude", "conn:large", "--exclude", "var:large", "--exclude", "var:template"],
    ]
    .concat();
    let copies = [
        (&source, &at_vault[0], &[][..]),
        (&source, &at_aws[0], &not_in_aws),
        (&at_aws[0], &at_vault[1], &[]),
        (&at_vault[1], &back[0], &[]),
        (&at_aws[1], &at_vault[2], &[]),
        (&at_aws[1], &at_aws[2], &[]),
        // Airflow's files have no empty password: Airflow reads it as absent.
        (&at_aws[1], &back[1], &["--exclude", "conn:json_empty_texts"]),
        (&at_vault[3], &at_aws[3], &[]),
        (&at_vault[3], &back[2], &[]),
        (&env, &at_vault[4], &[]),
        (&env, &at_aws[4], &["--exclude", "var:empty"]),
        (&source, &parameters[0], &not_in_parameters),
        (&parameters[0], &parameters[1], &[]),
        (&parameters[1], &back[3], &[]),
    ];
    let mut judge = Judge::new();
    let copies = copies.map(|(from, to, options)| {
        let copy = CopyResult::new(&user, from, to, options);
        judge.read(from, &copy.ids(), None);
        judge.read(to, &copy.ids(), None);
        copy
    });
    let answers = judge.answers();
    assert_eq!(answers.len(), 2 * copies.len());
    assert_eq!(copies[0].ids().connections.len(), awkward_connections().as_object().unwrap().len());
    assert_eq!(copies[4].ids().connections.len(), AWKWARD_SECRETS.len());
    let flagged: BTreeSet<&str> = copies.iter().flat_map(CopyResult::reader_dependent).collect();
    let expected = ["json_empty_texts", "uri", "uri_numbers"];
    assert_eq!(flagged, expected.into(), "what core and tasks read differently, and nothing else");
    let judged = copies.iter().zip(answers.chunks(2));
    let different: Vec<_> = judged.flat_map(|(copy, read)| copy.differences(&read[0], &read[1])).collect();
    assert!(different.is_empty(), "{different:#?}");
}
