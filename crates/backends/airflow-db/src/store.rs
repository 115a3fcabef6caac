//! The store: rows are secrets with named fields.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use airbridge_core::{
    Capabilities, Change, Cursor, Descriptor, Error, ErrorKind, Finding, Header, Limits, Metadata,
    NamePrefix, Operation, Page, Payload, Policy, PolicyRequest, Rates, Read, Receipt, Rejection, Result,
    Scope, SecretName, SecretStore, State, Stored, SupportedMetadata, Undo, Warning, WarningCode,
};
use async_trait::async_trait;
use aws_lc_rs::{hmac, rand};
use tokio::sync::Mutex;

use crate::check::{check, split};
use crate::connect::{Verified, connect, verified};
use crate::database::{Bind, Cell, Connection};
use crate::error::Context;
use crate::fernet::{Fernet, FernetError};
use crate::policy::policies;
use crate::row::Row;
use crate::schema::{Schema, Table, TeamColumn};
use crate::session::Session;
use crate::settings::Settings;
use crate::statements::Statements;

/// Ids in one statement that lists.
const PAGE: usize = 5_000;
/// Rows in one statement that reads or locks.
pub(crate) const CHUNK: usize = 500;

/// A metadata database as a store. Rows are named `connections/ID` and `variables/KEY`.
#[derive(Debug)]
pub struct DatabaseStore {
    descriptor: Descriptor,
    pub(crate) settings: Settings,
    pub(crate) context: Context,
    pub(crate) schema: Schema,
    pub(crate) fernet: Fernet,
    /// The ids of other teams, as the database compares them. No row can be made with one of them.
    others: HashMap<Table, HashSet<String>>,
    /// The key of the marks of rows.
    pub(crate) marks: hmac::Key,
    pub(crate) session: Mutex<Session>,
}

/// Opens a metadata database: connects, and looks at its tables.
///
/// # Errors
///
/// - `Config`: a Fernet key is not valid, there is none and rows are to be written, the tables are missing, the team does
///   not exist, or the database cannot be written.
/// - `Unreachable`, `Unauthenticated`, `PermissionDenied`: as the database says.
pub async fn open(settings: Settings) -> Result<Arc<DatabaseStore>> {
    let schema = settings.schema.as_deref().map(|schema| format!(" (schema {schema})")).unwrap_or_default();
    let place = format!("{}{schema}", settings.address.place());
    let context = Context::new(place.clone(), settings.address.kind, &settings.address.user);
    let fernet = fernet(&settings)?;
    let mut connection = connect(&settings, &context).await?;
    let kind = settings.address.kind;
    let schema = Schema::discover(&mut connection, kind, settings.schema.as_deref(), &context).await?;
    check_team(&mut connection, &schema, &settings, &context).await?;
    let mut session = Session::new(connection);
    let mut others = HashMap::new();
    if settings.write {
        session.check_writable(&schema, &settings, &context).await?;
        let statements = Statements { schema: &schema, team: settings.team.as_deref() };
        for table in Table::ALL {
            others
                .insert(table, session.ids(statements.of_others(table), &schema, &settings, &context).await?);
        }
    }
    let descriptor = Descriptor {
        backend: "airflow-db",
        place,
        actor: Some(settings.address.user.clone()).filter(|user| !user.is_empty()),
        capabilities: Capabilities {
            write: settings.write,
            atomic_write: true,
            versions: false,
            metadata: false,
            lists_by_prefix: true,
        },
        // One connection, so that everything is read at one moment and written in one transaction.
        limits: Limits { read_batch: usize::MAX, write_batch: usize::MAX, look_batch: 0, concurrency: 1 },
        rates: Rates::default(),
        read_lag: Duration::ZERO,
        unremovable: &[],
        undo: Undo::NONE,
    };
    let mut random = [0; 32];
    rand::fill(&mut random).map_err(|_| Error::config("the system has no random numbers"))?;
    let marks = hmac::Key::new(hmac::HMAC_SHA256, &random);
    let session = Mutex::new(session);
    Ok(Arc::new(DatabaseStore { descriptor, settings, context, schema, fernet, others, marks, session }))
}

fn fernet(settings: &Settings) -> Result<Fernet> {
    let fernet = Fernet::new(&settings.fernet_key).map_err(|error| {
        let which = match error {
            FernetError::Key(place) => format!("key {place} of "),
            _ => String::new(),
        };
        Error::config(format!("{which}`fernet_key` is not a Fernet key: 32 bytes in URL-safe base64"))
            .with_hint(
                "copy `[core] fernet_key` of the deployment as it is; several keys are separated by commas",
            )
    })?;
    if settings.write && fernet.is_off() && !settings.allow_plaintext {
        return Err(Error::config("no `fernet_key` is configured, so passwords would be stored in clear")
            .with_hint("configure the key of the deployment, or set `allow_plaintext=true`"));
    }
    Ok(fernet)
}

async fn check_team(
    connection: &mut Connection,
    schema: &Schema,
    settings: &Settings,
    context: &Context,
) -> Result<()> {
    let Some(team) = settings.team.as_deref() else { return Ok(()) };
    if schema.team == TeamColumn::None {
        return Err(Error::config(format!(
            "{} has no teams: its Airflow is older than 3.1",
            context.place()
        ))
        .with_hint("remove `team`"));
    }
    let sql = format!("SELECT name FROM {}team WHERE name = ?", schema.prefix);
    let found = connection.rows(&sql, &[Bind::text(team)]).await;
    if found.map_err(|error| context.classify(&error, Operation::Open))?.is_empty() {
        let team = team.escape_debug();
        return Err(Error::config(format!("{} has no team `{team}`", context.place()))
            .with_hint("check `team`; `airflow teams list` shows the teams of a deployment"));
    }
    Ok(())
}

impl DatabaseStore {
    /// Whether two ids that differ in case only are the same row.
    pub fn ignores_case(&self) -> bool {
        self.schema.ignores_case
    }

    /// Whether the tables are those of Airflow 3.
    pub fn is_airflow_3(&self) -> bool {
        self.schema.is_airflow_3
    }

    /// Warnings about the connection.
    pub fn notes(&self) -> Vec<Warning> {
        let what = match verified(&self.settings) {
            None | Some(Verified::Host) => return Vec::new(),
            Some(Verified::Authority) => {
                "any server is accepted that has a certificate of a trusted authority, such as a public one"
            }
            Some(Verified::Encrypted) => "nothing proves that the server is the right one",
            Some(Verified::Optional) => {
                "the connection may be unencrypted, and nothing proves that the server is the right one"
            }
        };
        let place = self.context.place();
        let message = format!("{place}: {what}");
        let hint = "add `sslmode=verify-full` and `sslrootcert` to the address, or `ssl_mode=VERIFY_IDENTITY` and `ssl_ca` \
                    for MySQL";
        vec![Warning::new(WarningCode::UnverifiedConnection, message).with_hint(hint)]
    }

    pub(crate) fn statements(&self) -> Statements<'_> {
        Statements { schema: &self.schema, team: self.settings.team.as_deref() }
    }

    /// The number of a row, and its header. An id that is not UTF-8 cannot be asked for, so its row is damaged.
    fn header(&self, table: Table, row: Vec<Cell>) -> Result<(i32, Header)> {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let (number, id) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let number = std::str::from_utf8(&number).ok().and_then(|number| number.parse().ok());
        let number: i32 = number.ok_or_else(|| {
            let message =
                format!("{}: a row of `{}` has no number as its `id`", self.context.place(), table.name());
            Error::new(ErrorKind::Unexpected, Operation::List, message)
        })?;
        let header =
            Header::live(SecretName::new(format!("{}{}", table.root(), String::from_utf8_lossy(&id))));
        if std::str::from_utf8(&id).is_ok() {
            return Ok((number, header));
        }
        let message = format!("the column `{}` of row {number} is not UTF-8", table.key());
        Ok((number, Header { state: State::Damaged { message }, ..header }))
    }

    /// Fails if a file that was read as one that does not change has changed.
    fn check_still(&self, connection: &Connection, operation: Operation) -> Result<()> {
        match connection {
            Connection::Sqlite(_, Some(still)) => still.check(operation, self.context.place()),
            _ => Ok(()),
        }
    }

    /// Reads the rows of the names, each once, in the transaction that listing began or in a new one.
    async fn read_rows(&self, names: &[&SecretName]) -> Result<HashMap<SecretName, Stored>> {
        let mut session = self.session.lock().await;
        let mut connection = session.reading(&self.settings, &self.context, Operation::Read).await?;
        let mut found = HashMap::new();
        for table in Table::ALL {
            let ids: Vec<&str> = names
                .iter()
                .filter_map(|name| split(name.as_str()))
                .filter(|(of, _)| *of == table)
                .map(|(_, id)| id)
                .collect();
            for ids in ids.chunks(CHUNK) {
                let (sql, binds) = self.statements().rows(table, ids, false);
                let rows = connection.rows(&sql, &binds).await;
                let rows = rows.map_err(|error| self.context.classify(&error, Operation::Read))?;
                for row in rows.into_iter().filter_map(Row::new).filter(|row| row.is_own) {
                    let name = SecretName::new(format!("{}{}", table.root(), row.id));
                    if self.settings.write {
                        session.seen.insert(name.clone(), row.mark(&self.marks));
                    }
                    found.insert(name, row.stored(table, &self.fernet));
                }
            }
        }
        self.check_still(&connection, Operation::Read)?;
        // What was read is one moment of the database. The next read sees a later one.
        if connection.control("COMMIT").await.is_ok() {
            session.release(connection);
        }
        Ok(found)
    }
}

#[async_trait]
impl SecretStore for DatabaseStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        check(&self.schema, !self.fernet.is_off(), name, payload)?;
        let is_of_others = split(name.as_str()).is_some_and(|(table, id)| {
            self.others.get(&table).is_some_and(|ids| ids.contains(&self.schema.fold(id)))
        });
        if is_of_others {
            let message = "a row that belongs to another team has this id, and ids are unique across teams";
            return Err(Rejection::new("name-taken", message));
        }
        Ok(())
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        _current: Option<&Metadata>,
    ) -> SupportedMetadata {
        SupportedMetadata::nothing(metadata, "rows have no metadata")
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        // The cursor names the table and the last row: `connections/17`.
        let start = match cursor.map(Cursor::as_str) {
            None => {
                Table::ALL.into_iter().find(|table| overlaps(*table, prefix)).map(|table| (table, i32::MIN))
            }
            Some(cursor) => {
                let place = split(cursor).and_then(|(table, row)| Some((table, row.parse().ok()?)));
                let unknown = || {
                    Error::new(ErrorKind::Unexpected, Operation::List, "the listing cannot go on from there")
                };
                Some(place.ok_or_else(unknown)?)
            }
        };
        let Some((table, after)) = start else { return Ok(Page { headers: Vec::new(), next: None }) };
        let mut session = self.session.lock().await;
        let mut connection = session.reading(&self.settings, &self.context, Operation::List).await?;
        let (sql, binds) = self.statements().page(table, after, PAGE);
        let rows = connection.rows(&sql, &binds).await;
        let rows = rows.map_err(|error| self.context.classify(&error, Operation::List))?;
        self.check_still(&connection, Operation::List)?;
        session.keep(connection);
        let mut last = None;
        let mut headers = Vec::with_capacity(rows.len());
        let count = rows.len();
        for row in rows {
            let (number, header) = self.header(table, row)?;
            last = Some(number);
            if header.name.as_str().starts_with(prefix.as_str()) {
                headers.push(header);
            }
        }
        let following = || Table::ALL.into_iter().skip_while(|other| *other != table).nth(1);
        let next = match last.filter(|_| count == PAGE) {
            Some(number) => Some(format!("{}{number}", table.root())),
            None => following()
                .filter(|table| overlaps(*table, prefix))
                .map(|table| format!("{}{}", table.root(), i32::MIN)),
        };
        Ok(Page { headers, next: next.map(Cursor::new) })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let names: HashSet<_> = wanted.iter().map(|read| &read.name).collect();
        let names: Vec<_> = names.into_iter().collect();
        let found = self.read_rows(&names).await?;
        Ok(wanted.iter().map(|read| Ok(found.get(&read.name).cloned())).collect())
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        self.write(changes).await
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        policies(request, &self.schema, &self.settings)
    }

    async fn diagnose(&self, _scope: &Scope) -> Result<Vec<Finding>> {
        self.keys_of_rows().await
    }
}

/// Whether rows of a table can have names with this prefix.
fn overlaps(table: Table, prefix: &NamePrefix) -> bool {
    table.root().starts_with(prefix.as_str()) || prefix.as_str().starts_with(table.root())
}
