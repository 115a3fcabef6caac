//! Policies, held against real servers: with its privileges alone every operation succeeds, and without any one of them an
//! operation fails.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod common;

use airbridge_backend_airflow_db::{Address, Settings, open};
use airbridge_core::{
    Action, Change, Error, Fields, Json, NamePrefix, Payload, PolicyRequest, Read, Right, SecretStore,
    SecretText,
};
use common::{Database, System};

const READER: &[Right] = &[Right::List, Right::Read];
const WRITER: &[Right] = &[Right::List, Right::Read, Right::Create, Right::Replace, Right::Delete];
const PASSWORD: &str = "Made-up-1";

fn payload(name: &str, text: &str) -> Payload {
    let fields: &[(&str, &str)] = match name.split_once('/').unwrap().0 {
        "connections" => &[("conn_type", "http"), ("host", text), ("password", "x")],
        _ => &[("value", text)],
    };
    Payload::Fields(fields.iter().map(|(field, text)| (*field, Json::string(*text))).collect::<Fields>())
}

/// A new user with the privileges of these statements, and its address.
async fn user(database: &Database, statements: &[&str]) -> String {
    let name = format!("u{}", uuid());
    let make = match database.system {
        System::Postgres => format!("CREATE ROLE \"{name}\" LOGIN PASSWORD '{PASSWORD}'"),
        _ => format!("CREATE USER '{name}'@'%' IDENTIFIED BY '{PASSWORD}'"),
    };
    database.run(&make).await;
    for statement in statements {
        database
            .run(
                &statement
                    .replace("\"airbridge\"", &format!("\"{name}\""))
                    .replace("'airbridge'", &format!("'{name}'")),
            )
            .await;
    }
    let (scheme, rest) = database.url.split_once("://").unwrap();
    format!("{scheme}://{name}:{PASSWORD}@{}", rest.split_once('@').unwrap().1)
}

fn uuid() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    format!("{}_{}_{}", time % 1_000_000_000_000, std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst))
}

/// Everything that these rights are for, as this user.
async fn use_all(database: &Database, url: &str, rights: &[Right], airflow_3: bool) -> Result<(), Error> {
    let writes = rights.contains(&Right::Create);
    let address = Address::parse(&SecretText::new(url), "`sql_alchemy_conn`").unwrap();
    let store = open(Settings { address, write: writes, ..database.settings() }).await?;
    if store.is_airflow_3() != airflow_3 {
        return Err(Error::config("the version of Airflow is not found"));
    }
    let names = ["connections/a", "variables/a"];
    if writes {
        let new = names.map(|name| Change::new(name.into(), Action::Create(payload(name, "A"))));
        all(store.write_batch(&new).await?)?;
    }
    let mut cursor = None;
    loop {
        let page = store.list_page(&NamePrefix::new(""), cursor.as_ref()).await?;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    all(store.read_batch(&names.map(|name| Read::current(name.into()))).await?)?;
    if writes {
        let replace = |name: &str| Action::Replace { payload: payload(name, "B"), expect: None };
        all(store.write_batch(&names.map(|name| Change::new(name.into(), replace(name)))).await?)?;
        let delete = Action::Delete { expect: None };
        all(store.write_batch(&names.map(|name| Change::new(name.into(), delete.clone()))).await?)?;
    }
    Ok(())
}

fn all<T>(outcomes: Vec<Result<T, Error>>) -> Result<(), Error> {
    outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))
}

async fn policy_is_exact(system: System, airflow: &str) {
    let database = Database::new(system, airflow).await;
    let store = database.open().await;
    for rights in [READER, WRITER] {
        let request = PolicyRequest { rights: rights.iter().copied().collect(), ..PolicyRequest::default() };
        let policy = store.policies(&request).remove(0);
        let statements: Vec<_> = policy.text.lines().collect();
        let attempt = async |statements: &[&str]| {
            let url = user(&database, statements).await;
            let outcome = use_all(&database, &url, rights, airflow == "3").await;
            // What a failed attempt has left behind.
            for table in ["connection", "variable"] {
                database.run(&format!("DELETE FROM {table}")).await;
            }
            outcome
        };
        attempt(&statements).await.unwrap_or_else(|error| panic!("{}: {error:?}", policy.text));
        for left_out in &statements {
            let others: Vec<_> = statements.iter().filter(|other| *other != left_out).copied().collect();
            assert!(attempt(&others).await.is_err(), "{left_out} is not needed");
        }
    }
}

#[tokio::test]
async fn privileges_on_postgres_are_enough_and_none_is_too_much() {
    for airflow in ["2", "3"] {
        policy_is_exact(System::Postgres, airflow).await;
    }
}

#[tokio::test]
async fn privileges_on_mariadb_are_enough_and_none_is_too_much() {
    for airflow in ["2", "3"] {
        policy_is_exact(System::MariaDb, airflow).await;
    }
}

#[tokio::test]
async fn create_alone_can_lock_rows_on_mariadb() {
    let database = Database::new(System::MariaDb, "3").await;
    let rights = [Right::List, Right::Read, Right::Create].into();
    let policy =
        database.open().await.policies(&PolicyRequest { rights, ..PolicyRequest::default() }).remove(0);
    let url = user(&database, &policy.text.lines().collect::<Vec<_>>()).await;
    let address = Address::parse(&SecretText::new(url), "`sql_alchemy_conn`").unwrap();
    let store = open(Settings { address, ..database.settings() }).await.unwrap();
    let new = Change::new("variables/a".into(), Action::Create(payload("variables/a", "A")));
    all(store.write_batch(&[new]).await.unwrap()).unwrap();
}

#[tokio::test]
async fn sqlite_has_no_privileges() {
    let database = Database::new(System::Sqlite, "3").await;
    let rights = [Right::Read].into();
    let policies = database.open().await.policies(&PolicyRequest { rights, ..PolicyRequest::default() });
    assert_eq!((policies.len(), policies[0].language), (1, "text"));
}
