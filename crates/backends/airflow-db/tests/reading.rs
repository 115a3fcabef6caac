//! Reading: what rows become, and what keeps one from being read.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use airbridge_backend_airflow_db::{DatabaseStore, Fernet, Settings, open};
use airbridge_core::{
    Content, Fields, Json, NamePrefix, Payload, Read, SecretName, SecretStore, SecretStoreExt, SecretText,
    State,
};
use common::{Database, KEY, SYSTEMS, System, settings};
use serde_json::Value;

const OTHER_KEY: &str = "YW5vdGhlciB2ZWN0b3Iga2V5IEIuLi4uLi4uLi4uLi4=";

fn vectors(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/airflow-db").join(file)
}

async fn names(store: &DatabaseStore) -> Vec<SecretName> {
    let headers = store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap();
    headers.into_iter().map(|header| header.name).collect()
}

async fn read(store: &DatabaseStore, name: &str) -> Content {
    let found = store.read_batch(&[Read::current(name.into())]).await.unwrap().remove(0).unwrap();
    found.unwrap_or_else(|| panic!("{name} is absent")).content
}

async fn fields(store: &DatabaseStore, name: &str) -> Fields {
    match read(store, name).await {
        Content::Payload(Payload::Fields(fields)) => fields,
        other => panic!("{name}: {other:?}"),
    }
}

async fn why_hidden(store: &DatabaseStore, name: &str) -> String {
    match read(store, name).await {
        Content::Hidden(State::Damaged { message }) => message,
        other => panic!("{name}: {other:?}"),
    }
}

/// As in `expected.json`.
fn as_json(value: Option<&Json>) -> Value {
    match value {
        None | Some(Json::Null) => Value::Null,
        Some(Json::String(text)) => text.expose().into(),
        Some(Json::Number(text)) => text.expose().parse::<i64>().unwrap().into(),
        Some(other) => panic!("{other:?}"),
    }
}

/// `tests/vectors/airflow-db`: databases of Airflow 2.11.2 and 3.3.2, with rows under two keys and in clear, and what Airflow
/// reads from each.
#[tokio::test]
async fn recorded_databases_are_read_completely_and_not_changed() {
    let expected: Value = serde_json::from_slice(&std::fs::read(vectors("expected.json")).unwrap()).unwrap();
    for (version, count) in [("2.11.2", 47), ("3.3.2", 48)] {
        let database = &expected["databases"][version];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("airflow.db");
        std::fs::copy(vectors(database["file"].as_str().unwrap()), &path).unwrap();
        let before = std::fs::read(&path).unwrap();
        let keys = SecretText::new(expected["fernet_key"].as_str().unwrap());
        let url = format!("sqlite:///{}", path.display());
        let mut read_rows = 0;
        for team in [None, Some("team_a".to_owned())] {
            if version == "2.11.2" && team.is_some() {
                continue;
            }
            let settings =
                Settings { fernet_key: keys.clone(), write: false, team: team.clone(), ..settings(&url) };
            let store = open(settings).await.unwrap();
            for name in names(&store).await {
                let (kind, id) = name.as_str().split_once('/').unwrap();
                let row = &database["rows"][kind][id];
                let fields = fields(&store, name.as_str()).await;
                let wanted = row.as_object().unwrap_or_else(|| panic!("{name} is not expected")).iter();
                for (column, value) in wanted.filter(|(column, _)| *column != "team_name") {
                    let field = if column == "val" { "value" } else { column };
                    assert_eq!(as_json(fields.get(field)), *value, "{version}, {name}, {field}");
                }
                assert_eq!(row["team_name"].as_str(), team.as_deref(), "{name}");
                read_rows += 1;
            }
        }
        assert_eq!(read_rows, count, "{version}");
        assert!(std::fs::read(&path).unwrap() == before, "{version}: reading changed the file");
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1, "{version}: reading left another file");
    }
}

/// A row for each state of encryption. Returns the columns of a connection.
fn row(
    id: &str,
    password: Option<&str>,
    encrypted: Option<bool>,
    extra: Option<&str>,
) -> BTreeMap<&'static str, String> {
    let text = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
    let flag = |flag: Option<bool>| flag.map_or("NULL".to_owned(), |flag| flag.to_string().to_uppercase());
    [
        ("conn_id", text(Some(id))),
        ("conn_type", text(Some("generic"))),
        ("password", text(password)),
        ("extra", text(extra)),
        ("is_encrypted", flag(encrypted)),
        ("is_extra_encrypted", flag(Some(extra.is_some()))),
    ]
    .into()
}

async fn insert(database: &Database, row: BTreeMap<&'static str, String>) {
    let columns: Vec<_> = row.keys().copied().collect();
    let values: Vec<_> = row.into_values().collect();
    database
        .run(&format!("INSERT INTO connection ({}) VALUES ({})", columns.join(", "), values.join(", ")))
        .await;
}

#[tokio::test]
async fn each_row_that_no_key_opens_says_why_and_the_others_are_read() {
    let token = |key: &str, text: &str| Fernet::new(&SecretText::new(key)).unwrap().encrypt(text).unwrap();
    let (current, former) = (token(KEY, "current"), token(OTHER_KEY, "former"));
    for system in SYSTEMS {
        let database = Database::new(system, "2").await;
        insert(&database, row("current", Some(&current), Some(true), None)).await;
        insert(&database, row("former", Some(&former), Some(true), None)).await;
        insert(&database, row("cut", Some(&current[..40]), Some(true), None)).await;
        insert(&database, row("clear", Some("clear"), None, None)).await;
        insert(&database, row("both", Some(&current), Some(true), Some(&former))).await;
        insert(&database, row("nothing", None, None, None)).await;
        database.run("INSERT INTO variable (val, is_encrypted) VALUES ('no key', NULL)").await;

        let with = |keys: String| Settings {
            fernet_key: SecretText::new(keys),
            write: false,
            ..database.settings()
        };
        let store = open(with(KEY.to_owned())).await.unwrap();
        let mut found = names(&store).await;
        found.sort();
        let listed: Vec<_> = found.iter().map(SecretName::as_str).collect();
        let ids = ["both", "clear", "current", "cut", "former", "nothing"];
        assert_eq!(listed, ids.map(|id| format!("connections/{id}")), "{system:?}");
        let password = |fields: &Fields| fields.get("password").and_then(Json::as_str).map(str::to_owned);
        assert_eq!(password(&fields(&store, "connections/current").await).as_deref(), Some("current"));
        assert_eq!(password(&fields(&store, "connections/clear").await).as_deref(), Some("clear"));
        assert_eq!(password(&fields(&store, "connections/nothing").await), None);
        let why = why_hidden(&store, "connections/former").await;
        assert!(why.contains("`password` was encrypted with another key"), "{why}");
        assert!(why_hidden(&store, "connections/cut").await.contains("a complete Fernet token"));
        assert!(
            why_hidden(&store, "connections/both").await.contains("`extra` was encrypted with another key")
        );

        let both = open(with(format!("{KEY},{OTHER_KEY}"))).await.unwrap();
        assert_eq!(password(&fields(&both, "connections/former").await).as_deref(), Some("former"));
        fields(&both, "connections/both").await;

        let none = open(with(String::new())).await.unwrap();
        assert!(why_hidden(&none, "connections/current").await.contains("no `fernet_key` is configured"));
        assert_eq!(password(&fields(&none, "connections/clear").await).as_deref(), Some("clear"));
        database.drop().await;
    }
}

#[tokio::test]
async fn one_moment_of_the_database_is_read_from_the_listing_to_the_values() {
    for system in [System::Postgres, System::MariaDb] {
        let database = Database::new(system, "3").await;
        insert(&database, row("a", Some("before"), Some(false), None)).await;
        let store = open(Settings { write: false, ..database.settings() }).await.unwrap();
        assert_eq!(names(&store).await.len(), 1);
        database.run("UPDATE connection SET password = 'after'").await;
        let password = |fields: Fields| fields.get("password").and_then(Json::as_str).map(str::to_owned);
        assert_eq!(password(fields(&store, "connections/a").await).as_deref(), Some("before"), "{system:?}");
        // The next read is of a later moment.
        assert_eq!(password(fields(&store, "connections/a").await).as_deref(), Some("after"), "{system:?}");
        database.drop().await;
    }
}

#[tokio::test]
async fn listing_of_more_rows_than_a_page_is_complete() {
    for system in SYSTEMS {
        let database = Database::new(system, "3").await;
        let values = |kind: &str| {
            let rows: Vec<_> = (0..6_001)
                .map(|number| match kind {
                    "variable" => format!("('{number}', 'x', FALSE)"),
                    _ => format!("('{number}', 'x', FALSE, FALSE)"),
                })
                .collect();
            rows.join(", ")
        };
        database
            .run(
                &format!("INSERT INTO variable (`key`, val, is_encrypted) VALUES {}", values("variable"))
                    .replace('`', if system == System::MariaDb { "`" } else { "\"" }),
            )
            .await;
        database
            .run(&format!(
                "INSERT INTO connection (conn_id, conn_type, is_encrypted, is_extra_encrypted) VALUES {}",
                values("connection")
            ))
            .await;
        let store = open(Settings { write: false, ..database.settings() }).await.unwrap();
        let mut found = names(&store).await;
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 12_002, "{system:?}");
        let wanted: Vec<_> = found.iter().cloned().map(Read::current).collect();
        let read = store.read_batch(&wanted).await.unwrap();
        assert!(read.into_iter().all(|row| row.unwrap().is_some()), "{system:?}");
        database.drop().await;
    }
}

#[tokio::test]
async fn rows_of_teams_are_apart_from_those_of_none() {
    for system in SYSTEMS {
        let database = Database::new(system, "3").await;
        database.run("INSERT INTO team (name) VALUES ('red')").await;
        let team = |id: &str, team: &str| {
            let mut row = row(id, Some("x"), Some(false), None);
            row.insert("team_name", team.to_owned());
            row
        };
        insert(&database, team("shared", "NULL")).await;
        insert(&database, team("red", "'red'")).await;
        let of = async |team: Option<&str>| {
            let store =
                open(Settings { team: team.map(str::to_owned), ..database.settings() }).await.unwrap();
            let names = names(&store).await;
            (store, names)
        };
        let (shared, names) = of(None).await;
        assert_eq!(names, ["connections/shared".into()], "{system:?}");
        let (red, names) = of(Some("red")).await;
        assert_eq!(names, ["connections/red".into()], "{system:?}");
        // The other's row is not read under the same name, and the id cannot be used again.
        assert!(
            shared.read_batch(&[Read::current("connections/red".into())]).await.unwrap()[0]
                .as_ref()
                .unwrap()
                .is_none()
        );
        let payload = Payload::Fields(Fields::from_iter([("conn_type", Json::string("x"))]));
        assert_eq!(shared.check(&"connections/red".into(), &payload).unwrap_err().reason, "name-taken");
        assert_eq!(red.check(&"connections/shared".into(), &payload).unwrap_err().reason, "name-taken");
        assert!(red.check(&"connections/new".into(), &payload).is_ok());
        database.drop().await;
    }
}

#[tokio::test]
async fn row_whose_id_is_not_utf8_is_listed_as_damaged() {
    let database = Database::new(System::Sqlite, "3").await;
    database
        .run("INSERT INTO variable (key, val, is_encrypted) VALUES (CAST(X'61FF' AS TEXT), 'x', FALSE), ('b', 'x', FALSE)")
        .await;
    let store = open(Settings { write: false, ..database.settings() }).await.unwrap();
    let headers = store.list_all(&NamePrefix::new("variables/"), &|_| ()).await.unwrap();
    let damaged = headers.iter().find(|header| header.name.as_str() == "variables/a\u{fffd}").unwrap();
    assert!(matches!(&damaged.state, State::Damaged { message } if message.contains("`key` of row")));
    assert_eq!(headers.len(), 2);
}
