//! The lookup of one entry, through the backend, the environment and the metadata database.

use airbridge_tests::{Airbridge, MetadataDatabase, System, VaultMount, server};
use serde_json::{Value, json};

use crate::case::{Case, Planted};

const FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";

/// A deployment whose backend is a file of connections, with more variables in its env file and rows in its database.
struct Deployment {
    airflow: &'static str,
    in_backend: Value,
    variables: &'static str,
    rows: Value,
}

impl Deployment {
    const NOTHING: Self = Self { airflow: "3", in_backend: Value::Null, variables: "", rows: Value::Null };

    fn planted(self, entry: &str) -> Planted {
        let database = MetadataDatabase::new(System::Sqlite, self.airflow);
        let user = Airbridge::new();
        user.write("seed/airflow.cfg", database.cfg());
        if !self.rows.is_null() {
            user.write("rows/connections.json", self.rows.to_string());
            user.run(["copy", "rows/connections.json", "airflow-db:seed", "--yes"]).code(0);
        }
        let mut lines: Vec<_> =
            database.variables().iter().map(|(name, value)| format!("{name}='{value}'")).collect();
        if !self.in_backend.is_null() {
            user.write("connections.json", self.in_backend.to_string());
            let path = user.home().join("connections.json").display().to_string();
            lines.push(format!("AIRFLOW__SECRETS__BACKEND={FILES}"));
            lines.push(format!(
                "AIRFLOW__SECRETS__BACKEND_KWARGS='{{\"connections_file_path\": \"{path}\"}}'"
            ));
        }
        lines.push(self.variables.to_owned());
        user.write("prod.env", lines.join("\n"));
        let version = if self.airflow == "2" { "2.11" } else { "3.3" };
        Planted::new(user, &[&format!("airflow:prod.env?airflow_version={version}"), entry]).with(database)
    }
}

fn vault(entry: &str, keys: &str) -> Planted {
    let mount = VaultMount::new(&server("AIRBRIDGE_TEST_OPENBAO"), 2);
    let fields = json!({ "data": { "conn_uri": "http://h" } });
    mount.request("POST", &format!("{}/data/connections/my_db", mount.name), Some(fields));
    let mark = if keys.is_empty() { "" } else { "?" };
    let endpoint = format!("{}{mark}{keys}", mount.endpoint());
    Planted::new(Airbridge::new().with_all(mount.variables()), &[&endpoint, entry])
}

pub(crate) const CASES: &[Case] = &[
    Case {
        wrong: "The id differs in upper and lower case.",
        check: "answer",
        result: "problem",
        says: "Airflow does not find conn:My_DB",
        todo: "use conn:my_db, which … has: it differs in upper and lower case, and ids are case-sensitive",
        plant: || vault("conn:My_DB", ""),
    },
    Case {
        wrong: "The id has `-` instead of `_`.",
        check: "answer",
        result: "problem",
        says: "Airflow does not find conn:my-db",
        todo: "use conn:my_db, which … has: it differs in `-`, `_`, `.` or blanks",
        plant: || vault("conn:my-db", ""),
    },
    Case {
        wrong: "The entry is of another kind.",
        check: "answer",
        result: "problem",
        says: "Airflow does not find var:my_db",
        todo: "check the kind: … has conn:my_db",
        plant: || vault("var:my_db", ""),
    },
    Case {
        wrong: "The path of the kind is null.",
        check: "lookup",
        result: "ok",
        says: "not asked: `connections_path` has no path, so Airflow does not look up connections in Vault",
        todo: "",
        plant: || vault("conn:my_db", "connections_path:=null"),
    },
    Case {
        wrong: "The backend hides an environment variable.",
        check: "hidden",
        result: "warning",
        says: "environment: `AIRFLOW_CONN_DB` has another value, which Airflow does not read: secrets backend answers first",
        todo: "delete the entry that is out of date",
        plant: || {
            let in_backend = json!({ "db": "http://new" });
            Deployment { in_backend, variables: "AIRFLOW_CONN_DB=http://old", ..Deployment::NOTHING }
                .planted("conn:db")
        },
    },
    Case {
        wrong: "An environment variable hides a row of the database.",
        check: "hidden",
        result: "warning",
        says: "metadata database: `connections/db` has another value, which Airflow does not read: environment answers first",
        todo: "delete the entry that is out of date",
        plant: || {
            let rows = json!({ "db": { "conn_type": "http", "host": "old" } });
            Deployment { rows, variables: "AIRFLOW_CONN_DB=http://new", ..Deployment::NOTHING }
                .planted("conn:db")
        },
    },
    Case {
        wrong: "Airflow cannot read the environment variable, and takes the row of the database.",
        check: "answer",
        result: "warning",
        says: "Airflow reads conn:db from metadata database, `connections/db`, because environment has no value that it can read",
        todo: "correct the first place, or delete the entry there",
        plant: || {
            let rows = json!({ "db": { "conn_type": "http", "host": "old" } });
            let variables = "AIRFLOW_CONN_DB='{\"conn_type\": \"http\", \"port\": \"x\"}'";
            Deployment { airflow: "2", rows, variables, ..Deployment::NOTHING }.planted("conn:db")
        },
    },
    Case {
        wrong: "The name of an environment variable is nearly right.",
        check: "near-name",
        result: "warning",
        says: "AIRFLOW__CONN_DB",
        todo: "",
        plant: || {
            Deployment { variables: "AIRFLOW__CONN_DB=http://h", ..Deployment::NOTHING }.planted("conn:db")
        },
    },
    Case {
        wrong: "Tasks of Airflow 3 ask for a connection with `/` in its id.",
        check: "lookup",
        result: "warning",
        says: "metadata database: not asked: tasks of Airflow 3 cannot ask the API server for a connection whose id contains `/`",
        todo: "rename the connection",
        plant: || Deployment::NOTHING.planted("conn:team/db"),
    },
    Case {
        wrong: "`airflow.cfg` does not say what the environment has.",
        check: "lookup",
        result: "warning",
        says: "environment: not known from here: … does not contain the environment variables of the deployment",
        todo: "run `airbridge doctor airflow:` where the deployment runs, or name its env file",
        plant: || {
            let database = MetadataDatabase::new(System::Sqlite, "3");
            let user = Airbridge::new();
            user.write("airflow.cfg", database.cfg());
            Planted::new(user, &["airflow:airflow.cfg", "conn:db"]).with(database)
        },
    },
    Case {
        wrong: "The database is that of another version of Airflow.",
        check: "airflow-version",
        result: "warning",
        says: "the database is that of Airflow 2.11, and this lookup is that of Airflow 3.3",
        todo: "set `airflow_version=2.11`",
        plant: || {
            let database = MetadataDatabase::new(System::Sqlite, "2");
            let user = Airbridge::new();
            user.write("airflow.cfg", database.cfg());
            Planted::new(user, &["airflow:airflow.cfg", "conn:db"]).with(database)
        },
    },
];
