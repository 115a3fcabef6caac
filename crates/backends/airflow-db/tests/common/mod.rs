//! Databases with Airflow's own tables, one for each test.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails where it cannot continue")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use airbridge_backend_airflow_db::{Address, DatabaseStore, Settings, open};
use airbridge_core::{Environment, Result, SecretText};
use sqlx::{Connection, Executor, MySqlConnection, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// A Fernet key for tests.
pub(crate) const KEY: &str = "ZmVybmV0IHZlY3RvciBrZXkgQSB-fn4_Pz8-Pj4uLi4=";

/// The three systems.
pub(crate) const SYSTEMS: [System; 3] = [System::Postgres, System::MariaDb, System::Sqlite];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Postgres,
    MariaDb,
    Sqlite,
}

/// A database with the tables of Airflow 2.11.2 or 3.3.2, which its own migration made.
pub(crate) struct Database {
    pub(crate) system: System,
    pub(crate) url: String,
    name: String,
    _folder: Option<TempDir>,
}

pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run the tests with tests/run"))
}

fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    format!("t{}_{}_{}", time % 1_000_000_000_000, std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst))
}

impl Database {
    /// An empty database of `airflow`: `2` or `3`.
    pub(crate) async fn new(system: System, airflow: &str) -> Self {
        let (name, template) = (unique(), format!("airflow_{airflow}"));
        let (url, folder) = match system {
            System::Postgres => {
                let server = variable("AIRBRIDGE_TEST_POSTGRES");
                // Only one database at a time can be made from a template.
                let sql = format!("SELECT pg_advisory_lock(1)\0CREATE DATABASE {name} TEMPLATE {template}");
                let mut root = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
                for sql in sql.split('\0') {
                    root.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
                }
                (format!("{server}/{name}"), None)
            }
            System::MariaDb => {
                let server = variable("AIRBRIDGE_TEST_MARIADB");
                let tables = ["connection", "variable", "team"];
                let tables = if airflow == "2" { &tables[..2] } else { &tables[..] };
                let mut sql = vec![format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")];
                sql.extend(
                    tables.iter().map(|table| format!("CREATE TABLE {name}.{table} LIKE {template}.{table}")),
                );
                let sql = sql.join("; ");
                run(&format!("{server}/{template}"), &sql).await;
                (format!("{server}/{name}"), None)
            }
            System::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("airflow.db");
                std::fs::copy(variable(&format!("AIRBRIDGE_TEST_SQLITE_{airflow}")), &path).unwrap();
                (format!("sqlite:///{}", path.display()), Some(folder))
            }
        };
        Self { system, url, name, _folder: folder }
    }

    /// The file of a SQLite database.
    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::from(self.url.trim_start_matches("sqlite:///"))
    }

    /// The place of a store of this database.
    pub(crate) fn place(&self) -> String {
        if self.system == System::Sqlite {
            return format!("airflow-db:{}", self.path().display());
        }
        let (scheme, rest) = self.url.split_once("://").unwrap();
        format!("airflow-db:{scheme}://{}", rest.split_once('@').unwrap().1)
    }

    /// Runs a statement past the adapter.
    pub(crate) async fn run(&self, sql: &str) {
        run(&self.url, sql).await;
    }

    /// The first column of the rows that a query returns.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let query = sqlx::AssertSqlSafe(sql.to_owned());
        match self.system {
            System::Postgres => {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar::<_, String>(query).fetch_all(&mut connection).await.unwrap()
            }
            System::MariaDb => {
                let mut connection = MySqlConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar::<_, String>(query).fetch_all(&mut connection).await.unwrap()
            }
            System::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar::<_, String>(query).fetch_all(&mut connection).await.unwrap()
            }
        }
    }

    /// Settings to write it.
    pub(crate) fn settings(&self) -> Settings {
        settings(&self.url)
    }

    /// A store to write it.
    pub(crate) async fn open(&self) -> Arc<DatabaseStore> {
        open(self.settings()).await.unwrap()
    }

    /// Removes it.
    pub(crate) async fn drop(self) {
        match self.system {
            System::Postgres => {
                let server = variable("AIRBRIDGE_TEST_POSTGRES");
                run(&format!("{server}/postgres"), &format!("DROP DATABASE {} WITH (FORCE)", self.name))
                    .await;
            }
            // It would wait for stores that are still open. It is removed with the folder of the server.
            System::MariaDb | System::Sqlite => {}
        }
    }
}

/// Runs a statement over a connection of its own.
pub(crate) async fn run(url: &str, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match url.split_once("://").unwrap().0 {
        "postgresql" => {
            sqlx::raw_sql(sql).execute(&mut PgConnection::connect(url).await.unwrap()).await.unwrap();
        }
        "mysql" => {
            sqlx::raw_sql(sql).execute(&mut MySqlConnection::connect(url).await.unwrap()).await.unwrap();
        }
        _ => {
            sqlx::raw_sql(sql).execute(&mut SqliteConnection::connect(url).await.unwrap()).await.unwrap();
        }
    }
}

/// Settings to write the database at an address.
pub(crate) fn settings(url: &str) -> Settings {
    Settings {
        address: Address::parse(&SecretText::new(url), "`sql_alchemy_conn`").unwrap(),
        schema: None,
        fernet_key: SecretText::new(KEY),
        team: None,
        allow_plaintext: false,
        write: true,
        ca_file: None,
        env: Environment::default(),
    }
}

/// The error of opening a store.
pub(crate) async fn error(settings: Settings) -> airbridge_core::Error {
    let opened: Result<_> = open(settings).await;
    opened.map(|_| ()).unwrap_err()
}
