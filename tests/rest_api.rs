//! Airflow's REST API shows what is in its database, entry by entry, or the plan says that it does not; and it stores exactly
//! what is copied into it.

#![cfg(test)]

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use airbridge_tests::{
    ALL_LOSSES, Airbridge, AirflowApi, MetadataDatabase, Run, System, awkward_connections, awkward_values,
    server, token_service,
};
use serde_json::{Value, json};

/// The endpoints of one Airflow: its API, and its database.
fn airflow(version: &'static str) -> (Airbridge, String, &'static str) {
    let api = AirflowApi::new(version);
    let user =
        AirflowApi::user().into_iter().fold(Airbridge::new(), |user, (name, value)| user.with(name, value));
    let deployment = api.deployment().into_iter();
    let user = deployment.fold(user, |user, (name, value)| user.with(name, &value));
    (user, api.endpoint(), AirflowApi::DATABASE)
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
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for version in ["2", "3"] {
        let (user, api, database) = airflow(version);
        fill(&user, database);
        let ids = |endpoint: &str| user.run(["list", endpoint, "--ids-only"]).code(0).stdout;
        assert_eq!(ids(&api), ids(database), "Airflow {version}");
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
        let diff = user.run(["diff", database, "file:out/", "-o", "json"]).code(3).json();
        for entry in diff["entries"].as_array().unwrap() {
            let is_missing = entry["difference"] == "only-in-a" && !shown.contains(&of(entry));
            assert!(is_missing || flagged.contains(&of(entry)), "Airflow {version}: {entry}");
        }
        if version == "2" {
            let new = MetadataDatabase::new(System::Sqlite, "3");
            user.write("new/airflow.cfg", new.cfg());
            let only = ["--only", "variables"];
            user.run([&["copy", &api, "airflow-db:new", "--yes"][..], &only].concat()).code(0);
            user.run([&["diff", database, "airflow-db:new"][..], &only].concat()).code(0);
        }
    }
}

/// The tests share two servers. A listing fails when an entry is removed meanwhile.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A user with a folder of awkward entries, whose ids no other test uses: their ids, and those that the API refuses.
fn with_entries(user: &Airbridge, folder: &str) -> String {
    let prefix = AirflowApi::unique_name("t");
    let rename = |entries: Value| {
        let renamed = entries.as_object().unwrap().iter();
        Value::Object(renamed.map(|(id, value)| (format!("{prefix}_{id}"), value.clone())).collect())
    };
    let mut connections = awkward_connections();
    connections["token_in_extra"] =
        json!({ "conn_type": "http", "extra": "{\"token\": \"made-up-token-7\"}" });
    connections["text_in_extra"] = json!({ "conn_type": "http", "host": "h", "extra": "" });
    connections["everything"] = json!({
        "conn_type": "postgres", "description": "d", "host": "h", "login": "l", "password": "made-up-pw-7",
        "schema": "s", "port": 5432, "extra": "{ \"b\":1.50,\"token\":\"made-up-token-8\" }"
    });
    let mut variables = awkward_values();
    variables["my_password"] = "made-up-value-7".into();
    variables["secret_inside"] = "{\"api_key\": \"made-up-value-8\",  \"b\":1.0}".into();
    variables["described"] = json!({ "value": "v", "description": "what it is for" });
    user.write(&format!("{folder}/connections.json"), rename(connections).to_string());
    user.write(&format!("{folder}/variables.json"), rename(variables).to_string());
    prefix
}

fn copied(user: &Airbridge, from: &str, to: &str, options: &[&str]) -> Run {
    user.run([&["copy", from, to, "--yes", "--partial", "-o", "json"], &ALL_LOSSES[..], options].concat())
}

/// The differences between a folder and the entries of the database that start with `prefix`.
fn differences(user: &Airbridge, folder: &str, database: &str, prefix: &str) -> Vec<Value> {
    let run = user.run(["diff", folder, database, "--include", &format!("{prefix}_*"), "-o", "json"]);
    assert!(matches!(run.code, 0 | 3), "{run}");
    run.json()["entries"].as_array().unwrap().clone()
}

#[test]
fn api_is_a_target_that_holds_exactly_what_was_copied() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for version in ["2", "3"] {
        let (user, api, database) = airflow(version);
        let prefix = with_entries(&user, "in");
        let name = |entry: &Value| {
            let id = entry["id"].as_str().unwrap().trim_start_matches(&format!("{prefix}_"));
            format!(
                "{}:{id}",
                entry["kind"].as_str().unwrap().trim_end_matches("ection").trim_end_matches("iable")
            )
        };
        let report = copied(&user, "file:in/", &api, &[]).code(5).json();
        let entries = report["entries"].as_array().unwrap();
        let mut hidden = BTreeSet::new();
        let mut refused = BTreeSet::new();
        for entry in entries {
            let id = name(entry);
            match entry["outcome"].as_str().unwrap() {
                "verified" => {}
                "unverifiable" => {
                    let parts = entry["unverified"].as_array().unwrap();
                    assert!(
                        !parts.is_empty()
                            && parts.iter().all(|part| {
                                matches!(part.as_str(), Some("password" | "extra" | "value"))
                            }),
                        "{entry}"
                    );
                    hidden.insert(id);
                }
                "not-tried" => {
                    assert_eq!(entry["action"], "refuse", "{entry}");
                    refused.insert(id);
                }
                other => panic!("{other}: {entry}"),
            }
        }
        // Ids with characters that the API does not accept.
        let expected = ["conn:colon:in:id", "conn:folder/in/id", "conn:round(brackets)"].map(str::to_owned);
        assert_eq!(refused, BTreeSet::from(expected), "Airflow {version}");
        if version == "2" {
            assert!(hidden.contains("conn:type_alone") && !hidden.contains("var:my_password"), "{hidden:?}");
        } else {
            for id in [
                "conn:everything",
                "conn:odd_password",
                "conn:token_in_extra",
                "var:my_password",
                "var:secret_inside",
            ] {
                assert!(hidden.contains(id), "{id}: {hidden:?}");
            }
            assert!(!hidden.contains("conn:type_alone") && !hidden.contains("var:described"), "{hidden:?}");
        }
        // The database has every entry, to the byte.
        let left: BTreeSet<String> = differences(&user, "file:in/", database, &prefix)
            .into_iter()
            .map(|entry| {
                assert_eq!(entry["difference"], "only-in-a", "Airflow {version}: {entry}");
                name(&entry)
            })
            .collect();
        assert_eq!(left, refused, "Airflow {version}");

        // What the API shows whole is known to be the same; the rest can only be written again.
        let plan =
            user.run([&["plan", "file:in/", &api, "-o", "json"], &ALL_LOSSES[..]].concat()).code(4).json();
        for entry in plan["entries"].as_array().unwrap() {
            let id = name(entry);
            let expected = match id {
                id if hidden.contains(&id) => json!("conflict"),
                id if refused.contains(&id) => entry["reason"].clone(),
                _ => Value::Null,
            };
            assert_eq!(entry["reason"], expected, "Airflow {version}: {entry}");
            if hidden.contains(&name(entry)) {
                assert!(entry["message"].as_str().unwrap().contains("it hides its"), "{entry}");
            }
        }
        let again = copied(&user, "file:in/", &api, &["--on-conflict", "overwrite"]).code(5).json();
        assert_eq!(again["summary"]["replace"], hidden.len(), "Airflow {version}");
        for entry in again["entries"].as_array().unwrap().iter().filter(|entry| entry["action"] == "replace")
        {
            assert!(entry["message"].as_str().unwrap().contains("it hides its"), "{entry}");
        }
        assert_eq!(again["summary"]["unverifiable"], hidden.len(), "Airflow {version}");
    }
}

#[test]
fn replaced_entries_keep_nothing_and_the_plan_says_what_is_recreated() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for version in ["2", "3"] {
        let (user, api, database) = airflow(version);
        let prefix = with_entries(&user, "old");
        let ids: Vec<String> = ["full", "loses_password", "no_extra", "described"]
            .iter()
            .map(|id| format!("{prefix}_{id}"))
            .collect();
        let full = json!({
            "conn_type": "postgres", "description": "d", "host": "h", "login": "l", "password": "made-up-pw-9",
            "schema": "s", "port": 5432, "extra": "{\"a\": 1, \"token\": \"made-up-token-9\"}"
        });
        let connections = |values: [Value; 3]| {
            let pairs = ids.iter().cloned().zip(values);
            Value::Object(pairs.collect()).to_string()
        };
        let variables = |value: Value| json!({ ids[3].clone(): value }).to_string();
        user.write("old/connections.json", connections([full.clone(), full.clone(), full.clone()]));
        user.write("old/variables.json", variables(json!({ "value": "v", "description": "d" })));
        copied(&user, "file:old/", &api, &[]).code(0);
        let mut other = full.clone();
        other["password"] = "made-up-pw-10".into();
        user.write(
            "new/connections.json",
            connections([
                other,
                json!({ "conn_type": "http", "host": "h" }),
                json!({ "conn_type": "http", "password": "made-up-pw-11" }),
            ]),
        );
        user.write("new/variables.json", variables(json!("w")));
        let plan = ["plan", "file:new/", &api, "--on-conflict", "overwrite", "-o", "json"];
        let plan = user.run(plan).code(0).json();
        for entry in plan["entries"].as_array().unwrap() {
            assert_eq!(entry["action"], "replace", "{entry}");
            let is_recreated = entry["flags"].as_array().unwrap().contains(&json!("recreated"));
            assert_eq!(is_recreated, entry["id"] == *ids[1], "Airflow {version}: {entry}");
        }
        let text = user.run(["plan", "file:new/", &api, "--on-conflict", "overwrite"]).code(0).stdout;
        assert!(text.contains("deleted and created again"), "{text}");
        let report = copied(&user, "file:new/", &api, &["--on-conflict", "overwrite"]).code(0).json();
        assert_eq!(report["summary"]["failed"], 0, "{report}");
        assert_eq!(
            differences(&user, "file:new/", database, &prefix),
            Vec::<Value>::new(),
            "Airflow {version}"
        );
    }
}

#[test]
fn killed_copy_into_the_api_is_completed_by_the_next_run() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for version in ["2", "3"] {
        let (user, api, database) = airflow(version);
        let prefix = AirflowApi::unique_name("kill");
        // Half of them lose their password, so that they are deleted and created again.
        let entries = |round: &str| {
            let fields = |number: usize| {
                let mut fields = json!({ "conn_type": "http", "host": format!("{round}{number}") });
                if round == "old" || number.is_multiple_of(2) {
                    fields["password"] = format!("made-up-{round}-{number}").into();
                }
                (format!("{prefix}_{number:02}"), fields)
            };
            Value::Object((0..60).map(fields).collect()).to_string()
        };
        user.write("old/connections.json", entries("old"));
        user.write("new/connections.json", entries("new"));
        user.run(["copy", "file:old/", &api, "--yes"]).code(0);
        let copy = ["copy", "file:new/", &api, "--yes", "--on-conflict", "overwrite"];
        for delay in [150, 300, 450] {
            let slow = [&copy[..], &["--rate", "40"]].concat();
            let mut child = user.command(slow).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            // The kill comes while it writes: some entries are new, and some are not.
            let api = AirflowApi::new(version);
            let changed = || {
                let sql = format!(
                    "SELECT count(*) FROM connection WHERE conn_id LIKE '{prefix}%' AND host LIKE 'new%'"
                );
                api.sql(&sql).trim().parse::<usize>().unwrap()
            };
            let before = changed();
            while changed() == before && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(delay));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        user.run(copy).code(0);
        assert_eq!(
            differences(&user, "file:new/", database, &prefix),
            Vec::<Value>::new(),
            "Airflow {version}"
        );
    }
}

#[test]
fn tokens_of_google_and_astro_are_used() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let api = AirflowApi::new("3");
    let (url, token) = (api.endpoint(), api.token());
    let google = Airbridge::new();
    google.write(
        "user.json",
        json!({
            "type": "authorized_user", "client_id": "made-up", "client_secret": "made-up",
            "refresh_token": "made-up", "token_uri": token_service(&token),
        })
        .to_string(),
    );
    let google = google.with("GOOGLE_APPLICATION_CREDENTIALS", "user.json");
    google.run(["list", &format!("{url}?auth=google")]).code(0);
    let astro = Airbridge::new().with("ASTRO_API_TOKEN", &token);
    astro.run(["list", &format!("{url}?auth=astro")]).code(0);
    // Where they come from is set once.
    let both = astro.run(["list", &format!("{url}?auth=astro&username=me")]).code(2);
    assert!(both.stderr.contains("are both set"), "{both}");
    let none = Airbridge::new().run(["list", &format!("{url}?auth=astro")]).code(2);
    assert!(none.stderr.contains("ASTRO_API_TOKEN"), "{none}");
    let nobody = Airbridge::new().with("NO_GCE_CHECK", "true");
    let none = nobody.run(["list", &format!("{url}?auth=google")]).code(1);
    assert!(none.stderr.contains("gcloud auth application-default login"), "{none}");
}

#[test]
fn wrong_use_is_named() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, api, _) = airflow("3");
    let nobody = Airbridge::new();
    let refused = nobody.run(["list", &api]).code(1);
    assert!(refused.stderr.contains("AIRFLOW_API_TOKEN"), "{refused}");
    let wrong = Airbridge::new().with("AIRFLOW_API_TOKEN", "c4n4ry-token");
    let refused = wrong.run(["list", &api]).code(1);
    assert!(!refused.to_string().contains("c4n4ry"), "{refused}");
    let other = format!("airflow-api:{}", server("AIRBRIDGE_TEST_OPENBAO"));
    let user = Airbridge::new().with("AIRFLOW_API_TOKEN", "made-up");
    let refused = user.run(["list", &other]).code(1);
    assert!(refused.stderr.contains("is not the REST API of Airflow"), "{refused}");
    let plain = nobody.run(["list", "airflow-api:http://acme.test"]).code(2);
    assert!(plain.stderr.contains("allow_http"), "{plain}");
}
