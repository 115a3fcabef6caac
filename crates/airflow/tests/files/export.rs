//! `cli_export.json`: what the export commands write for the rows of a database, and what the import commands read from
//! each file.

use std::collections::BTreeSet;

use airbridge_airflow::file::{Format, Options, VariablesReader};
use airbridge_airflow::{AirflowVersion, Connection, Field, Kind, Reading, exporter_uri};
use airbridge_core::{Edit, Fields, Json, JsonStyle, Payload, SecretName};
use serde_json::{Map, Value};

use crate::cases::{
    Failures, connection, equal, expected_fields, fields, from_json, key, load, reading, records, to_json,
    version,
};

/// The exporter writes a variable that looks like JSON as JSON, and Airflow 2 drops descriptions. airbridge keeps the
/// string; see `docs/differences.md`.
const DIFFERENT: [&str; 2] = ["2.11.2 dataset variables.json", "3.3.2 dataset variables.json"];

/// All databases: two with all kinds of rows, and one for each difficult row.
fn databases(file: &Value) -> Vec<(String, &Value)> {
    let named = |database| (database_name(database), database);
    let of = |part: &str| file[part].as_array().unwrap().iter().map(named).collect::<Vec<_>>();
    [of("datasets"), of("single")].concat()
}

fn database_name(database: &Value) -> String {
    let rows = database["rows"]["connections"].as_object().unwrap();
    let what = if rows.len() == 1 { rows.keys().next().unwrap() } else { "dataset" };
    format!("{} {what}", database["airflow"].as_str().unwrap())
}

fn rows(database: &Value, kind: &str) -> Map<String, Value> {
    database["rows"][kind].as_object().unwrap().clone()
}

fn rendered(format: Format, entries: &[(String, Payload)]) -> Result<String, String> {
    let document = format.document(Options::default());
    let names: Vec<_> = entries
        .iter()
        .map(|(key, _)| SecretName::new(format!("{}/{key}", format.kinds()[0].plural())))
        .collect();
    let edits: Vec<_> = names
        .iter()
        .zip(entries)
        .map(|(name, (_, payload))| Edit { name, payload: Some(payload), metadata: None })
        .collect();
    for (name, (_, payload)) in names.iter().zip(entries) {
        document.check(name, payload).map_err(|rejection| format!("{name}: {}", rejection.message))?;
    }
    let rendered = document.render(None, &edits).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(rendered.bytes.to_vec()).unwrap())
}

fn row_fields(row: &Value) -> Fields {
    Field::ALL.into_iter().map(|field| (field.name(), to_json(&row[field.name()]))).collect()
}

fn row_connection(row: &Value) -> Connection {
    let mut connection = Connection::default();
    for field in Field::ALL {
        *connection.get_mut(field) = to_json(&row[field.name()]);
    }
    connection
}

fn as_fields(rows: &Map<String, Value>) -> Vec<(String, Payload)> {
    rows.iter().map(|(id, row)| (id.clone(), Payload::Fields(row_fields(row)))).collect()
}

fn as_uris(rows: &Map<String, Value>, version: AirflowVersion) -> Vec<(String, Payload)> {
    let uri = |row| exporter_uri(&row_connection(row), version.core_reader()).unwrap();
    rows.iter().map(|(id, row)| (id.clone(), Payload::Text(uri(row)))).collect()
}

#[test]
fn rows_are_exported_like_airflow() {
    let file = load("cli_export.json");
    let mut failures = Failures::default();
    for (name, database) in databases(&file) {
        let version = version(database["airflow"].as_str().unwrap());
        let connections = rows(database, "connections");
        for (export, written) in database["exports"].as_object().unwrap() {
            let written = written["content"].as_str().unwrap();
            let ours = match export.as_str() {
                "connections.json" => rendered(Format::ConnectionsJson, &as_fields(&connections)),
                "connections.env" => rendered(Format::ConnectionsEnv, &as_uris(&connections, version)),
                "connections.yaml" => {
                    rendered(Format::ConnectionsYaml, &as_fields(&connections)).map(|ours| yaml_rows(&ours))
                }
                "variables.json" => rendered(Format::VariablesJson, &variables(&rows(database, "variables"))),
                // Airflow cannot read this file back, and airbridge never writes it. Another test reads it.
                "connections-json.env" => continue,
                other => panic!("{other}"),
            };
            let written = if export == "connections.yaml" { yaml_rows(written) } else { written.to_owned() };
            let outcome = ours.and_then(|ours| equal("text", &written, &ours));
            failures.check(&format!("{name} {export}"), outcome);
        }
    }
    failures.report(&DIFFERENT, 24);
}

/// The rows of a YAML file, for comparing files.
fn yaml_rows(text: &str) -> String {
    let format = Format::ConnectionsYaml;
    let rows: Map<String, Value> = records(format, VariablesReader::Import, AirflowVersion::V2_11, text)
        .unwrap()
        .iter()
        .map(|record| {
            let connection = connection(format, AirflowVersion::V2_11, record).unwrap();
            (key(record).to_owned(), Value::Object(fields(&connection)))
        })
        .collect();
    Value::Object(rows).to_string()
}

fn variables(rows: &Map<String, Value>) -> Vec<(String, Payload)> {
    let payload = |row: &Value| {
        let value = row["val"].as_str().unwrap();
        match row["description"].as_str() {
            None => Payload::text(value),
            Some(text) => Payload::Fields(Fields::from_iter([
                ("value", Json::string(value)),
                ("description", Json::string(text)),
            ])),
        }
    };
    rows.iter().map(|(key, row)| (key.clone(), payload(row))).collect()
}

/// Compares the exporter's file without the variables whose type it changes, and checks which variables these are.
#[test]
fn variables_that_keep_their_text_are_exported_byte_for_byte() {
    let file = load("cli_export.json");
    for database in file["datasets"].as_array().unwrap() {
        let all = rows(database, "variables");
        let exported = database["exports"]["variables.json"]["content"].as_str().unwrap();
        let exported: Map<String, Value> = serde_json::from_str(exported).unwrap();
        let kept: Map<_, _> = all
            .into_iter()
            .filter(|(key, row)| {
                let written = &exported[key];
                let value = written.get("value").unwrap_or(written);
                let has_description = written.get("description").is_some() == row["description"].is_string();
                value == &row["val"] && has_description
            })
            .collect();
        let expected = Value::Object(kept.keys().map(|key| (key.clone(), exported[key].clone())).collect());
        let expected = to_json(&expected).to_text(JsonStyle::indented(4).sorted());
        let ours = rendered(Format::VariablesJson, &variables(&kept)).unwrap();
        assert_eq!(ours, expected.expose(), "{}", database["airflow"]);

        let changed: BTreeSet<_> = exported.keys().filter(|key| !kept.contains_key(*key)).cloned().collect();
        let mut retyped = BTreeSet::from(
            [
                "big_number",
                "exp_text",
                "float_text",
                "json_list",
                "json_list_one",
                "json_object_indented",
                "json_padded",
                "json_unicode",
                "null_text",
                "true_text",
            ]
            .map(str::to_owned),
        );
        if database["airflow"] == "2.11.2" {
            retyped.extend(["quoted_number", "quoted_text", "with_description"].map(str::to_owned));
        }
        assert_eq!(changed, retyped, "{}", database["airflow"]);
    }
}

#[test]
fn exported_files_are_read_like_airflows_import() {
    let file = load("cli_export.json");
    let mut failures = Failures::default();
    for (name, database) in databases(&file) {
        for import in database["imports"].as_array().unwrap() {
            let file = import["file"].as_str().unwrap();
            let importer = import["airflow"].as_str().unwrap();
            let content = database["exports"][file]["content"].as_str().unwrap();
            let outcome = match file {
                "variables.json" => imported_variables(content, import),
                "connections-json.env" => meant_connections(content, database, version(importer)),
                _ => imported_connections(file, content, import),
            };
            failures.check(&format!("{name} {file} into {importer}"), outcome);
        }
    }
    failures.report(&[], 48);
}

fn imported_connections(file: &str, content: &str, import: &Value) -> Result<(), String> {
    let format = Format::parse(&file.replace('.', "-")).unwrap();
    let version = version(import["airflow"].as_str().unwrap());
    let found = records(format, VariablesReader::Import, version, content)?;
    if !import["error"].is_null() {
        // Airflow rejects the whole file for one row. airbridge reports the row.
        let bad = found.iter().filter(|record| connection(format, version, record).is_err()).count();
        return if bad > 0 { Ok(()) } else { Err(format!("Airflow raises {}", import["error"])) };
    }
    let rows = import["rows"].as_object().unwrap();
    let ids: Vec<_> = found.iter().map(|record| key(record).to_owned()).collect();
    equal("ids", &rows.keys().cloned().collect(), &ids)?;
    found.iter().try_for_each(|record| {
        let connection = connection(format, version, record)?;
        equal(key(record), &expected_fields(&rows[key(record)]), &fields(&connection))
    })
}

/// A file of `--serialization-format json`. Airflow imports garbage; airbridge reads the intended connections with a
/// note.
fn meant_connections(content: &str, database: &Value, version: AirflowVersion) -> Result<(), String> {
    let format = Format::ConnectionsEnv;
    let rows = rows(database, "connections");
    let found = records(format, VariablesReader::Import, version, content)?;
    equal("count", &rows.len(), &found.len())?;
    found.iter().try_for_each(|record| {
        let connection = connection(format, version, record)?;
        let mut meant = row_connection(&rows[key(record)]);
        // The value is read like any other JSON, so its type is normalised.
        meant = meant.normalised();
        equal("note", &true, &record.note.is_some())?;
        equal(key(record), &fields(&meant), &fields(&connection))
    })
}

fn imported_variables(content: &str, import: &Value) -> Result<(), String> {
    let format = Format::VariablesJson;
    let version = version(import["airflow"].as_str().unwrap());
    let rows = import["rows"].as_object().unwrap();
    let found = records(format, VariablesReader::Import, version, content)?;
    equal("count", &rows.len(), &found.len())?;
    found.iter().try_for_each(|record| {
        let row = &rows[key(record)];
        match reading(format, version, Kind::Variable, record)? {
            Reading::Value { value, description, .. } => {
                equal(key(record), &row["val"], &from_json(&value))?;
                equal(key(record), &row["description"], &from_json(&description))
            }
            other => Err(format!("{other:?}")),
        }
    })
}
