//! How an error of a database becomes an error of the contract. The database's own words are compared by their codes and
//! never passed on, because they may quote what was sent.

use airbridge_core::{Error, ErrorKind, Operation};
use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;

use crate::address::DatabaseKind;

/// What messages name.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    place: String,
    kind: DatabaseKind,
    user: String,
}

/// What a code of a database means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The user name or the password is wrong.
    SignIn,
    /// The server accepts encrypted connections only, or not from here.
    Rejected,
    NoDatabase,
    NoTable,
    /// The user may not read or write the tables.
    Denied,
    /// The database accepts no writes: a replica, say.
    ReadOnly,
    /// Too many connections, or the server is starting or ending.
    Busy,
    /// Another transaction has the rows.
    Locked,
    /// Another program wrote a row with the same id.
    Taken,
    TooLarge,
    /// A character that the database does not store.
    Character,
    /// A rule of the tables, such as a team that does not exist.
    Rule,
    Full,
    NotADatabase,
    CannotOpen,
    Other,
}

impl Context {
    pub(crate) fn new(place: String, kind: DatabaseKind, user: &str) -> Self {
        Self { place, kind, user: user.to_owned() }
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The error for a failed statement or connection. During a write, nothing was committed.
    pub(crate) fn classify(&self, error: &sqlx::Error, operation: Operation) -> Error {
        use sqlx::Error as E;
        let place = &self.place;
        match error {
            E::Database(error) => {
                let code = code(error.as_ref(), self.kind);
                self.fault(fault(&code, self.kind), &code, operation)
            }
            E::Io(error) if is_certificate(&error.to_string()) => self.untrusted(operation),
            E::Tls(error) if is_certificate(&error.to_string()) => self.untrusted(operation),
            E::Tls(_) | E::Configuration(_) => Error::new(
                ErrorKind::Config,
                operation,
                format!("{place}: no encrypted connection can be made as its address asks for"),
            )
            .with_hint("check the options for TLS in the address, and whether the server supports TLS"),
            E::Io(_) if operation == Operation::Open => {
                Error::new(ErrorKind::Unreachable, operation, format!("{place} cannot be reached"))
                    .with_hint("check the host and the port of the address, and that the database is running")
            }
            E::Io(_) | E::WorkerCrashed => {
                Error::new(ErrorKind::Unavailable, operation, format!("{place}: the connection was lost"))
            }
            // The text of the others may contain a value.
            _ => Error::new(
                ErrorKind::Unexpected,
                operation,
                format!("{place} sent an answer that cannot be understood"),
            ),
        }
    }

    fn untrusted(&self, operation: Operation) -> Error {
        Error::new(
            ErrorKind::Config,
            operation,
            format!("{}: the server's certificate is not trusted, or not for this host", self.place),
        )
        .with_hint(
            "name the file of the certificate authority in the address: `sslrootcert`, or `ssl_ca` for MySQL",
        )
    }

    /// The error for what a code of the database means.
    pub(crate) fn fault(&self, fault: Fault, code: &str, operation: Operation) -> Error {
        let Self { place, user, .. } = self;
        let (kind, message, hint) = match fault {
            Fault::SignIn => (
                ErrorKind::Unauthenticated,
                format!("{place} does not accept the user `{user}` with this password"),
                "check `sql_alchemy_conn`",
            ),
            Fault::Rejected => (
                ErrorKind::Unauthenticated,
                format!("{place} does not accept this connection of the user `{user}`"),
                "if the server requires TLS, add `sslmode=require` to the address, or `ssl_mode=REQUIRED` for MySQL; \
                 otherwise permit this machine in the server's settings",
            ),
            Fault::NoDatabase => (
                ErrorKind::Config,
                format!("{place}: the database does not exist"),
                "check the name of the database in `sql_alchemy_conn`",
            ),
            Fault::NoTable => (
                ErrorKind::Config,
                format!("{place} has no tables of Airflow"),
                "check the database and `sql_alchemy_schema`; Airflow creates its tables with `airflow db migrate`",
            ),
            Fault::Denied => (
                ErrorKind::PermissionDenied,
                format!("the user `{user}` has no permission to {} the tables of {place}", verb(operation)),
                "grant SELECT on `connection` and `variable`, and for a target also INSERT, UPDATE and DELETE",
            ),
            Fault::ReadOnly => (
                ErrorKind::Config,
                format!("{place} is read-only: a replica, or a database in a read-only mode"),
                "use the address of the primary database",
            ),
            Fault::Busy => {
                (ErrorKind::Unavailable, format!("{place} accepts no connection at the moment"), "")
            }
            Fault::Locked => {
                (ErrorKind::Unavailable, format!("{place}: another program is changing the same rows"), "")
            }
            // The next attempt finds the row and says so.
            Fault::Taken => {
                (ErrorKind::Unavailable, format!("{place}: another program has just written the same id"), "")
            }
            Fault::TooLarge => {
                (ErrorKind::InvalidPayload, format!("{place}: a value is too long for its column"), "")
            }
            Fault::Character => (
                ErrorKind::InvalidPayload,
                format!("{place} cannot store a character of a value"),
                "use a database with the character set UTF-8 (MySQL: utf8mb4)",
            ),
            Fault::Rule => (
                ErrorKind::InvalidPayload,
                format!("{place}: a row breaks a rule of its table"),
                "check that the team exists",
            ),
            Fault::Full => (
                ErrorKind::QuotaExceeded,
                format!("{place}: no space left"),
                "free some space and run again; nothing was written",
            ),
            Fault::NotADatabase => (
                ErrorKind::Config,
                format!("{place} is not a SQLite database, or it is damaged"),
                "check the path of the database",
            ),
            Fault::CannotOpen => (
                ErrorKind::Config,
                format!("{place} cannot be opened"),
                "check the path, and the permissions of the file and its folder",
            ),
            Fault::Other => (
                ErrorKind::Unexpected,
                format!("{place} refused with the code {code}"),
                "look the code up in the documentation of the database",
            ),
        };
        let error = Error::new(kind, operation, message);
        if hint.is_empty() { error } else { error.with_hint(hint) }
    }
}

fn verb(operation: Operation) -> &'static str {
    if operation == Operation::Write { "write" } else { "read" }
}

/// What rustls says of a certificate.
fn is_certificate(text: &str) -> bool {
    text.contains("certificate")
}

/// The code: SQLSTATE for PostgreSQL, the number of the error for MySQL, the extended result code for SQLite.
fn code(error: &dyn DatabaseError, kind: DatabaseKind) -> String {
    if kind == DatabaseKind::MySql
        && let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>()
    {
        return error.number().to_string();
    }
    let code = error.code().unwrap_or_default();
    let is_code = code.len() <= 8 && code.chars().all(|char| char.is_ascii_alphanumeric());
    if is_code { code.into_owned() } else { String::new() }
}

/// What a code means.
pub(crate) fn fault(code: &str, kind: DatabaseKind) -> Fault {
    match kind {
        DatabaseKind::Postgres => postgres(code),
        DatabaseKind::MySql => mysql(code),
        DatabaseKind::Sqlite => sqlite(code),
    }
}

/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>
fn postgres(code: &str) -> Fault {
    match code {
        "28P01" => Fault::SignIn,
        "28000" => Fault::Rejected,
        "3D000" => Fault::NoDatabase,
        "42P01" | "3F000" => Fault::NoTable,
        "42501" => Fault::Denied,
        "25006" => Fault::ReadOnly,
        "53300" | "57P01" | "57P02" | "57P03" => Fault::Busy,
        "40001" | "40P01" | "55P03" | "57014" => Fault::Locked,
        "23505" => Fault::Taken,
        "22001" | "54000" => Fault::TooLarge,
        "22021" | "22P05" => Fault::Character,
        "53100" | "53200" => Fault::Full,
        code if code.starts_with("23") => Fault::Rule,
        _ => Fault::Other,
    }
}

/// <https://mariadb.com/kb/en/mariadb-error-code-reference/>
fn mysql(code: &str) -> Fault {
    match code {
        "1045" | "1698" => Fault::SignIn,
        "1130" | "3159" => Fault::Rejected,
        "1049" => Fault::NoDatabase,
        "1146" => Fault::NoTable,
        "1044" | "1142" | "1143" | "1227" => Fault::Denied,
        "1290" | "1792" | "1836" => Fault::ReadOnly,
        "1040" | "1053" | "1203" => Fault::Busy,
        "1205" | "1213" | "1020" => Fault::Locked,
        "1062" => Fault::Taken,
        "1406" | "1153" | "1118" => Fault::TooLarge,
        "1366" | "1300" | "1267" => Fault::Character,
        "1048" | "1364" | "1451" | "1452" | "4025" => Fault::Rule,
        "1114" | "1021" => Fault::Full,
        _ => Fault::Other,
    }
}

/// <https://www.sqlite.org/rescode.html>; the lowest eight bits are the primary code.
fn sqlite(code: &str) -> Fault {
    let Ok(number) = code.parse::<u32>() else { return Fault::Other };
    match (number, number & 0xff) {
        (1555 | 2067, _) => Fault::Taken,
        (_, 5 | 6) => Fault::Locked,
        (_, 8) => Fault::ReadOnly,
        (_, 1) => Fault::NoTable,
        (_, 3 | 14 | 23) => Fault::CannotOpen,
        (_, 11 | 26) => Fault::NotADatabase,
        (_, 13) => Fault::Full,
        (_, 18) => Fault::TooLarge,
        (_, 19) => Fault::Rule,
        _ => Fault::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, mysql, postgres, sqlite};

    #[test]
    fn codes_have_the_meaning_that_the_systems_document() {
        assert_eq!(postgres("28P01"), Fault::SignIn);
        assert_eq!(postgres("23503"), Fault::Rule);
        assert_eq!(postgres("23505"), Fault::Taken);
        assert_eq!(postgres("XX000"), Fault::Other);
        assert_eq!(mysql("1045"), Fault::SignIn);
        assert_eq!(mysql("1836"), Fault::ReadOnly);
        // SQLITE_READONLY_DBMOVED, SQLITE_BUSY_SNAPSHOT, SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_FOREIGNKEY
        assert_eq!(sqlite("1032"), Fault::ReadOnly);
        assert_eq!(sqlite("517"), Fault::Locked);
        assert_eq!(sqlite("2067"), Fault::Taken);
        assert_eq!(sqlite("787"), Fault::Rule);
        assert_eq!(sqlite(""), Fault::Other);
    }
}
