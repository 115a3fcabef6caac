//! Airflow's REST API shows what is in its database, entry by entry, or the plan says that it does not.

use std::collections::BTreeSet;

use airbridge_tests::{
    API_PASSWORD, API_USER, Airbridge, FERNET_KEY, MetadataDatabase, System, awkward_connections,
    awkward_values, server,
};
use serde_json::{Value, json};

/// The endpoints of one Airflow: its API, and its database.
fn airflow(version: &str) -> (Airbridge, String, String) {
    let user = Airbridge::new()
        .with("AIRFLOW_API_USERNAME", API_USER)
        .with("AIRFLOW_API_PASSWORD", API_PASSWORD)
        .with("AIRFLOW__CORE__FERNET_KEY", FERNET_KEY);
    let name = format!("AIRBRIDGE_TEST_AIRFLOW_API_{version}");
    let database = format!("airflow-db:sqlite:///{}", server(&format!("{name}_DATABASE")));
    (user, format!("airflow-api:{}", server(&name)), database)
}

/// Fills the database. Other tests leave entries there, too.
fn fill(user: &Airbridge, database: &str) {
    let mut connections = awkward_connections();
    connections["token_in_extra"] = json!({ "conn_type": "http", "extra": "{\"token\": \"made-up\"}" });
    connections["mask_in_host"] = json!({ "conn_type": "http", "host": "a***b" });
    let mut variables = awkward_values();
    variables["my_password"] = "made-up".into();
    variables["secret_inside"] = "{\"api_key\": \"made-up\", \"b\": 1}".into();
    variables["mask_as_text"] = "a***b".into();
    user.write("in/connections.json", connections.to_string());
    user.write("in/variables.json", variables.to_string());
    let losses = ["description", "conn-type-spelling", "absent-vs-empty", "field-type"];
    let losses = losses.iter().flat_map(|loss| ["--allow-loss", loss]);
    let copy =
        ["copy", "file:in/", database, "--yes", "--partial", "--on-conflict", "overwrite", "-o", "json"];
    user.run(copy.into_iter().chain(losses));
}

#[test]
fn what_the_api_shows_whole_is_what_the_database_has_and_the_rest_is_refused() {
    for version in ["2", "3"] {
        let (user, api, database) = airflow(version);
        fill(&user, &database);
        let ids = |endpoint: &str| user.run(["list", endpoint, "--ids-only"]).code(0).stdout;
        assert_eq!(ids(&api), ids(&database), "Airflow {version}");
        assert!(ids(&api).lines().count() > 60, "Airflow {version}");

        let report = user.run(["copy", &api, "file:out/", "--yes", "--partial", "-o", "json"]).code(5).json();
        let entries = report["entries"].as_array().unwrap();
        let of = |entry: &Value| {
            (entry["kind"].as_str().unwrap().to_owned(), entry["id"].as_str().unwrap().to_owned())
        };
        for entry in entries.iter().filter(|entry| entry["outcome"] != "verified") {
            assert_eq!(entry["reason"], "masked", "{entry}");
            assert!(entry["message"].as_str().unwrap().contains("airflow-db:"), "{entry}");
        }
        let verified: Vec<_> = entries.iter().filter(|entry| entry["outcome"] == "verified").collect();
        let is_flagged = |entry: &Value| entry["message"].as_str().unwrap_or_default().contains("respelled");
        let shown: BTreeSet<_> = verified.iter().map(|entry| of(entry)).collect();
        let flagged: BTreeSet<_> =
            verified.iter().filter(|entry| is_flagged(entry)).map(|entry| of(entry)).collect();
        let has = |kind: &str, id: &str| shown.contains(&(kind.to_owned(), id.to_owned()));
        if version == "2" {
            assert!(shown.iter().all(|(kind, _)| kind == "variable"));
            assert!(awkward_values().as_object().unwrap().keys().all(|key| has("variable", key)));
            assert!(has("variable", "my_password") && has("variable", "mask_as_text") && flagged.is_empty());
        } else {
            assert!(has("connection", "upper_case_host") && has("connection", "other_type"));
            assert!(has("variable", "lines") && has("variable", "json_object"));
            for (kind, id) in [
                ("connection", "odd_password"),
                ("connection", "token_in_extra"),
                ("variable", "my_password"),
                ("variable", "secret_inside"),
                ("variable", "mask_as_text"),
            ] {
                assert!(!has(kind, id), "{kind} {id}");
            }
        }
        // What arrived is what the database has, or the plan said that the API may have rewritten it.
        let diff = user.run(["diff", &database, "file:out/", "-o", "json"]).code(3).json();
        for entry in diff["entries"].as_array().unwrap() {
            let is_missing = entry["difference"] == "only-in-a" && !shown.contains(&of(entry));
            assert!(is_missing || flagged.contains(&of(entry)), "Airflow {version}: {entry}");
        }
        if version == "2" {
            let new = MetadataDatabase::new(System::Sqlite, "3");
            user.write("new/airflow.cfg", new.cfg());
            let only = ["--only", "variables"];
            user.run([&["copy", &api, "airflow-db:new", "--yes"][..], &only].concat()).code(0);
            user.run([&["diff", &database, "airflow-db:new"][..], &only].concat()).code(0);
        }
    }
}

#[test]
fn api_is_only_read_and_wrong_use_is_named() {
    let (user, api, _) = airflow("3");
    user.write("in/variables.json", r#"{"a": "b"}"#);
    let refused = user.run(["copy", "file:in/", &api, "--yes"]).code(2);
    assert!(refused.stderr.contains("airflow-db:"), "{refused}");
    let nobody = Airbridge::new();
    let refused = nobody.run(["list", &api]).code(1);
    assert!(refused.stderr.contains("AIRFLOW_API_TOKEN"), "{refused}");
    let wrong = Airbridge::new().with("AIRFLOW_API_TOKEN", "c4n4ry-token");
    let refused = wrong.run(["list", &api]).code(1);
    assert!(!refused.to_string().contains("c4n4ry"), "{refused}");
    let other = format!("airflow-api:{}", server("AIRBRIDGE_TEST_OPENBAO"));
    let refused = user.run(["list", &other]).code(1);
    assert!(refused.stderr.contains("is not the REST API of Airflow"), "{refused}");
    let plain = user.run(["list", "airflow-api:http://acme.test"]).code(2);
    assert!(plain.stderr.contains("allow_http"), "{plain}");
}
