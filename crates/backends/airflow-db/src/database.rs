//! One connection to a database of any of the three systems, in which every value is text.

use std::time::Duration;

use airbridge_core::SecretText;
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Error, MySql, Postgres, Row as _, Sqlite};
use zeroize::Zeroizing;

use crate::still_file::StillFile;

/// A connection.
#[derive(Debug)]
pub(crate) enum Connection {
    Postgres(PgConnection),
    MySql(MySqlConnection),
    Sqlite(SqliteConnection, Option<StillFile>),
}

/// A value that a statement sends.
#[derive(Clone, Debug)]
pub(crate) enum Bind {
    Text(Option<SecretText>),
    Number(Option<i32>),
    Flag(bool),
}

impl Bind {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(Some(SecretText::new(text)))
    }

    /// The length of a text in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(Some(text)) => text.len(),
            _ => 0,
        }
    }
}

/// A value that a statement returns: text, or null.
pub(crate) type Cell = Option<Zeroizing<Vec<u8>>>;

/// A statement with its values. `sql` is made of parts of the program only, with `?` for each value.
macro_rules! query {
    ($system:ty, $sql:expr, $binds:expr) => {{
        // A pool such as PgBouncer gives every transaction another server, which does not know earlier statements. MySQL
        // has statements of its own only, and waits 40 ms after each one that is not kept.
        let is_kept = std::any::TypeId::of::<$system>() == std::any::TypeId::of::<MySql>();
        let mut query = sqlx::query::<$system>(AssertSqlSafe($sql)).persistent(is_kept);
        for bind in $binds {
            query = match bind {
                Bind::Text(text) => query.bind(text.as_ref().map(|text| text.expose())),
                Bind::Number(number) => query.bind(*number),
                Bind::Flag(flag) => query.bind(*flag),
            };
        }
        query
    }};
}

/// The rows of a result, with every column as text.
macro_rules! cells {
    ($rows:expr) => {{
        let found = $rows;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let mut cells: Vec<Cell> = Vec::with_capacity(row.len());
            for index in 0..row.len() {
                cells.push(row.try_get_unchecked::<Option<Vec<u8>>, _>(index)?.map(Zeroizing::new));
            }
            rows.push(cells);
        }
        rows
    }};
}

impl Connection {
    /// The rows that a statement returns. Every column must be text.
    pub(crate) async fn rows(&mut self, sql: &str, binds: &[Bind]) -> Result<Vec<Vec<Cell>>, Error> {
        within(self.fetch(sql, binds)).await
    }

    /// Runs a statement, and returns the number of rows that it changed.
    pub(crate) async fn run(&mut self, sql: &str, binds: &[Bind]) -> Result<u64, Error> {
        within(self.execute(sql, binds)).await
    }

    async fn fetch(&mut self, sql: &str, binds: &[Bind]) -> Result<Vec<Vec<Cell>>, Error> {
        Ok(match self {
            Self::Postgres(connection) => {
                cells!(query!(Postgres, numbered(sql), binds).fetch_all(connection).await?)
            }
            Self::MySql(connection) => {
                cells!(query!(MySql, sql.to_owned(), binds).fetch_all(connection).await?)
            }
            Self::Sqlite(connection, _) => {
                cells!(query!(Sqlite, sql.to_owned(), binds).fetch_all(connection).await?)
            }
        })
    }

    async fn execute(&mut self, sql: &str, binds: &[Bind]) -> Result<u64, Error> {
        Ok(match self {
            Self::Postgres(connection) => {
                query!(Postgres, numbered(sql), binds).execute(connection).await?.rows_affected()
            }
            Self::MySql(connection) => {
                query!(MySql, sql.to_owned(), binds).execute(connection).await?.rows_affected()
            }
            Self::Sqlite(connection, _) => {
                query!(Sqlite, sql.to_owned(), binds).execute(connection).await?.rows_affected()
            }
        })
    }

    /// Runs statements without values: those that begin and end transactions.
    pub(crate) async fn control(&mut self, sql: &str) -> Result<(), Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
            Self::MySql(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
            Self::Sqlite(connection, _) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
        }
    }
}

/// How long a statement may take. Waiting for another transaction ends sooner, by a limit of the database.
const STATEMENT_TIMEOUT: Duration = Duration::from_mins(2);

/// The result of a statement, or an error of the connection if it takes too long.
async fn within<T>(statement: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let result = tokio::time::timeout(STATEMENT_TIMEOUT, statement).await;
    result.unwrap_or_else(|_| Err(Error::Io(std::io::ErrorKind::TimedOut.into())))
}

/// PostgreSQL's form of a statement: `$1` instead of the first `?`.
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len() + 16);
    for (index, part) in sql.split('?').enumerate() {
        if index > 0 {
            numbered.push('$');
            numbered.push_str(&index.to_string());
        }
        numbered.push_str(part);
    }
    numbered
}
