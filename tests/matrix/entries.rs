//! The entries that are copied between every pair: all field values of the recorded vectors, the awkward sets of
//! `judge.rs`, and ids and sizes on both sides of every limit.

use std::collections::BTreeMap;

use airbridge_tests::{awkward_connections, awkward_values, repository};
use serde_json::{Map, Value, json};

type Entries = Map<String, Value>;

/// Connections in the form of Airflow's files.
pub(crate) fn connections() -> Entries {
    let mut all = of_vectors();
    all.extend(object(awkward_connections()));
    all.extend(object(json!({
        "absent": { "conn_type": "x", "host": null, "schema": null, "login": null },
        "description": { "conn_type": "x", "host": "h", "description": "what it is for, in ünïcode" },
        "description_empty": { "conn_type": "x", "host": "h", "description": "" },
        "port_zero": { "conn_type": "x", "host": "h", "port": 0 },
        "port_too_high": { "conn_type": "x", "host": "h", "port": 70_000 },
        "everything": {
            "conn_type": "postgres", "description": "the lot", "host": "Db.Example.test", "schema": "app", "login": "u",
            "password": "p", "port": 5432, "extra": "{\"sslmode\": \"require\", \"keepalives\": 30}",
        },
    })));
    for id in
        ids().into_iter().chain([&*"c".repeat(107), &*"c".repeat(108), &*"c".repeat(235), &*"c".repeat(236)])
    {
        all.insert(id.to_owned(), json!({ "conn_type": "x", "host": "h", "password": id }));
    }
    all
}

/// Variables.
pub(crate) fn variables() -> Entries {
    let mut all = object(awkward_values());
    all.insert("empty".to_owned(), "".into());
    all.insert("blank".to_owned(), " ".into());
    all.insert("control".to_owned(), "bell \u{7} escape \u{1b}[0m end".into());
    all.insert("not_a_template".to_owned(), "{ { x } }".into());
    // Parameter Store: 4,096 bytes; Key Vault: 25,000; Secrets Manager and Google: 65,536. Two bytes per character.
    for bytes in [4_096, 25_000, 65_536] {
        all.insert(format!("bytes_{bytes}"), "é".repeat(bytes / 2).into());
        all.insert(format!("bytes_{bytes}_and_one"), format!("{}x", "é".repeat(bytes / 2)).into());
    }
    // The longest keys, and one character more: Key Vault, Google, Secrets Manager, Parameter Store in us-east-1.
    for length in [109, 237, 494, 948] {
        for length in [length, length + 1] {
            all.insert("k".repeat(length), format!("{length} letters").into());
        }
    }
    // Parameter Store: 15 levels, two of which are Airflow's.
    for levels in [13, 14] {
        all.insert(vec!["level"; levels].join("/"), format!("{levels} levels").into());
    }
    for id in
        ids().into_iter().chain(["a@b", "with blank", "quote'\"", "a=b", "100%41", "*", "$HOME", "#hash"])
    {
        all.insert(id.to_owned(), format!("of {id}").into());
    }
    all
}

/// Config options.
pub(crate) fn config() -> Entries {
    object(json!({
        "sql_alchemy_conn": "postgresql+psycopg2://u:p%40ss@h/airflow",
        "smtp_password": " blanks and a break\n",
        "fernet-key": "YWlyYnJpZGdlIHRlc3Qga2V5LCAzMiBieXRlcyBsb24=",
    }))
}

/// A team's entries: connections and variables. Config options belong to no team.
pub(crate) fn of_a_team() -> (Entries, Entries) {
    let connections = json!({
        "db": { "conn_type": "postgres", "host": "Team.Example.test", "password": "p@ss:w/rd ü" },
        "under_score": { "conn_type": "x", "extra": "{\"a\": 1.50}" },
        "Capital": { "conn_type": "x", "host": "h" },
        "two--dashes": { "conn_type": "x", "host": "h" },
        "two__scores": { "conn_type": "x", "host": "h" },
        "three___scores": { "conn_type": "x", "host": "h" },
        "slash/in": { "conn_type": "x", "host": "h" },
    });
    let variables = json!({ "key": " of the team\n", "a.b": "dotted", "under_score": "{\"a\": 1}" });
    (object(connections), object(variables))
}

/// Ids that some endpoint refuses, changes or confuses with another id.
fn ids() -> Vec<&'static str> {
    vec![
        "twin",
        "Twin",
        "TWIN2",
        "two_words",
        "two-words",
        "dotted.id",
        "a..b",
        "trailing.",
        "node",
        "node/leaf",
        "double//slash",
        "/leading",
        "trailing/",
        "./dot",
        "colon:id",
        "sharp#id",
        "bang!",
        "back\\slash",
        "ünï",
        "team--id",
        "under__scores",
        "three___scores",
        "ends-in-abc123",
    ]
}

/// Connections that together have every value of every field of the vectors. The lists have different lengths and
/// offsets, so that every field is absent somewhere.
fn of_vectors() -> Entries {
    let text = std::fs::read_to_string(repository("tests/vectors/connection_to_uri.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let cases: Vec<_> =
        vectors["cases"].as_array().unwrap().iter().map(|case| &case["input"]["fields"]).collect();
    let values = |field: &str| {
        let mut found: Vec<Value> = Vec::new();
        for value in cases.iter().filter_map(|fields| fields.get(field)) {
            // Values that Airflow 3 rejects would make the whole file fail; other tests cover them.
            let fit = field != "extra" || value.as_str().is_some_and(is_object);
            if fit && value != "" && !found.contains(value) {
                found.push(value.clone());
            }
        }
        found
    };
    let lists =
        ["host", "extra", "login", "password", "schema", "conn_type"].map(|field| (field, values(field)));
    let count = lists.iter().map(|(_, values)| values.len()).max().unwrap();
    let connection = |number: usize| {
        let mut fields = Map::new();
        for (step, (field, values)) in lists.iter().enumerate() {
            if let Some(value) = values.get((number + 5 * step) % count) {
                fields.insert((*field).to_owned(), value.clone());
            }
        }
        fields.entry("conn_type").or_insert_with(|| "x".into());
        if number.is_multiple_of(3) {
            fields.insert("port".to_owned(), (number + 1).into());
        }
        (format!("vector_{number:02}"), Value::Object(fields))
    };
    (0..count).map(connection).collect()
}

/// Whether Python, which accepts `NaN`, reads a JSON object.
fn is_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(&text.replace("NaN", "0").replace("1e400", "0")).is_ok()
}

fn object(value: Value) -> Entries {
    let Value::Object(entries) = value else { panic!("an object") };
    entries
}

/// The same entries as environment variables, if an environment can have the name; the first of two with one name.
pub(crate) fn environment(connections: &Entries, variables: &Entries) -> Vec<(String, String)> {
    let mut all = BTreeMap::new();
    for (kind, entries) in [("CONN", connections), ("VAR", variables)] {
        for (id, entry) in entries.iter().filter(|(id, _)| !id.contains(['=', '\0'])) {
            let mut entry = entry.clone();
            if let Value::Object(fields) = &mut entry {
                fields.retain(|_, value| !value.is_null());
            }
            let text = entry.as_str().map_or_else(|| entry.to_string(), str::to_owned);
            all.entry(format!("AIRFLOW_{kind}_{}", id.to_uppercase())).or_insert(text);
        }
    }
    all.into_iter().collect()
}
