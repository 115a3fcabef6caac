//! The connection between calls, and what was read over it.

use std::collections::{HashMap, HashSet};

use airbridge_core::{Operation, Result, SecretName};
use aws_lc_rs::hmac;

use crate::address::DatabaseKind;
use crate::connect::connect;
use crate::database::{Bind, Cell, Connection};
use crate::error::{Context, Fault};
use crate::schema::Schema;
use crate::settings::Settings;
use crate::statements::Statement;

/// The connection between calls.
///
/// A call takes the connection out and puts it back when it has succeeded. After an error, or if its caller stops waiting, the
/// connection is dropped, and with it the transaction.
#[derive(Debug)]
pub(crate) struct Session {
    connection: Option<Connection>,
    /// Whether a transaction that reads is open.
    is_reading: bool,
    /// The marks of the rows that were read, to find those that change before they are replaced.
    pub(crate) seen: HashMap<SecretName, hmac::Tag>,
}

impl Session {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection: Some(connection), is_reading: false, seen: HashMap::new() }
    }

    /// The connection, with a transaction that reads one moment of the database and writes nothing.
    pub(crate) async fn reading(
        &mut self,
        settings: &Settings,
        context: &Context,
        operation: Operation,
    ) -> Result<Connection> {
        let (mut connection, is_reading) = self.take(settings, context).await?;
        if !is_reading {
            for sql in begin_reading(settings.address.kind) {
                connection.control(sql).await.map_err(|error| context.classify(&error, operation))?;
            }
        }
        Ok(connection)
    }

    /// The connection, with a transaction that writes.
    pub(crate) async fn writing(&mut self, settings: &Settings, context: &Context) -> Result<Connection> {
        let (mut connection, is_reading) = self.take(settings, context).await?;
        let end = is_reading.then_some("ROLLBACK");
        for sql in end.into_iter().chain(begin_writing(settings.address.kind).iter().copied()) {
            connection.control(sql).await.map_err(|error| context.classify(&error, Operation::Write))?;
        }
        Ok(connection)
    }

    /// Puts the connection back while its transaction goes on reading.
    pub(crate) fn keep(&mut self, connection: Connection) {
        self.connection = Some(connection);
        self.is_reading = true;
    }

    /// Puts the connection back after the end of its transaction.
    pub(crate) fn release(&mut self, connection: Connection) {
        self.connection = Some(connection);
        self.is_reading = false;
    }

    async fn take(&mut self, settings: &Settings, context: &Context) -> Result<(Connection, bool)> {
        let is_reading = std::mem::take(&mut self.is_reading);
        match self.connection.take() {
            Some(connection) => Ok((connection, is_reading)),
            None => Ok((connect(settings, context).await?, false)),
        }
    }

    /// Checks that the database accepts writes of this user.
    ///
    /// # Errors
    ///
    /// `Config` for a replica or a read-only database, `PermissionDenied` for a user who may only read.
    pub(crate) async fn check_writable(
        &mut self,
        schema: &Schema,
        settings: &Settings,
        context: &Context,
    ) -> Result<()> {
        let (mut connection, _) = self.take(settings, context).await?;
        let answer = if let Some((sql, binds)) = writable(schema) {
            connection.rows(sql, &binds).await
        } else {
            // SQLite says so when a transaction begins that could write.
            let began = connection.control("BEGIN IMMEDIATE").await;
            let ended = if began.is_ok() { connection.control("ROLLBACK").await } else { Ok(()) };
            began.and(ended).map(|()| Vec::new())
        };
        let rows = answer.map_err(|error| context.classify(&error, Operation::Open))?;
        let answer = rows.first().and_then(|row| row.first()?.as_deref().map(Vec::as_slice));
        match answer {
            Some(b"read-only") => Err(context.fault(Fault::ReadOnly, "", Operation::Open)),
            Some(b"denied") => Err(context.fault(Fault::Denied, "", Operation::Write)),
            _ => {
                self.release(connection);
                Ok(())
            }
        }
    }

    /// The ids that a statement returns, as the database compares them.
    pub(crate) async fn ids(
        &mut self,
        statement: Option<Statement>,
        schema: &Schema,
        settings: &Settings,
        context: &Context,
    ) -> Result<HashSet<String>> {
        let Some((sql, binds)) = statement else { return Ok(HashSet::new()) };
        let (mut connection, _) = self.take(settings, context).await?;
        let rows = connection.rows(&sql, &binds).await;
        let rows = rows.map_err(|error| context.classify(&error, Operation::Open))?;
        self.release(connection);
        let id = |row: Vec<Cell>| String::from_utf8(row.into_iter().next()??.to_vec()).ok();
        Ok(rows.into_iter().filter_map(id).map(|id| schema.fold(&id)).collect())
    }
}

fn begin_reading(kind: DatabaseKind) -> &'static [&'static str] {
    match kind {
        DatabaseKind::Postgres => &["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"],
        DatabaseKind::MySql => &[
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ],
        DatabaseKind::Sqlite => &["BEGIN"],
    }
}

fn begin_writing(kind: DatabaseKind) -> &'static [&'static str] {
    match kind {
        DatabaseKind::Postgres => {
            &["BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", "SET LOCAL lock_timeout = '30s'"]
        }
        // Otherwise MySQL may shorten a text, or replace a character, without an error.
        DatabaseKind::MySql => &[
            "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
            "START TRANSACTION READ WRITE",
        ],
        DatabaseKind::Sqlite => &["BEGIN IMMEDIATE"],
    }
}

/// A statement that says whether the tables can be written: `ok`, `read-only` or `denied`.
fn writable(schema: &Schema) -> Option<(&'static str, Vec<Bind>)> {
    match schema.kind {
        DatabaseKind::Postgres => Some((
            "SELECT CASE WHEN pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' THEN 'read-only' \
             WHEN (SELECT bool_and(has_table_privilege(to_regclass(? || name)::oid, privilege)) \
             FROM unnest(ARRAY['connection', 'variable']) AS name, \
             unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege) THEN 'ok' ELSE 'denied' END::text",
            vec![Bind::text(&schema.prefix)],
        )),
        DatabaseKind::MySql => {
            Some(("SELECT CASE WHEN @@global.read_only THEN 'read-only' ELSE 'ok' END", Vec::new()))
        }
        DatabaseKind::Sqlite => None,
    }
}
