//! The suite on PostgreSQL, MariaDB and SQLite, with tables that Airflow made.

mod common;

use airbridge_conformance::{Binary, Bound, CANARY, Subject, run, texts};
use airbridge_core::{
    Capabilities, Descriptor, Fields, Json, Limits, Metadata, Payload, Rates, SecretText, Undo,
};
use common::{Database, KEY, System};

fn fields(fields: &[(&str, Json)]) -> Payload {
    Payload::Fields(fields.iter().map(|(name, value)| (*name, value.clone())).collect::<Fields>())
}

fn connection(text: &str) -> Payload {
    let text = || Json::string(text);
    fields(&[
        ("conn_type", Json::string("generic")),
        ("description", text()),
        ("host", text()),
        ("schema", Json::string("")),
        ("login", text()),
        ("password", text()),
        ("port", Json::integer(5432)),
        ("extra", text()),
    ])
}

fn variable(text: &str) -> Payload {
    fields(&[("value", Json::string(text))])
}

async fn subject(database: &Database, root: &str) -> Subject {
    let store = database.open().await;
    let is_variable = root == "variables/";
    let payloads = if is_variable {
        let described =
            fields(&[("value", Json::string("")), ("description", Json::string("what it is for"))]);
        texts().iter().map(|text| variable(text)).chain([described]).collect()
    } else {
        let bare = fields(&[("conn_type", Json::string("")), ("extra", Json::string(""))]);
        texts().iter().map(|text| connection(text)).chain([bare]).collect()
    };
    let name = |id: &str| format!("{root}{id}").as_str().into();
    let user = match database.system {
        System::Postgres => Some("postgres"),
        System::MariaDb => Some("airflow"),
        System::Sqlite => None,
    };
    // The letters of each case lead to different rows where the database tells them apart.
    let mut names: Vec<String> =
        ["a/b", "a:b#c!d(e)", "with blank", "é日本", "a%b_c'd\"e`f", "--", "?", "\\"]
            .map(str::to_owned)
            .into();
    if !store.ignores_case() {
        names.extend(["Upper".to_owned(), "upper".to_owned()]);
    }
    let other = fields(&[("conn_uri", Json::string("x"))]);
    let list = fields(&[("value", Json::Array(vec![])), ("conn_type", Json::Array(vec![]))]);
    Subject {
        expected: Descriptor {
            backend: "airflow-db",
            place: database.place(),
            actor: user.map(str::to_owned),
            capabilities: Capabilities {
                write: true,
                atomic_write: true,
                versions: false,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: usize::MAX, write_batch: usize::MAX, look_batch: 0, concurrency: 1 },
            rates: Rates::default(),
            read_lag: std::time::Duration::ZERO,
            unremovable: &[],
            undo: Undo::NONE,
        },
        prefix: root.to_owned(),
        separator: "/",
        names,
        payloads,
        unfit: vec![
            ("config/a".into(), variable("x"), "name-invalid"),
            ("connections/".into(), connection("x"), "name-invalid"),
            (name("a\0b"), if is_variable { variable("x") } else { connection("x") }, "name-invalid"),
            (name("a"), Payload::text("x"), "shape"),
            (name("a"), other, "shape"),
            (name("a"), list, "shape"),
            (name("a"), fields(&[]), "value-invalid"),
        ],
        longest_name: Bound::At(root.len() + 250),
        largest_value: match (database.system, is_variable) {
            // A column of 64 KiB holds a token of 49 KB, one of 16 MiB a token of 12 MB.
            (System::MariaDb, false) => Bound::At(49_087),
            (System::MariaDb, true) => Bound::Untested("16 MiB once encrypted"),
            _ => Bound::Untested("the columns have no limit"),
        },
        sized: if is_variable { sized_variable } else { sized_extra },
        binary: Binary::Impossible("the columns hold text"),
        secrets: vec![SecretText::new(KEY)],
        existing: vec![],
        page: None,
        deletes: true,
        metadata: Metadata::default(),
        store,
    }
}

fn text_of(bytes: usize) -> String {
    CANARY.chars().cycle().take(bytes).collect()
}

fn sized_variable(bytes: usize) -> Payload {
    variable(&text_of(bytes))
}

fn sized_extra(bytes: usize) -> Payload {
    fields(&[("conn_type", Json::string("x")), ("extra", Json::string(text_of(bytes)))])
}

async fn conforms(system: System) {
    for airflow in ["2", "3"] {
        let database = Database::new(system, airflow).await;
        for root in ["connections/", "variables/"] {
            run(subject(&database, root).await).await;
        }
        database.drop().await;
    }
}

#[tokio::test]
async fn postgres_conforms() {
    conforms(System::Postgres).await;
}

#[tokio::test]
async fn mariadb_conforms() {
    conforms(System::MariaDb).await;
}

#[tokio::test]
async fn sqlite_conforms() {
    conforms(System::Sqlite).await;
}
