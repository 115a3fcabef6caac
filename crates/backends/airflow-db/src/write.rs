//! Writing: all changes in one transaction.

use std::collections::{HashMap, HashSet};

use airbridge_core::{
    Action, Change, Error, ErrorKind, Operation, Payload, Receipt, Result, SecretName, SecretStore,
};

use crate::check::split;
use crate::database::{Bind, Connection};
use crate::fernet::FernetError;
use crate::row::{Row, values};
use crate::schema::Table;
use crate::session::Session;
use crate::store::{CHUNK, DatabaseStore};

/// Rows in one statement that adds rows. (SQLite takes 32,766 values in a statement, the others 65,535.)
const INSERTED: usize = 1_000;
/// Bytes of text in one statement, beyond which no further row is added to it. MySQL takes 16 MiB at least.
const INSERTED_BYTES: usize = 1 << 20;

/// The receipt of every change: rows have no versions.
const DONE: Receipt = Receipt { version: None };

/// The rows with the ids of the changes, locked for other programs.
#[derive(Default)]
struct Locked {
    rows: HashMap<SecretName, Row>,
    /// The tables and ids as the database compares them.
    taken: HashSet<(Table, String)>,
}

/// What the transaction does.
#[derive(Default)]
struct Work<'a> {
    inserts: HashMap<Table, Vec<(&'a str, Vec<Bind>)>>,
    updates: Vec<(Table, i32, Vec<Bind>)>,
    deletes: Vec<(Table, i32)>,
}

impl DatabaseStore {
    /// Makes the changes in one transaction: all of those whose outcome is a success, or none.
    ///
    /// # Errors
    ///
    /// `VersionMismatch` if a row that is replaced or deleted is not what was read: then nothing was written.
    pub(crate) async fn write(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        if !self.settings.write {
            let message = format!("{} was opened to be read", self.context.place());
            return Err(Error::new(ErrorKind::Unsupported, Operation::Write, message));
        }
        let mut session = self.session.lock().await;
        let mut connection = session.writing(&self.settings, &self.context).await?;
        let locked = self.lock(&mut connection, changes).await?;
        let mut work = Work::default();
        let mut outcomes = Vec::with_capacity(changes.len());
        for change in changes {
            outcomes.push(self.judge(change, &locked, &session, &mut work)?);
        }
        self.execute(&mut connection, work).await?;
        connection.control("COMMIT").await.map_err(|error| self.commit_failed(&error))?;
        session.release(connection);
        for (change, outcome) in changes.iter().zip(&outcomes) {
            if outcome.is_ok() {
                session.seen.remove(&change.name);
            }
        }
        Ok(outcomes)
    }

    async fn lock(&self, connection: &mut Connection, changes: &[Change]) -> Result<Locked> {
        let mut locked = Locked::default();
        for table in Table::ALL {
            let names = changes.iter().filter_map(|change| split(change.name.as_str()));
            let ids: Vec<&str> = names.filter(|(of, _)| *of == table).map(|(_, id)| id).collect();
            for ids in ids.chunks(CHUNK) {
                let (sql, binds) = self.statements().rows(table, ids, true);
                let rows = connection.rows(&sql, &binds).await;
                let rows = rows.map_err(|error| self.context.classify(&error, Operation::Write))?;
                for row in rows.into_iter().filter_map(Row::new) {
                    locked.taken.insert((table, self.schema.fold(&row.id)));
                    if row.is_own {
                        locked.rows.insert(SecretName::new(format!("{}{}", table.root(), row.id)), row);
                    }
                }
            }
        }
        Ok(locked)
    }

    /// Decides what to do for a change. The outer error ends the transaction.
    fn judge<'a>(
        &self,
        change: &'a Change,
        locked: &Locked,
        session: &Session,
        work: &mut Work<'a>,
    ) -> Result<Result<Receipt>> {
        let name = &change.name;
        let fail = |kind, message: &str| Ok(Err(Error::write(kind, message, name)));
        let row = locked.rows.get(name);
        let payload = match &change.action {
            Action::Create(payload) | Action::Replace { payload, .. } => Some(payload),
            _ => None,
        };
        if let Some(payload) = payload
            && let Err(rejection) = self.check(name, payload)
        {
            return Ok(Err(rejection.into_error(name)));
        }
        let Some((table, id)) = split(name.as_str()) else { return Ok(Ok(DONE)) };
        match &change.action {
            Action::Create(_) if locked.taken.contains(&(table, self.schema.fold(id))) => {
                let message = if row.is_some() {
                    "the id is taken"
                } else {
                    "the database regards another id as equal"
                };
                fail(ErrorKind::AlreadyExists, message)
            }
            Action::Create(Payload::Fields(fields)) => {
                let values = self.values(table, fields, name)?;
                work.inserts.entry(table).or_default().push((id, values));
                Ok(Ok(DONE))
            }
            Action::Replace { expect: Some(_), .. } | Action::Delete { expect: Some(_) } if row.is_some() => {
                fail(ErrorKind::VersionMismatch, "a row has no version to compare")
            }
            Action::Replace { payload: Payload::Fields(fields), .. } => match row {
                None => fail(ErrorKind::NotFound, "no such row"),
                Some(row) => {
                    self.check_unchanged(row, name, session)?;
                    work.updates.push((table, row.number, self.values(table, fields, name)?));
                    Ok(Ok(DONE))
                }
            },
            Action::Delete { .. } => {
                if let Some(row) = row {
                    self.check_unchanged(row, name, session)?;
                    work.deletes.push((table, row.number));
                }
                Ok(Ok(DONE))
            }
            _ => fail(ErrorKind::Unsupported, "a row cannot be changed like this"),
        }
    }

    fn values(&self, table: Table, fields: &airbridge_core::Fields, name: &SecretName) -> Result<Vec<Bind>> {
        values(&self.schema, table, fields, &self.fernet).map_err(|_: FernetError| {
            Error::write(ErrorKind::Unexpected, "the value cannot be encrypted", name)
        })
    }

    /// Fails unless the row is what was read of it.
    fn check_unchanged(&self, row: &Row, name: &SecretName, session: &Session) -> Result<()> {
        let seen = session.seen.get(name);
        if seen.is_none_or(|seen| seen.as_ref() == row.mark(&self.marks).as_ref()) {
            return Ok(());
        }
        let message =
            format!("{name} was changed by another program after it was read, so nothing was written");
        Err(Error::new(ErrorKind::VersionMismatch, Operation::Write, message)
            .with_hint("run the same command again to make a new plan"))
    }

    async fn execute(&self, connection: &mut Connection, work: Work<'_>) -> Result<()> {
        let statements = self.statements();
        let mut all = Vec::new();
        for (table, number) in work.deletes {
            all.push(statements.delete(table, number));
        }
        for (table, number, values) in work.updates {
            all.push(statements.update(table, number, values));
        }
        for (table, rows) in work.inserts {
            let (mut batch, mut bytes) = (Vec::new(), 0);
            for (id, values) in rows {
                bytes += values.iter().map(Bind::len).sum::<usize>();
                batch.push((id, values));
                if batch.len() == INSERTED || bytes >= INSERTED_BYTES {
                    all.push(statements.insert(table, std::mem::take(&mut batch)));
                    bytes = 0;
                }
            }
            if !batch.is_empty() {
                all.push(statements.insert(table, batch));
            }
        }
        for (sql, binds) in all {
            connection
                .run(&sql, &binds)
                .await
                .map_err(|error| self.context.classify(&error, Operation::Write))?;
        }
        Ok(())
    }

    /// Without an answer to the end of the transaction, it is unknown whether it was made.
    fn commit_failed(&self, error: &sqlx::Error) -> Error {
        match error {
            sqlx::Error::Database(_) => self.context.classify(error, Operation::Write),
            _ => Error::new(
                ErrorKind::AnswerLost,
                Operation::Write,
                format!("{}: the connection was lost while the rows were committed", self.context.place()),
            ),
        }
    }
}
