//! Databases that cannot be used: one clear sentence each, the right kind, and no password in it.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use std::time::Duration;

use airbridge_backend_airflow_db::{Settings, open};
use airbridge_core::{
    Action, Change, Error, ErrorKind, Json, NamePrefix, Payload, Read, SecretName, SecretStore,
    SecretStoreExt,
};
use common::{Database, SYSTEMS, System, error, settings, variable};

/// The error of opening the database at `url` to read it, or of listing it.
async fn refusal(url: &str) -> Error {
    let settings = Settings { write: false, ..settings(url) };
    match open(settings).await {
        Err(error) => error,
        Ok(store) => store.list_page(&NamePrefix::new(""), None).await.unwrap_err(),
    }
}

fn check(error: &Error, kind: ErrorKind, words: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.message().contains(words), "{error}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

/// The address of a PostgreSQL database for another user.
fn of_user(database: &Database, user: &str) -> String {
    database.url.replace("postgres@", &format!("{user}@"))
}

#[tokio::test]
async fn wrong_passwords_users_and_databases_are_named() {
    let postgres = Database::new(System::Postgres, "3").await;
    let wrong = refusal(&of_user(&postgres, "airflow:canary")).await;
    check(&wrong, ErrorKind::Unauthenticated, "does not accept the user `airflow` with this password");
    let absent = variable("AIRBRIDGE_TEST_POSTGRES") + "/no_such_database";
    check(&refusal(&absent).await, ErrorKind::Config, "the database does not exist");
    let mariadb = variable("AIRBRIDGE_TEST_MARIADB");
    let wrong = refusal(&format!("{}/airflow_3", mariadb.replace("airflow:airflow", "airflow:canary"))).await;
    check(&wrong, ErrorKind::Unauthenticated, "with this password");
    check(
        &refusal(&format!("{mariadb}/no_such_database")).await,
        ErrorKind::Config,
        "the database does not exist",
    );
    postgres.drop().await;
}

#[tokio::test]
async fn database_that_is_down_cannot_be_reached() {
    for scheme in ["postgresql", "mysql"] {
        let refused = refusal(&format!("{scheme}://u:canary@127.0.0.1:9/airflow")).await;
        check(&refused, ErrorKind::Unreachable, "cannot be reached");
    }
    let missing = refusal("sqlite:////no/such/airflow.db").await;
    check(&missing, ErrorKind::Config, "it does not exist");
}

#[tokio::test]
async fn missing_tables_are_named_with_the_way_to_make_them() {
    for system in SYSTEMS {
        let database = Database::new(system, "3").await;
        database.run("DROP TABLE variable").await;
        let missing = error(database.settings()).await;
        check(&missing, ErrorKind::Config, "has no table `variable`");
        assert!(missing.hint().unwrap().contains("airflow db migrate"));
        database.drop().await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.db");
    std::fs::write(
        &path,
        "not a database, but longer than the header of one, which has 100 bytes ".repeat(4),
    )
    .unwrap();
    check(
        &refusal(&format!("sqlite:///{}", path.display())).await,
        ErrorKind::Config,
        "is not a SQLite database",
    );
}

#[tokio::test]
async fn user_without_permissions_is_told_which() {
    let database = Database::new(System::Postgres, "3").await;
    let reader = of_user(&database, "reader:reader");
    let denied = refusal(&reader).await;
    check(&denied, ErrorKind::PermissionDenied, "the user `reader` has no permission to read");
    database.run("GRANT SELECT ON connection, variable TO reader").await;
    let store = open(Settings { write: false, ..settings(&reader) }).await.unwrap();
    store.list_page(&NamePrefix::new(""), None).await.unwrap();
    // Whether rows can be written is known before the plan is made.
    let denied = error(settings(&reader)).await;
    check(&denied, ErrorKind::PermissionDenied, "the user `reader` has no permission to write");
    assert!(denied.hint().unwrap().contains("INSERT"));
    database.drop().await;
}

#[tokio::test]
async fn read_only_database_is_no_target() {
    let database = Database::new(System::Postgres, "3").await;
    let name = database.url.rsplit('/').next().unwrap();
    database.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    check(&error(database.settings()).await, ErrorKind::Config, "is read-only");
    open(Settings { write: false, ..database.settings() }).await.unwrap();
    let file = Database::new(System::Sqlite, "3").await;
    let mut permissions = std::fs::metadata(file.path()).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(file.path(), permissions).unwrap();
    check(&error(file.settings()).await, ErrorKind::Config, "it is read-only");
    open(Settings { write: false, ..file.settings() }).await.unwrap();
    run_as_superuser(&format!("ALTER DATABASE {name} RESET default_transaction_read_only")).await;
    database.drop().await;
}

#[tokio::test]
async fn standby_is_a_source_and_no_target() {
    let database = Database::new(System::Postgres, "3").await;
    database.run("INSERT INTO variable (key, val, is_encrypted) VALUES ('replicated', 'v', false)").await;
    let (primary, standby) =
        (variable("AIRBRIDGE_TEST_POSTGRES"), variable("AIRBRIDGE_TEST_POSTGRES_STANDBY"));
    let url = database.url.replace(&primary, &standby);
    // It follows within moments: first the database, then its tables and the row. A store reads one moment, so each look needs
    // a new one.
    let has_row = async || {
        let Ok(store) = open(Settings { write: false, ..settings(&url) }).await else { return false };
        let page = store.list_page(&NamePrefix::new("variables/"), None).await;
        page.is_ok_and(|page| !page.headers.is_empty())
    };
    let mut looks = 0;
    while !has_row().await {
        looks += 1;
        assert!(looks < 600, "the standby does not follow");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let refused = error(settings(&url)).await;
    check(&refused, ErrorKind::Config, "is read-only: a replica");
    assert!(refused.hint().is_some(), "{refused}");
    database.drop().await;
}

async fn run_as_superuser(sql: &str) {
    common::run(&(variable("AIRBRIDGE_TEST_POSTGRES") + "/postgres"), sql).await;
}

#[tokio::test]
async fn required_tls_and_unknown_authorities_are_named() {
    let database = Database::new(System::Postgres, "3").await;
    let of_tls = |options: &str| format!("{}?{options}", of_user(&database, "encrypted"));
    let rejected = refusal(&of_tls("sslmode=disable")).await;
    check(&rejected, ErrorKind::Unauthenticated, "does not accept this connection of the user `encrypted`");
    assert!(rejected.hint().unwrap().contains("sslmode=require"));
    open(settings(&of_tls("sslmode=require"))).await.unwrap();
    let untrusted = refusal(&of_tls("sslmode=verify-full")).await;
    check(&untrusted, ErrorKind::Config, "certificate is not trusted");
    assert!(untrusted.hint().unwrap().contains("sslrootcert"));
    let ca = variable("AIRBRIDGE_TEST_POSTGRES_CA");
    open(settings(&of_tls(&format!("sslmode=verify-full&sslrootcert={ca}")))).await.unwrap();
    let with_ca = Settings { ca_file: Some(ca.into()), ..settings(&of_tls("sslmode=verify-full")) };
    open(with_ca).await.unwrap();
    database.drop().await;
}

#[tokio::test]
async fn schema_is_found_by_the_setting_and_by_the_options_of_the_address() {
    let database = Database::new(System::Postgres, "3").await;
    database
        .run(
            "CREATE SCHEMA \"Air flow\"; ALTER TABLE connection SET SCHEMA \"Air flow\"; \
             ALTER TABLE variable SET SCHEMA \"Air flow\"; CREATE SCHEMA airflow; \
             CREATE TABLE airflow.connection AS SELECT * FROM \"Air flow\".connection; \
             CREATE TABLE airflow.variable AS SELECT * FROM \"Air flow\".variable",
        )
        .await;
    check(&error(database.settings()).await, ErrorKind::Config, "has no table `connection`");
    let of_schema =
        open(Settings { schema: Some("Air flow".to_owned()), ..database.settings() }).await.unwrap();
    let name = SecretName::new("variables/a");
    let payload = Payload::Fields([("value", Json::string("b"))].into_iter().collect());
    let change = Change::new(name.clone(), Action::Create(payload));
    of_schema.write_batch(&[change]).await.unwrap().remove(0).unwrap();
    let found = of_schema.list_all(&NamePrefix::new("variables/"), &|_| ()).await.unwrap();
    assert_eq!(found.iter().map(|header| &header.name).collect::<Vec<_>>(), [&name]);
    assert!(of_schema.read_batch(&[Read::current(name)]).await.unwrap().remove(0).unwrap().is_some());
    open(settings(&format!("{}?options=-csearch_path%3Dairflow", database.url))).await.unwrap();
    let wrong = refusal(&format!("{}?options=search_path", database.url)).await;
    check(&wrong, ErrorKind::Config, "the option `options`");
    database.drop().await;
}
