//! Airflow's metadata database: a new one for each test, with the tables that Airflow's own migration made.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::server;
use crate::servers::unique;

/// The database systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    MariaDb,
    /// SQLite.
    Sqlite,
}

impl System {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Postgres, Self::MariaDb, Self::Sqlite];
}

/// The key of the databases of tests.
pub const FERNET_KEY: &str = "ZmVybmV0IHZlY3RvciBrZXkgQSB-fn4_Pz8-Pj4uLi4=";

/// A metadata database, which is removed when it is dropped.
#[derive(Debug)]
pub struct MetadataDatabase {
    system: System,
    /// `2` or `3`.
    airflow: &'static str,
    name: String,
    folder: tempfile::TempDir,
}

impl MetadataDatabase {
    /// An empty database of Airflow `2` or `3`, with all tables of that version.
    ///
    /// # Panics
    /// If the server is not running.
    pub fn new(system: System, airflow: &'static str) -> Self {
        let name = format!("p{}", unique());
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let database = Self { system, airflow, name, folder };
        let (name, template) = (&database.name, format!("airflow_{airflow}"));
        match system {
            System::Postgres => {
                // Only one database at a time can be made from a template.
                let sql =
                    format!("SELECT pg_advisory_lock(1);\nCREATE DATABASE {name} TEMPLATE {template};\n");
                run_sql(&mut psql("postgres"), &sql);
            }
            System::MariaDb => {
                run_sql(&mut mariadb(""), &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4;"));
                let dump = mariadb_program("mariadb-dump", &template).output().expect("mariadb-dump runs");
                assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
                run_sql(&mut mariadb(name), &String::from_utf8(dump.stdout).expect("UTF-8"));
            }
            System::Sqlite => {
                let template = server(&format!("AIRBRIDGE_TEST_SQLITE_{airflow}"));
                std::fs::copy(template, database.path()).expect("a copy");
            }
        }
        database
    }

    /// The file of a SQLite database.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("airflow.db")
    }

    /// The version of Airflow.
    pub fn airflow(&self) -> &'static str {
        self.airflow
    }

    /// `[database] sql_alchemy_conn`.
    pub fn address(&self) -> String {
        let name = &self.name;
        match self.system {
            System::Postgres => {
                let server =
                    server("AIRBRIDGE_TEST_POSTGRES").replace("postgresql://", "postgresql+psycopg2://");
                format!("{server}/{name}")
            }
            System::MariaDb => {
                let server = server("AIRBRIDGE_TEST_MARIADB").replace("mysql://", "mysql+mysqldb://");
                format!("{server}/{name}?charset=utf8mb4")
            }
            System::Sqlite => format!("sqlite:///{}", self.path().display()),
        }
    }

    /// The settings as environment variables of Airflow.
    pub fn variables(&self) -> Vec<(String, String)> {
        vec![
            ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN".to_owned(), self.address()),
            ("AIRFLOW__CORE__FERNET_KEY".to_owned(), FERNET_KEY.to_owned()),
        ]
    }

    /// The endpoint, whose variables are [`settings`](Self::settings).
    pub fn endpoint(&self) -> String {
        format!("airflow-db:?env_prefix={}", self.prefix())
    }

    /// The variables under names that no other database uses.
    pub fn settings(&self) -> Vec<(String, String)> {
        let prefix = self.prefix();
        self.variables().into_iter().map(|(name, value)| (format!("{prefix}{name}"), value)).collect()
    }

    fn prefix(&self) -> String {
        format!("{}_", self.name.to_uppercase())
    }

    /// An `airflow.cfg` of a deployment with this database.
    pub fn cfg(&self) -> String {
        let address = self.address().replace('%', "%%");
        format!("[core]\nfernet_key = {FERNET_KEY}\n\n[database]\nsql_alchemy_conn = {address}\n")
    }

    /// Runs statements past airbridge and Airflow, and returns what they print.
    ///
    /// # Panics
    /// If one fails.
    pub fn sql(&self, sql: &str) -> String {
        match self.system {
            System::Postgres => run_sql(&mut psql(&self.name), sql),
            System::MariaDb => run_sql(&mut mariadb(&self.name), sql),
            System::Sqlite => {
                let script = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nfor s in sys.stdin.read().split(';'):\n    \
                              for row in c.execute(s): print(*row, sep='\\t')\nc.commit()";
                run_sql(Command::new("python3").args(["-c", script]).arg(self.path()), sql)
            }
        }
    }

    /// The statements that PostgreSQL has executed in this database, by their first word.
    ///
    /// # Panics
    /// If it is not one of PostgreSQL, which alone counts them.
    pub fn statements(&self) -> BTreeMap<String, usize> {
        assert_eq!(self.system, System::Postgres, "only PostgreSQL counts statements");
        let sql = format!(
            "SELECT s.calls, split_part(trim(s.query), ' ', 1) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid \
             WHERE d.datname = '{}';",
            self.name
        );
        let mut statements = BTreeMap::new();
        for line in run_sql(&mut psql("postgres"), &sql).lines() {
            let (calls, word) = line.split_once('|').expect("two columns");
            let word = word.trim_end_matches(';').to_uppercase();
            *statements.entry(word).or_default() += calls.parse::<usize>().expect("a number");
        }
        statements
    }

    /// All rows, which differ after every write: a token is never the same twice.
    pub fn rows(&self) -> String {
        self.sql("SELECT * FROM connection; SELECT * FROM variable")
    }
}

impl Drop for MetadataDatabase {
    fn drop(&mut self) {
        // What remains is removed with the server's folder.
        let name = &self.name;
        match self.system {
            System::Postgres => {
                attempt(&mut psql("postgres"), &format!("DROP DATABASE {name} WITH (FORCE);"));
            }
            System::MariaDb => attempt(&mut mariadb(""), &format!("DROP DATABASE {name};")),
            System::Sqlite => {}
        }
    }
}

/// The client of PostgreSQL, as the superuser.
fn psql(database: &str) -> Command {
    let mut command = Command::new("psql");
    command.args(["-q", "-t", "-A", "-v", "ON_ERROR_STOP=1"]);
    command.arg(format!("{}/{database}", server("AIRBRIDGE_TEST_POSTGRES")));
    command
}

fn mariadb(database: &str) -> Command {
    mariadb_program("mariadb", database)
}

/// A client of MariaDB, with the password in its environment.
fn mariadb_program(program: &str, database: &str) -> Command {
    let address = server("AIRBRIDGE_TEST_MARIADB");
    let (user, port) = ("airflow", address.rsplit(':').next().expect("a port"));
    let mut command = Command::new(program);
    command.args(["--no-defaults", "--protocol=tcp", "-h", "127.0.0.1", "-P", port, "-u", user]);
    command.env("MYSQL_PWD", "airflow");
    if program == "mariadb" {
        command.args(["-N", "-B"]);
    }
    if !database.is_empty() {
        command.arg(database);
    }
    command
}

fn attempt(client: &mut Command, sql: &str) {
    let child = client.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Ok(mut child) = child {
        use std::io::Write;
        let _ = child.stdin.take().map(|mut input| input.write_all(sql.as_bytes()));
        let _ = child.wait();
    }
}

/// Runs statements and returns the output.
pub(crate) fn run_sql(client: &mut Command, sql: &str) -> String {
    use std::io::Write;
    let client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = client.spawn().expect("the client of the database starts");
    child.stdin.take().expect("a pipe").write_all(sql.as_bytes()).expect("the client listens");
    let output = child.wait_with_output().expect("the client ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
