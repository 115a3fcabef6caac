//! What the tables of a database look like. The columns are discovered, because they differ between the versions of
//! Airflow.

use std::collections::BTreeMap;

use airbridge_core::{Error, ErrorKind, Operation, Result};

use crate::address::DatabaseKind;
use crate::database::{Bind, Cell, Connection};
use crate::error::Context;

/// A table with entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Table {
    Connection,
    Variable,
}

impl Table {
    pub(crate) const ALL: [Self; 2] = [Self::Connection, Self::Variable];

    /// The name in the database.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Variable => "variable",
        }
    }

    /// What the names of its rows start with.
    pub(crate) fn root(self) -> &'static str {
        match self {
            Self::Connection => "connections/",
            Self::Variable => "variables/",
        }
    }

    /// The column that identifies a row for Airflow.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Connection => "conn_id",
            Self::Variable => "key",
        }
    }

    /// The columns of a row with the names of the fields in a payload, and the column that says whether the text is
    /// encrypted.
    pub(crate) fn fields(self) -> &'static [Field] {
        match self {
            Self::Connection => CONNECTION,
            Self::Variable => VARIABLE,
        }
    }
}

/// A field of a payload, and the column that holds it.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) column: &'static str,
    /// The column that says whether the text is encrypted.
    pub(crate) flag: Option<&'static str>,
    pub(crate) is_number: bool,
    /// Whether a row must have it.
    pub(crate) is_required: bool,
    /// What Airflow does with an empty text.
    pub(crate) if_empty: Empty,
}

/// What Airflow does with an empty text in an encrypted column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    /// It stores null.
    Null,
    /// It stores the empty text as it is.
    Plain,
    /// It encrypts it like any other.
    Encrypted,
}

const fn text(name: &'static str) -> Field {
    Field { name, column: name, flag: None, is_number: false, is_required: false, if_empty: Empty::Plain }
}

const CONNECTION: &[Field] = &[
    Field { is_required: true, ..text("conn_type") },
    text("description"),
    text("host"),
    text("schema"),
    text("login"),
    Field { flag: Some("is_encrypted"), if_empty: Empty::Null, ..text("password") },
    Field { is_number: true, ..text("port") },
    Field { flag: Some("is_extra_encrypted"), ..text("extra") },
];

const VARIABLE: &[Field] = &[
    Field {
        column: "val",
        flag: Some("is_encrypted"),
        is_required: true,
        if_empty: Empty::Encrypted,
        ..text("value")
    },
    text("description"),
];

/// How rows belong to teams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TeamColumn {
    /// There are no teams (Airflow before 3.1).
    None,
    /// `team_name` (Airflow 3.2 and later).
    Name,
    /// `team_id`, the id of a row in `team` (Airflow 3.1).
    Id,
}

/// The tables of a database.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) kind: DatabaseKind,
    /// What stands before the name of each table: the schema and a point, or nothing.
    pub(crate) prefix: String,
    connection: BTreeMap<String, Option<usize>>,
    variable: BTreeMap<String, Option<usize>>,
    pub(crate) team: TeamColumn,
    /// Whether two ids that differ in case only are the same.
    pub(crate) ignores_case: bool,
    /// Whether the database belongs to Airflow 3.
    pub(crate) is_airflow_3: bool,
}

impl Schema {
    /// Looks at the tables, on PostgreSQL those of the schema `name`. Names are qualified and no setting of the connection is
    /// changed, because a pool may give every transaction another connection.
    ///
    /// # Errors
    ///
    /// A table is missing, or the user may not see it.
    pub(crate) async fn discover(
        connection: &mut Connection,
        kind: DatabaseKind,
        name: Option<&str>,
        context: &Context,
    ) -> Result<Self> {
        let name = name.filter(|name| kind == DatabaseKind::Postgres && !name.is_empty());
        let prefix = name.map(|name| format!("\"{}\".", name.replace('"', "\"\""))).unwrap_or_default();
        let classify = |error: sqlx::Error| context.classify(&error, Operation::Open);
        let mut columns = Vec::new();
        let mut ignores_case = false;
        for table in Table::ALL {
            let name = Bind::text(&format!("{prefix}{}", table.name()));
            let rows = connection.rows(columns_of(kind), &[name]).await.map_err(classify)?;
            let mut found = BTreeMap::new();
            for row in &rows {
                let [name, length, collation] = row.as_slice() else { continue };
                let name = shown(name).to_ascii_lowercase();
                if name == table.key() {
                    ignores_case |= shown(collation).to_ascii_lowercase().contains("_ci");
                }
                found.insert(name, shown(length).parse().ok());
            }
            if !found.contains_key("id") || !found.contains_key(table.key()) {
                return Err(no_table(table, context));
            }
            columns.push(found);
        }
        let prefixes = match kind {
            DatabaseKind::Postgres => vec![Bind::text(&prefix), Bind::text(&prefix)],
            DatabaseKind::MySql | DatabaseKind::Sqlite => Vec::new(),
        };
        let is_airflow_3 =
            !connection.rows(newer_tables(kind), &prefixes).await.map_err(classify)?.is_empty();
        let [connection, variable]: [BTreeMap<_, _>; 2] = columns.try_into().unwrap_or_default();
        let team = if connection.contains_key("team_name") {
            TeamColumn::Name
        } else if connection.contains_key("team_id") {
            TeamColumn::Id
        } else {
            TeamColumn::None
        };
        Ok(Self { kind, prefix, connection, variable, team, ignores_case, is_airflow_3 })
    }

    fn columns(&self, table: Table) -> &BTreeMap<String, Option<usize>> {
        match table {
            Table::Connection => &self.connection,
            Table::Variable => &self.variable,
        }
    }

    /// Whether a table has a column.
    pub(crate) fn has(&self, table: Table, column: &str) -> bool {
        self.columns(table).contains_key(column)
    }

    /// The maximum length of a column: characters, or bytes for the long texts of MySQL. `None` if there is none.
    pub(crate) fn limit(&self, table: Table, column: &str) -> Option<usize> {
        self.columns(table).get(column).copied().flatten()
    }

    /// The id in the form in which the database compares ids.
    pub(crate) fn fold(&self, id: &str) -> String {
        let id = if self.ignores_last_blanks() { id.trim_end_matches(' ') } else { id };
        if self.ignores_case { id.to_lowercase() } else { id.to_owned() }
    }

    /// Whether an id with a blank at its end is the same as without. (MySQL's collations that end in `_ci` and `_bin`)
    pub(crate) fn ignores_last_blanks(&self) -> bool {
        self.kind == DatabaseKind::MySql
    }
}

/// A cell of the catalogue.
fn shown(cell: &Cell) -> &str {
    cell.as_ref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

fn no_table(table: Table, context: &Context) -> Error {
    let message =
        format!("{} has no table `{}` of Airflow that its user may see", context.place(), table.name());
    Error::new(ErrorKind::Config, Operation::Open, message).with_hint(
        "check the database, the user's permissions and `sql_alchemy_schema`; Airflow creates its tables with \
         `airflow db migrate`",
    )
}

/// The name, the maximum length and the collation of each column of a table.
fn columns_of(kind: DatabaseKind) -> &'static str {
    match kind {
        DatabaseKind::Postgres => {
            "SELECT a.attname::text, CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 \
             THEN (a.atttypmod - 4)::text END, NULL::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
             WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped"
        }
        DatabaseKind::MySql => {
            "SELECT column_name, CAST(character_maximum_length AS CHAR), collation_name \
             FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?"
        }
        // SQLite does not enforce lengths.
        DatabaseKind::Sqlite => "SELECT name, NULL, NULL FROM pragma_table_info(?)",
    }
}

/// A row if the database has a table that only Airflow 3 has.
fn newer_tables(kind: DatabaseKind) -> &'static str {
    match kind {
        DatabaseKind::Postgres => {
            "SELECT '1'::text WHERE to_regclass(? || 'dag_version') IS NOT NULL OR to_regclass(? || 'team') IS NOT NULL"
        }
        DatabaseKind::MySql => {
            "SELECT '1' FROM information_schema.tables WHERE table_schema = DATABASE() \
             AND table_name IN ('dag_version', 'team') LIMIT 1"
        }
        DatabaseKind::Sqlite => "SELECT '1' FROM sqlite_master WHERE name IN ('dag_version', 'team') LIMIT 1",
    }
}
