//! Copies to and from a database: between systems, killed on the way, and in every direction.

use std::time::Duration;

use airbridge_tests::{Airbridge, MetadataDatabase, Run, System, all_samples, rows};
use serde_json::{Value, json};

/// A user with an `airflow.cfg` for each database.
fn user_of(databases: &[(&str, &MetadataDatabase)]) -> Airbridge {
    let user = Airbridge::new();
    for (name, database) in databases {
        user.write(&format!("{name}/airflow.cfg"), database.cfg());
    }
    user
}

#[test]
fn databases_are_listed_shown_copied_compared_and_exported() {
    let [postgres, mariadb, sqlite] = System::ALL.map(|system| MetadataDatabase::new(system, "3"));
    let user = user_of(&[("a", &postgres), ("b", &mariadb), ("c", &sqlite)]);
    let sample = all_samples(&user);
    // Config options have no place there.
    let refused = user.run(["plan", sample, "airflow-db:a"]).code(4);
    assert!(refused.to_string().contains("--only"), "{refused}");
    let only = ["copy", sample, "airflow-db:a", "--yes", "--only", "connections,variables", "-o", "json"];
    let report = user.run(only).code(0).json();
    assert_eq!(report["summary"]["create"], 10, "{report}");
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "a")] {
        let (from, to) = (format!("airflow-db:{from}/airflow.cfg"), format!("airflow-db:{to}"));
        user.run(["copy", &from, &to, "--yes"]).code(0);
        user.run(["diff", &from, &to]).code(0);
    }
    user.run(["diff", "file:all/", "airflow-db:c", "--only", "connections,variables"]).code(0);
    let list = user.run(["list", "airflow-db:b", "--ids-only"]).code(0);
    assert_eq!(list.stdout.lines().count(), 10, "{list}");
    let shown = user.run(["show", "airflow-db:b", "conn:postgres_default", "-o", "json"]).code(0).json();
    assert_eq!(shown["entries"][0]["fields"]["password"], "***", "{shown}");
    user.run(["export", "airflow-db:a", "out/"]).code(0);
    user.run(["diff", "airflow-db:a", "file:out/"]).code(0);
    user.run(["import", "file:out/", "airflow-db:b", "--yes"]).code(0);
    let plan = user.run(["plan", "file:out/", "airflow-db:b", "-o", "json"]).code(0).json();
    assert!(rows(&plan, "action").iter().all(|(_, action)| action == "keep"), "{plan}");
}

#[test]
fn replaced_rows_are_planned_with_their_fields_and_written() {
    for system in System::ALL {
        let database = MetadataDatabase::new(system, "3");
        let user = user_of(&[("d", &database)]);
        user.write(
            "one.json",
            r#"{"db": {"conn_type": "http", "host": "h1", "password": "canary-1", "port": 1}}"#,
        );
        user.write(
            "two.json",
            r#"{"db": {"conn_type": "http", "host": "h2", "password": "canary-2", "port": 2}}"#,
        );
        let copy = |file: &str, option: &str| {
            user.run([
                "copy",
                &format!("file:{file}?format=connections-json"),
                "airflow-db:d",
                "--yes",
                "--on-conflict",
                option,
            ])
        };
        copy("one.json", "fail").code(0);
        let before = database.rows();
        copy("two.json", "fail").code(4);
        assert_eq!(database.rows(), before, "{system:?}: a refused plan wrote");
        let run = copy("two.json", "overwrite").code(0);
        assert!(run.to_string().contains("h1 → h2") && !run.to_string().contains("canary"), "{run}");
        let shown = user.run(["show", "airflow-db:d", "conn:db", "--reveal", "-o", "json"]).code(0).json();
        assert_eq!(
            (&shown["entries"][0]["fields"]["host"], &shown["entries"][0]["fields"]["password"]),
            (&json!("h2"), &json!("canary-2"))
        );
        assert!(!database.rows().contains("canary"), "{system:?}");
    }
}

#[test]
fn airflow_3_cannot_hold_some_ids_and_extras_and_the_plan_says_so() {
    let database = MetadataDatabase::new(System::Sqlite, "3");
    let user = user_of(&[("d", &database)]);
    let connections = json!({
        "folder/id": { "conn_type": "x" },
        "with blank": { "conn_type": "x" },
        "fine": { "conn_type": "x" },
        "list": { "conn_type": "x", "extra": "[1]" },
    });
    user.write("connections.json", connections.to_string());
    let source = "file:connections.json?airflow_version=2.11";
    let plan = user.run(["plan", source, "airflow-db:d", "-o", "json"]).code(4).json();
    let reasons = rows(&plan, "reason");
    let reason =
        |id: &str| &reasons.iter().find(|(entry, _)| entry == &format!("connection:{id}")).unwrap().1;
    assert_eq!(reason("folder/id"), "id-not-reachable");
    assert_eq!(reason("with blank"), "id-not-reachable");
    assert_eq!(reason("list"), "loss");
    assert_eq!(reason("fine"), &Value::Null);
    // Airflow 2 holds all but the blank.
    let database = MetadataDatabase::new(System::Sqlite, "2");
    user.write("d/airflow.cfg", database.cfg());
    let plan = user.run(["plan", source, "airflow-db:d", "-o", "json"]).code(4).json();
    assert_eq!(plan["summary"]["create"], 3, "{plan}");
}

#[test]
fn ids_that_differ_in_case_only_collide_where_the_database_says_so() {
    let (mariadb, postgres) =
        (MetadataDatabase::new(System::MariaDb, "3"), MetadataDatabase::new(System::Postgres, "3"));
    let user = user_of(&[("m", &mariadb), ("p", &postgres)]);
    user.write("connections.json", r#"{"smtp": {"conn_type": "x"}, "SMTP": {"conn_type": "y"}}"#);
    user.run(["copy", "connections.json", "airflow-db:p", "--yes"]).code(0);
    let plan = user.run(["plan", "connections.json", "airflow-db:m", "-o", "json"]).code(4).json();
    assert!(rows(&plan, "reason").iter().all(|(_, reason)| reason == "collision"), "{plan}");
}

/// A copy that is killed leaves all of it or nothing, and the next one completes it.
#[test]
fn killed_copy_leaves_all_or_nothing() {
    let variables: serde_json::Map<String, Value> =
        (0..4_000).map(|number| (format!("v{number}"), json!(format!("value {number}")))).collect();
    for system in System::ALL {
        let mut killed = 0;
        for pause in [40, 80, 120, 160, 200, 250, 300, 350, 400] {
            let database = MetadataDatabase::new(system, "3");
            let user = user_of(&[("d", &database)]);
            user.write("variables.json", Value::Object(variables.clone()).to_string());
            let command = ["copy", "variables.json", "airflow-db:d", "--yes"];
            let mut child = user
                .command(command)
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(pause));
            let ended = child.try_wait().unwrap().is_some();
            child.kill().unwrap();
            child.wait().unwrap();
            let count = || database.sql("SELECT count(*) FROM variable").trim().to_owned();
            // A server may still be working on what it was sent.
            let mut found = count();
            for _ in 0..50 {
                if found == "0" || found == "4000" {
                    break;
                }
                std::thread::sleep(Duration::from_millis(100));
                found = count();
            }
            assert!(found == "0" || found == "4000", "{system:?}: {found} rows after {pause} ms");
            killed += usize::from(!ended);
            let run: Run = user.run(command).code(0);
            assert_eq!(count(), "4000", "{run}");
            if ended {
                break;
            }
        }
        assert!(killed > 0, "{system:?}: no copy was killed");
    }
}

#[test]
fn databases_are_places_for_every_team() {
    let database = MetadataDatabase::new(System::Postgres, "3");
    database.sql("INSERT INTO team (name) VALUES ('red')");
    let user = user_of(&[("d", &database)]);
    user.write("connections.json", r#"{"shared": {"conn_type": "x"}}"#);
    user.write("red.json", r#"{"own": {"conn_type": "x"}, "shared": {"conn_type": "y"}}"#);
    user.run(["copy", "connections.json", "airflow-db:d", "--yes"]).code(0);
    let red = "file:red.json?format=connections-json";
    let plan = user.run(["plan", red, "airflow-db:d", "--team", "red", "-o", "json"]).code(4).json();
    let refused = rows(&plan, "reason").into_iter().find(|(id, _)| id == "connection:shared").unwrap();
    assert_eq!(refused.1, "name-taken", "{plan}");
    user.run(["copy", red, "airflow-db:d", "--team", "red", "--yes", "--exclude", "conn:shared"]).code(0);
    let list = |options: &[&str]| {
        let run = user.run([&["list", "airflow-db:d", "--ids-only"], options].concat()).code(0);
        run.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), ["conn:shared"]);
    assert_eq!(list(&["--team", "red"]), ["conn:own"]);
}
