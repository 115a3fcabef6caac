//! Writing: one transaction, rows as Airflow writes them, and no row that someone else changed.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use airbridge_backend_airflow_db::{Settings, open};
use airbridge_core::{
    Action, Change, Content, ErrorKind, Fields, Json, Payload, Read, SecretName, SecretStore, SecretText,
    Stored,
};
use common::{Database, SYSTEMS, System};

fn connection(password: &str) -> Payload {
    Payload::Fields(Fields::from_iter([
        ("conn_type", Json::string("postgres")),
        ("host", Json::string("db.acme.test")),
        ("password", Json::string(password)),
        ("extra", Json::string("{\"token\": \"canary\"}")),
    ]))
}

fn variable(value: &str) -> Payload {
    Payload::Fields(Fields::from_iter([("value", Json::string(value))]))
}

fn create(name: &str, payload: Payload) -> Change {
    Change::new(name.into(), Action::Create(payload))
}

fn replace(name: &str, payload: Payload) -> Change {
    Change::new(name.into(), Action::Replace { payload, expect: None })
}

async fn read(store: &dyn SecretStore, name: &str) -> Option<Stored> {
    store.read_batch(&[Read::current(name.into())]).await.unwrap().remove(0).unwrap()
}

#[tokio::test]
async fn nothing_secret_is_in_clear_in_the_database() {
    for system in SYSTEMS {
        let database = Database::new(system, "3").await;
        let store = database.open().await;
        let changes =
            [create("connections/a", connection("canary")), create("variables/a", variable("canary"))];
        for outcome in store.write_batch(&changes).await.unwrap() {
            outcome.unwrap();
        }
        for column in ["password", "extra"] {
            let cells = database.texts(&format!("SELECT {column} FROM connection")).await;
            assert!(
                cells.iter().all(|cell| cell.starts_with("gAAAA") && !cell.contains("canary")),
                "{system:?}"
            );
        }
        let cells = database.texts("SELECT val FROM variable").await;
        assert!(cells.len() == 1 && cells[0].starts_with("gAAAA"), "{system:?}");
        let flags =
            "SELECT CASE WHEN is_encrypted AND is_extra_encrypted THEN 'both' ELSE 'no' END FROM connection";
        assert_eq!(database.texts(flags).await, ["both"], "{system:?}");
        database.drop().await;
    }
}

#[tokio::test]
async fn without_a_key_rows_are_written_only_if_the_user_says_so() {
    let database = Database::new(System::Sqlite, "3").await;
    let none = || Settings { fernet_key: SecretText::default(), ..database.settings() };
    let error = common::error(none()).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint().unwrap().contains("allow_plaintext=true"), "{error}");
    let store = open(Settings { allow_plaintext: true, ..none() }).await.unwrap();
    store.write_batch(&[create("connections/a", connection("clear"))]).await.unwrap().remove(0).unwrap();
    assert_eq!(database.texts("SELECT password FROM connection").await, ["clear"]);
    let encrypted =
        "SELECT CASE WHEN is_encrypted OR is_extra_encrypted THEN 'one' ELSE 'none' END FROM connection";
    assert_eq!(database.texts(encrypted).await, ["none"]);
}

#[tokio::test]
async fn row_that_changed_after_it_was_read_fails_the_whole_transaction() {
    for system in SYSTEMS {
        let database = Database::new(system, "3").await;
        let store = database.open().await;
        for name in ["connections/a", "connections/b"] {
            store.write_batch(&[create(name, connection("first"))]).await.unwrap().remove(0).unwrap();
        }
        read(&*store, "connections/a").await.unwrap();
        read(&*store, "connections/b").await.unwrap();
        database.run("UPDATE connection SET login = 'someone else' WHERE conn_id = 'b'").await;
        let changes = [
            create("connections/new", connection("second")),
            replace("connections/a", connection("second")),
            replace("connections/b", connection("second")),
        ];
        let error = store.write_batch(&changes).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::VersionMismatch, "{system:?}");
        assert!(error.message().contains("connections/b was changed"), "{error}");
        assert!(read(&*store, "connections/new").await.is_none(), "{system:?}");
        let Some(Stored { content: Content::Payload(found), .. }) = read(&*store, "connections/a").await
        else {
            panic!("{system:?}")
        };
        assert_eq!(found, connection("first"), "{system:?}");
        // It was read anew.
        let outcomes = store.write_batch(&changes).await;
        read(&*store, "connections/b").await.unwrap();
        assert!(outcomes.is_err());
        assert!(store.write_batch(&changes).await.unwrap().into_iter().all(|outcome| outcome.is_ok()));
        database.drop().await;
    }
}

#[tokio::test]
async fn failed_statement_leaves_nothing_of_the_transaction() {
    for system in SYSTEMS {
        let database = Database::new(system, "3").await;
        let store = database.open().await;
        // A rule that the adapter does not know, so that the second statement fails in the database.
        let trigger = match system {
            System::Postgres => {
                "CREATE FUNCTION refuse() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''no''; END' LANGUAGE plpgsql; \
                 CREATE TRIGGER refuse BEFORE INSERT ON variable FOR EACH ROW EXECUTE FUNCTION refuse()"
            }
            System::MariaDb => {
                "CREATE TRIGGER refuse BEFORE INSERT ON variable FOR EACH ROW SIGNAL SQLSTATE '45000'"
            }
            System::Sqlite => {
                "CREATE TRIGGER refuse BEFORE INSERT ON variable BEGIN SELECT RAISE(ABORT, 'no'); END"
            }
        };
        database.run(trigger).await;
        let changes: Vec<_> = (0..250)
            .map(|number| create(&format!("connections/{number}"), connection("canary")))
            .chain([create("variables/a", variable("canary"))])
            .collect();
        let error = store.write_batch(&changes).await.unwrap_err();
        assert!(!format!("{error:?} {error}").contains("canary"), "{system:?}");
        assert_eq!(database.texts("SELECT conn_id FROM connection").await.len(), 0, "{system:?}: {error}");
        database.drop().await;
    }
}

#[tokio::test]
async fn caller_that_stops_waiting_leaves_nothing_or_all() {
    for system in SYSTEMS {
        let database = Database::new(system, "3").await;
        let store = database.open().await;
        let changes: Vec<_> =
            (0..3_000).map(|number| create(&format!("connections/{number}"), connection("x"))).collect();
        for pause in [0, 1, 5, 20, 60] {
            let write = store.write_batch(&changes);
            let stopped = tokio::time::timeout(std::time::Duration::from_millis(pause), write).await;
            let done = database.texts("SELECT conn_id FROM connection").await.len();
            assert!(done == 0 || done == 3_000, "{system:?}: {done} after {pause} ms");
            if stopped.is_ok() || done > 0 {
                break;
            }
        }
        // The store goes on with a new connection.
        read(&*store, "connections/1").await;
        database.drop().await;
    }
}

#[tokio::test]
async fn id_that_differs_in_case_only_is_taken_where_the_database_says_so() {
    let database = Database::new(System::MariaDb, "3").await;
    let store = database.open().await;
    assert!(store.ignores_case());
    store.write_batch(&[create("connections/smtp", connection("x"))]).await.unwrap().remove(0).unwrap();
    let error = store
        .write_batch(&[create("connections/SMTP", connection("y"))])
        .await
        .unwrap()
        .remove(0)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.message().contains("another id as equal"), "{error}");
    database.drop().await;
}

#[tokio::test]
async fn rows_of_a_team_are_written_for_it() {
    for system in SYSTEMS {
        let database = Database::new(system, "3").await;
        database.run("INSERT INTO team (name) VALUES ('red')").await;
        let store = open(Settings { team: Some("red".to_owned()), ..database.settings() }).await.unwrap();
        let changes = [create("connections/a", connection("x")), create("variables/a", variable("x"))];
        assert!(store.write_batch(&changes).await.unwrap().into_iter().all(|outcome| outcome.is_ok()));
        assert_eq!(database.texts("SELECT team_name FROM connection").await, ["red"], "{system:?}");
        assert_eq!(database.texts("SELECT team_name FROM variable").await, ["red"], "{system:?}");
        let unknown = Settings { team: Some("blue".to_owned()), ..database.settings() };
        let error = common::error(unknown).await;
        assert!(error.message().contains("no team `blue`"), "{error}");
        database.drop().await;
    }
}

/// The columns of Airflow 3.1: a team is an id.
#[tokio::test]
async fn teams_of_airflow_3_1_are_read_and_written_by_their_id() {
    let database = Database::new(System::Postgres, "3").await;
    database
        .run(
            "ALTER TABLE connection DROP COLUMN team_name; ALTER TABLE variable DROP COLUMN team_name; DROP TABLE team CASCADE; \
             CREATE TABLE team (id uuid PRIMARY KEY, name varchar(50)); ALTER TABLE connection ADD team_id uuid; \
             ALTER TABLE variable ADD team_id uuid; \
             INSERT INTO team VALUES ('11111111-1111-4111-8111-111111111111', 'red')",
        )
        .await;
    let red = open(Settings { team: Some("red".to_owned()), ..database.settings() }).await.unwrap();
    red.write_batch(&[create("connections/a", connection("x"))]).await.unwrap().remove(0).unwrap();
    assert!(read(&*red, "connections/a").await.is_some());
    let shared = database.open().await;
    assert!(read(&*shared, "connections/a").await.is_none());
    assert_eq!(
        shared.check(&SecretName::new("connections/a"), &connection("x")).unwrap_err().reason,
        "name-taken"
    );
    database.drop().await;
}
