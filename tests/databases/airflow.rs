//! What airbridge writes is read by Airflow's command line and by real tasks, and what Airflow writes by airbridge.

use std::collections::BTreeSet;

use airbridge_tests::{
    ALL_LOSSES, Airbridge, CopyResult, Ids, Judge, MetadataDatabase, Place, RealAirflow, System, VaultMount,
    Version, awkward_connections, awkward_values, repository,
};
use serde_json::{Map, Value, json};

/// Every connection of the recorded vectors, and the awkward ones.
fn connections() -> Map<String, Value> {
    let vectors = std::fs::read(repository("tests/vectors/connection_to_uri.json")).unwrap();
    let vectors: Value = serde_json::from_slice(&vectors).unwrap();
    let of_vectors = vectors["cases"].as_array().unwrap().iter().map(|case| {
        let mut fields = case["input"]["fields"].clone();
        fields.as_object_mut().unwrap().remove("conn_id");
        (case["id"].as_str().unwrap().to_owned(), fields)
    });
    let mut all: Map<String, Value> = of_vectors.collect();
    all.extend(awkward_connections().as_object().unwrap().clone());
    all
}

/// What the command line exported and a task read, in the form of the judge's answers.
fn as_answer(export: &Value, read: &Value, source: &Value) -> Value {
    let connection = |(id, task): (&String, &Value)| {
        let mut task = task.clone();
        // Tasks get no description.
        if task.is_object() {
            task["description"] = source["connections"][id]["task"]["description"].clone();
        }
        (id.clone(), json!({ "core": export["connections"][id], "task": task }))
    };
    let connections: Map<String, Value> =
        read["connections"].as_object().unwrap().iter().map(connection).collect();
    json!({ "connections": connections, "variables": read["variables"] })
}

/// The value of a variable in Airflow's export, which has most text that is JSON as what it means.
fn exported(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    serde_json::from_str(text).unwrap_or_else(|_| value.clone())
}

#[test]
fn rows_that_airbridge_wrote_are_read_by_airflow_as_the_source() {
    let user = Airbridge::new();
    user.write("all/connections.json", Value::Object(connections()).to_string());
    user.write("all/variables.json", awkward_values().to_string());
    // One entry that Airflow cannot read makes a whole file unreadable. airbridge copies the others to another folder.
    let all = Place::folder(user.home(), "all");
    let run = user.run(["copy", &all.endpoint, "file:read/", "--yes", "--partial", "-o", "json"]).code(5);
    let everything = CopyResult::of("folder to folder".to_owned(), &run.json()).ids();
    let counts = (everything.connections.len(), everything.variables.len());
    assert_eq!(counts, (251, awkward_values().as_object().unwrap().len()));
    let source = Place::folder(user.home(), "read");
    let mut judge = Judge::new();
    judge.read(&source, &everything, None);
    let source_answer = judge.answers().remove(0);
    for system in System::ALL {
        for (airflow, version) in [("2", Version::V2), ("3", Version::V3)] {
            let database = MetadataDatabase::new(system, airflow);
            let place = Place::database(&database);
            let mut arguments =
                vec!["copy", "file:read/", &place.endpoint, "--yes", "--partial", "-o", "json"];
            arguments.extend(ALL_LOSSES);
            let run: airbridge_tests::Run =
                user.command(&arguments).envs(place.settings.clone()).output().unwrap().into();
            let between = format!("folder to {system:?} of Airflow {airflow}");
            let result = CopyResult::of(between.clone(), &run.code(5).json());
            let ids = result.ids();
            let refused = everything.connections.len() - ids.connections.len();
            assert!(
                refused <= 25,
                "{between}: {refused} connections were refused: {:?}",
                refused_ids(&everything, &ids)
            );
            assert_eq!(ids.variables.len(), everything.variables.len(), "{between}");

            let real = RealAirflow::new(version, database.variables());
            let export = real.export();
            let names: BTreeSet<&String> = export["connections"].as_object().unwrap().keys().collect();
            assert_eq!(names, ids.connections.iter().collect(), "{between}: what Airflow exports");
            for (key, value) in awkward_values().as_object().unwrap() {
                let found = &export["variables"][key];
                assert!(found == value || *found == exported(value), "{between}: variable {key}");
            }
            let answer = as_answer(&export, &real.read(&ids), &source_answer);
            let different = result.differences(&source_answer, &answer);
            assert!(different.is_empty(), "{}:\n{}", different.len(), different.join("\n"));

            let mut again = user.command(&arguments);
            let run: airbridge_tests::Run = again.envs(place.settings.clone()).output().unwrap().into();
            let report = run.code(5).json();
            assert_eq!(report["summary"]["create"], 0, "{report}");
        }
    }
}

fn refused_ids(all: &Ids, copied: &Ids) -> Vec<String> {
    all.connections.difference(&copied.connections).cloned().collect()
}

/// Out of Airflow 2 on PostgreSQL, into Vault, and read by Airflow 3 with the settings that airbridge printed.
#[test]
fn airflow_3_reads_from_vault_what_airflow_2_had_in_its_database() {
    let database = MetadataDatabase::new(System::Postgres, "2");
    let old = RealAirflow::new(Version::V2, database.variables());
    // Ids that the command line accepts, and extras that Airflow 3 accepts.
    let connections: Map<String, Value> = awkward_connections()
        .as_object()
        .unwrap()
        .iter()
        .filter(|(id, _)| id.chars().all(|char| char.is_ascii_alphanumeric() || "_-.".contains(char)))
        .filter(|(id, _)| *id != "not_a_number")
        .map(|(id, fields)| (id.clone(), fields.clone()))
        .collect();
    old.fill(&json!({ "connections": connections, "variables": awkward_values() }));
    let before = old.export();
    let ids = Ids {
        connections: before["connections"].as_object().unwrap().keys().cloned().collect(),
        variables: awkward_values().as_object().unwrap().keys().cloned().collect(),
        config: BTreeSet::new(),
    };
    assert_eq!(ids.connections.len(), connections.len());
    let source = old.read(&ids);

    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    user.write("old/airflow.cfg", database.cfg());
    let command =
        ["copy", "airflow-db:old/airflow.cfg", &vault.endpoint(), "--yes", "--print-airflow-config"];
    let run = user.run(command).code(0);
    let (_, section) = run.stdout.split_once("[secrets]\n").unwrap_or_else(|| panic!("{run}"));

    let empty = MetadataDatabase::new(System::Sqlite, "3");
    let variables = [empty.variables(), vault.variables()].concat();
    let new = RealAirflow::new(Version::V3, variables).with_cfg(&format!("[secrets]\n{section}"));
    let target = new.read(&ids);
    for id in &ids.connections {
        assert_eq!(source["connections"][id], target["connections"][id], "{id}, as a task");
        assert!(target["connections"][id].is_object(), "{id} is missing");
    }
    assert_eq!(source["variables"], target["variables"]);
    let mut judge = Judge::new();
    judge.read(&Place::vault(&vault), &ids, None);
    let answer = judge.answers().remove(0);
    for id in &ids.connections {
        let mut wanted = before["connections"][id].clone();
        let mut found = answer["connections"][id]["core"].clone();
        for fields in [&mut wanted, &mut found] {
            // Neither is distinguished where a connection is stored as fields.
            for (_, value) in fields.as_object_mut().unwrap() {
                if *value == "" {
                    *value = Value::Null;
                }
            }
        }
        assert_eq!(wanted, found, "{id}, as core");
    }
}
