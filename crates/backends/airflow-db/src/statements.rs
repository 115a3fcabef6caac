//! The statements, made of the columns that a database has.

use crate::address::DatabaseKind;
use crate::database::Bind;
use crate::schema::{Schema, Table, TeamColumn};

/// The statements for the rows of one team, or of those that belong to none.
#[derive(Debug)]
pub(crate) struct Statements<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) team: Option<&'a str>,
}

/// A statement with its values.
pub(crate) type Statement = (String, Vec<Bind>);

impl Statements<'_> {
    /// The ids of rows after the row `after`, in the order of rows: the number of the row and the id.
    pub(crate) fn page(&self, table: Table, after: i32, most: usize) -> Statement {
        let (id, key) = (self.quoted("id"), self.quoted(table.key()));
        let (clause, mut binds) = self.of_team();
        binds.insert(0, Bind::Number(Some(after)));
        let sql = format!(
            // Without a name of its own, the text would be what PostgreSQL sorts by.
            "SELECT {} AS number, {key} FROM {} WHERE {id} > ? AND {key} IS NOT NULL AND {clause} ORDER BY {id} \
             LIMIT {most}",
            self.as_text(&id),
            self.table(table.name()),
        );
        (sql, binds)
    }

    /// The ids of the rows that belong to other teams, or to any team if no team is meant.
    pub(crate) fn of_others(&self, table: Table) -> Option<Statement> {
        if self.schema.team == TeamColumn::None {
            return None;
        }
        let key = self.quoted(table.key());
        let (clause, binds) = self.of_team();
        // With a team, the clause is null for rows that belong to none.
        let sql = format!(
            "SELECT {key} FROM {} WHERE {key} IS NOT NULL AND NOT COALESCE(({clause}), {})",
            self.table(table.name()),
            if self.schema.kind == DatabaseKind::Postgres { "FALSE" } else { "0" },
        );
        Some((sql, binds))
    }

    /// Whole rows by their ids: the number of the row, the id, whether it is of the team, then the fields and the flags in
    /// the order of [`Table::fields`]. With `lock`, other programs cannot change them until the transaction ends.
    pub(crate) fn rows(&self, table: Table, ids: &[&str], lock: bool) -> Statement {
        let (id, key) = (self.quoted("id"), self.quoted(table.key()));
        let (clause, mut binds) = self.of_team();
        let mut columns =
            vec![self.as_text(&id), key.clone(), format!("CASE WHEN {clause} THEN '1' ELSE '0' END")];
        for field in table.fields() {
            columns.push(if !self.schema.has(table, field.column) {
                self.null().to_owned()
            } else if field.is_number {
                self.as_text(&self.quoted(field.column))
            } else {
                self.quoted(field.column)
            });
        }
        for flag in table.fields().iter().filter_map(|field| field.flag) {
            columns.push(if self.schema.has(table, flag) {
                format!("CASE WHEN {} THEN '1' ELSE '0' END", self.quoted(flag))
            } else {
                "'0'".to_owned()
            });
        }
        binds.extend(ids.iter().map(|id| Bind::text(id)));
        let marks = vec!["?"; ids.len()].join(", ");
        // SQLite locks the whole database when the transaction begins.
        let lock = if lock && self.schema.kind != DatabaseKind::Sqlite { " FOR UPDATE" } else { "" };
        let sql = format!(
            "SELECT {} FROM {} WHERE {key} IN ({marks}){lock}",
            columns.join(", "),
            self.table(table.name())
        );
        (sql, binds)
    }

    /// Adds rows, each with its id and the values of [`columns`](Self::columns).
    pub(crate) fn insert(&self, table: Table, rows: Vec<(&str, Vec<Bind>)>) -> Statement {
        let columns = self.columns(table);
        let mut names: Vec<_> = vec![self.quoted(table.key())];
        names.extend(columns.iter().map(|column| self.quoted(column)));
        let mut values = vec!["?"; names.len()].join(", ");
        let team = match (self.schema.team, self.team) {
            (TeamColumn::Name, Some(_)) => {
                names.push(self.quoted("team_name"));
                values.push_str(", ?");
                self.team
            }
            (TeamColumn::Id, Some(_)) => {
                names.push(self.quoted("team_id"));
                values.push_str(", ");
                values.push_str(&self.team_id());
                self.team
            }
            _ => None,
        };
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.table(table.name()),
            names.join(", "),
            vec![format!("({values})"); rows.len()].join(", "),
        );
        let mut binds = Vec::with_capacity(rows.len() * (names.len() + 1));
        for (id, values) in rows {
            binds.push(Bind::text(id));
            binds.extend(values);
            binds.extend(team.map(Bind::text));
        }
        (sql, binds)
    }

    /// Gives a row new values for [`columns`](Self::columns).
    pub(crate) fn update(&self, table: Table, row: i32, mut values: Vec<Bind>) -> Statement {
        let columns = self.columns(table);
        let set: Vec<_> = columns.iter().map(|column| format!("{} = ?", self.quoted(column))).collect();
        values.push(Bind::Number(Some(row)));
        let sql = format!(
            "UPDATE {} SET {} WHERE {} = ?",
            self.table(table.name()),
            set.join(", "),
            self.quoted("id")
        );
        (sql, values)
    }

    /// Removes a row.
    pub(crate) fn delete(&self, table: Table, row: i32) -> Statement {
        let sql = format!("DELETE FROM {} WHERE {} = ?", self.table(table.name()), self.quoted("id"));
        (sql, vec![Bind::Number(Some(row))])
    }

    /// The columns that a row gets, in the order of their values: fields, then flags.
    pub(crate) fn columns(&self, table: Table) -> Vec<&'static str> {
        let fields = table.fields().iter().map(|field| field.column);
        let flags = table.fields().iter().filter_map(|field| field.flag);
        fields.chain(flags).filter(|column| self.schema.has(table, column)).collect()
    }

    /// The condition that a row belongs to the team, with its value.
    fn of_team(&self) -> (String, Vec<Bind>) {
        let column = match self.schema.team {
            TeamColumn::None => return ("1 = 1".to_owned(), Vec::new()),
            TeamColumn::Name => self.quoted("team_name"),
            TeamColumn::Id => self.quoted("team_id"),
        };
        match (self.team, self.schema.team) {
            (None, _) => (format!("{column} IS NULL"), Vec::new()),
            (Some(team), TeamColumn::Id) => {
                (format!("{column} = {}", self.team_id()), vec![Bind::text(team)])
            }
            (Some(team), _) => (format!("{column} = ?"), vec![Bind::text(team)]),
        }
    }

    /// The id of the team whose name is the value.
    fn team_id(&self) -> String {
        format!("(SELECT t.id FROM {} t WHERE t.name = ?)", self.table("team"))
    }

    /// A table with its schema.
    fn table(&self, name: &str) -> String {
        format!("{}{}", self.schema.prefix, self.quoted(name))
    }

    fn quoted(&self, name: &str) -> String {
        match self.schema.kind {
            DatabaseKind::MySql => format!("`{name}`"),
            DatabaseKind::Postgres | DatabaseKind::Sqlite => format!("\"{name}\""),
        }
    }

    fn as_text(&self, column: &str) -> String {
        let text = if self.schema.kind == DatabaseKind::MySql { "CHAR" } else { "TEXT" };
        format!("CAST({column} AS {text})")
    }

    fn null(&self) -> &'static str {
        if self.schema.kind == DatabaseKind::Postgres { "NULL::text" } else { "NULL" }
    }
}
