//! The GRANT statements for the statements of this adapter, and nothing else.
//!
//! Opening looks at the columns of both tables, so that both appear in each policy. A database cannot limit access to the
//! rows of some ids.

use std::collections::BTreeSet;

use airbridge_core::{Policy, PolicyRequest, Right};

use crate::address::DatabaseKind;
use crate::schema::{Schema, Table, TeamColumn};
use crate::settings::Settings;
use crate::statements::Statements;

/// What the statements call the user.
const USER: &str = "airbridge";

/// Rights of changes.
const WRITES: [Right; 3] = [Right::Create, Right::Replace, Right::Delete];

/// Rights that read.
const READS: [Right; 4] = [Right::List, Right::Read, Right::ReadFormer, Right::Metadata];

/// The policy for `request`.
pub(crate) fn policies(request: &PolicyRequest, schema: &Schema, settings: &Settings) -> Vec<Policy> {
    if !request.allows_any(&READS) && !request.allows_any(&WRITES) {
        return Vec::new();
    }
    let grants = Grants { request, schema, settings };
    let (statements, note) = match schema.kind {
        DatabaseKind::Postgres => (grants.postgres(), POSTGRES),
        DatabaseKind::MySql => (grants.mysql(), MYSQL),
        DatabaseKind::Sqlite => return vec![sqlite()],
    };
    let mut notes = vec![
        format!("Replace {USER} with the name of the user."),
        "A database cannot limit access to some ids: the statements are for all connections and variables."
            .to_owned(),
    ];
    if request.allows_any(&WRITES) {
        notes.push(note.to_owned());
    }
    let title = format!("Privileges of a user of {}", schema.kind.name());
    let text = format!("{};\n", statements.join(";\n"));
    vec![Policy { title, language: "sql", text, notes }]
}

const POSTGRES: &str = "airbridge opens a PostgreSQL database for writing only if the user may select, insert, update and delete in both tables.";
const MYSQL: &str = "airbridge locks rows before it writes, which requires the privilege to update or delete in the same table.";

/// SQLite has no users.
fn sqlite() -> Policy {
    Policy {
        title: "Access to a file of SQLite".to_owned(),
        language: "text",
        text: "SQLite has no users and no privileges.\n".to_owned(),
        notes: vec![
            "Give the user access to the file, and to write also to its folder. This is access to every row."
                .to_owned(),
        ],
    }
}

struct Grants<'a> {
    request: &'a PolicyRequest,
    schema: &'a Schema,
    settings: &'a Settings,
}

impl Grants<'_> {
    fn postgres(&self) -> Vec<String> {
        let mut all = Vec::new();
        if let Some(schema) = self.schema.prefix.strip_suffix('.') {
            all.push(format!("GRANT USAGE ON SCHEMA {schema} TO \"{USER}\""));
        }
        let writes = self.request.allows_any(&WRITES);
        for table in Table::ALL {
            let name = self.table(table.name());
            if !writes {
                let columns = self.list(&self.read(table));
                all.push(format!("GRANT SELECT ({columns}) ON {name} TO \"{USER}\""));
                continue;
            }
            for verb in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
                all.push(format!("GRANT {verb} ON {name} TO \"{USER}\""));
            }
            if self.request.allows(Right::Create) {
                let sequence = self.table(&format!("{}_id_seq", table.name()));
                all.push(format!("GRANT USAGE ON SEQUENCE {sequence} TO \"{USER}\""));
            }
        }
        if let Some(columns) = self.of_team() {
            let columns = self.list(&columns);
            all.push(format!("GRANT SELECT ({columns}) ON {} TO \"{USER}\"", self.table("team")));
        }
        all
    }

    fn mysql(&self) -> Vec<String> {
        let mut all = Vec::new();
        for table in Table::ALL {
            let name = self.table(table.name());
            let mut verbs = vec![format!("SELECT ({})", self.list(&self.read(table)))];
            let columns = self.statements().columns(table);
            if self.request.allows(Right::Create) {
                let key = [table.key()].into_iter().chain(columns.iter().copied());
                verbs
                    .push(format!("INSERT ({})", self.list(&key.chain(self.new_team()).collect::<Vec<_>>())));
            }
            if self.request.allows(Right::Replace) {
                verbs.push(format!("UPDATE ({})", self.list(&columns)));
            } else if self.request.allows(Right::Create) && !self.request.allows(Right::Delete) {
                // To lock rows.
                verbs.push(format!("UPDATE ({})", self.list(&["description"])));
            }
            if self.request.allows(Right::Delete) {
                verbs.push("DELETE".to_owned());
            }
            all.extend(verbs.into_iter().map(|verb| format!("GRANT {verb} ON {name} TO '{USER}'@'%'")));
        }
        // Tables without a privilege are not shown, and one of these shows that the database is one of Airflow 3.
        let seen = match (self.of_team(), self.schema.is_airflow_3, self.schema.team) {
            (Some(columns), ..) => Some(("team", columns)),
            (None, true, TeamColumn::None) => Some(("dag_version", vec!["id"])),
            (None, true, _) => Some(("team", vec!["name"])),
            (None, false, _) => None,
        };
        if let Some((table, columns)) = seen {
            let (columns, table) = (self.list(&columns), self.table(table));
            all.push(format!("GRANT SELECT ({columns}) ON {table} TO '{USER}'@'%'"));
        }
        all
    }

    /// The columns that are read.
    fn read(&self, table: Table) -> Vec<&'static str> {
        let team = match self.schema.team {
            TeamColumn::None => None,
            TeamColumn::Name => Some("team_name"),
            TeamColumn::Id => Some("team_id"),
        };
        let columns = ["id", table.key()].into_iter().chain(self.statements().columns(table));
        columns.chain(team).collect()
    }

    /// The column for the team of a new row.
    fn new_team(&self) -> Option<&'static str> {
        let column = match self.schema.team {
            TeamColumn::None => None,
            TeamColumn::Name => Some("team_name"),
            TeamColumn::Id => Some("team_id"),
        };
        column.filter(|_| self.settings.team.is_some())
    }

    /// The columns of the table of teams that are read.
    fn of_team(&self) -> Option<Vec<&'static str>> {
        self.settings.team.as_ref()?;
        match self.schema.team {
            TeamColumn::None => None,
            TeamColumn::Name => Some(vec!["name"]),
            TeamColumn::Id => Some(vec!["id", "name"]),
        }
    }

    fn statements(&self) -> Statements<'_> {
        Statements { schema: self.schema, team: self.settings.team.as_deref() }
    }

    /// A table, with the schema of PostgreSQL or the database of MySQL.
    fn table(&self, name: &str) -> String {
        let Settings { schema, address, .. } = self.settings;
        match self.schema.kind {
            DatabaseKind::MySql => {
                let database =
                    schema.as_deref().filter(|schema| !schema.is_empty()).unwrap_or(&address.database);
                format!("`{}`.`{name}`", database.replace('`', "``"))
            }
            DatabaseKind::Postgres | DatabaseKind::Sqlite => format!("{}\"{name}\"", self.schema.prefix),
        }
    }

    /// Columns, each once.
    fn list(&self, columns: &[&'static str]) -> String {
        let mark = if self.schema.kind == DatabaseKind::MySql { '`' } else { '"' };
        let mut seen = BTreeSet::new();
        let columns = columns.iter().filter(|column| seen.insert(**column));
        columns.map(|column| format!("{mark}{column}{mark}")).collect::<Vec<_>>().join(", ")
    }
}
