//! `[database] sql_alchemy_conn`: an address as SQLAlchemy reads it, `DIALECT+DRIVER://USER:PASSWORD@HOST:PORT/DATABASE?OPTIONS`.
//! (SQLAlchemy 1.4 and 2.0, `sqlalchemy.engine.url._parse_url`.)

use std::fmt;
use std::path::PathBuf;

use airbridge_core::{Error, SecretText, Warning, WarningCode};
use percent_encoding::percent_decode_str;

/// The database systems in which Airflow can keep its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
}

impl DatabaseKind {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::Sqlite => "SQLite",
        }
    }
}

/// Dialects and drivers that Airflow documents. The driver is Python's and has no effect here.
const DIALECTS: [(&str, DatabaseKind, &[&str]); 5] = [
    ("postgresql", DatabaseKind::Postgres, &["psycopg2", "psycopg", "asyncpg", "pg8000", "psycopg2cffi"]),
    // Airflow replaces this name by the one above.
    ("postgres", DatabaseKind::Postgres, &["psycopg2", "psycopg", "asyncpg"]),
    ("mysql", DatabaseKind::MySql, &["mysqldb", "mysqlconnector", "pymysql", "aiomysql", "asyncmy"]),
    ("mariadb", DatabaseKind::MySql, &["mysqldb", "mariadbconnector", "pymysql", "aiomysql", "asyncmy"]),
    ("sqlite", DatabaseKind::Sqlite, &["pysqlite", "aiosqlite"]),
];

/// What Airflow 3 gives to tasks instead of an address.
const NOT_ALLOWED: &str = "airflow-db-not-allowed";

/// An address of a database. `Debug` shows neither the password nor the options.
#[derive(Clone)]
pub struct Address {
    /// The database system.
    pub kind: DatabaseKind,
    /// The name of the user; empty if the address has none.
    pub user: String,
    /// The password.
    pub password: Option<SecretText>,
    /// The host, or the folder of a unix socket; empty if the address has none.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
    /// The database, for SQLite the path of the file.
    pub database: String,
    /// The options after the `?`, in their order.
    pub(crate) options: Vec<(String, SecretText)>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.place()).finish()
    }
}

impl Address {
    /// Reads an address. `setting` is its place in messages, which never repeat it.
    ///
    /// # Errors
    ///
    /// `Config` for a text that is not an address, another database system, a relative path, or a database in memory.
    pub fn parse(text: &SecretText, setting: &str) -> Result<Self, Error> {
        let text = text.expose().trim();
        let wrong = |what: &str| {
            Error::config(format!("{setting} {what}")).with_hint(
                "write postgresql+psycopg2://USER:PASSWORD@HOST:5432/DATABASE, mysql+mysqldb://…, or sqlite:////PATH",
            )
        };
        let (scheme, rest) =
            text.split_once("://").ok_or_else(|| wrong("is not the address of a database"))?;
        if scheme == NOT_ALLOWED {
            return Err(Error::config(format!(
                "{setting} is `{NOT_ALLOWED}:`: tasks of Airflow 3 get no address of the metadata database"
            ))
            .with_hint("run airbridge outside the task, where the deployment's own settings are"));
        }
        let kind = kind(scheme).ok_or_else(|| match shown_dialect(scheme) {
            Some(dialect) => wrong(&format!(
                "has the dialect `{dialect}`, and airbridge reads PostgreSQL, MySQL, MariaDB and SQLite"
            )),
            None => wrong("is not the address of a database"),
        })?;
        let (user, password, rest) = credentials(rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (server, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = host_and_port(server).ok_or_else(|| wrong("has no valid host and port"))?;
        let decoded = |text: &str, what: &str| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(std::borrow::Cow::into_owned)
                .map_err(|_| wrong(&format!("has a {what} that is not UTF-8")))
        };
        let password = password.map(|text| decoded(text, "password")).transpose()?;
        let mut options = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            // `parse_qsl`: a `+` is a blank.
            let value = decoded(&value.replace('+', " "), "value of an option")?;
            options.push((decoded(&name.replace('+', " "), "name of an option")?, SecretText::new(value)));
        }
        let mut address = Self {
            kind,
            user: decoded(user, "user name")?,
            password: password.map(SecretText::new),
            host: host.to_owned(),
            port,
            database: database.to_owned(),
            options,
        };
        if kind == DatabaseKind::Postgres {
            address.take_options().map_err(wrong)?;
        }
        address.check(&wrong)?;
        Ok(address)
    }

    /// Takes the server and the user from the options of libpq, which have precedence over what stands before them.
    ///
    /// # Errors
    ///
    /// What is wrong, as the end of a sentence.
    fn take_options(&mut self) -> Result<(), &'static str> {
        let not_valid = "has no valid host and port";
        let hosts = self.options.iter().filter(|(name, _)| name == "host").count();
        if let Some(server) = self.option(&["host"]).map(str::to_owned) {
            if server.starts_with('/') {
                self.host = server;
            } else {
                let (host, port) = host_and_port(&server).ok_or(not_valid)?;
                (self.host, self.port) = (host.to_owned(), port.or(self.port));
            }
        }
        if hosts > 1 || self.host.contains(',') {
            return Err("names several hosts; write the one to use");
        }
        if let Some(port) = self.option(&["port"]) {
            self.port = Some(port.parse().map_err(|_| not_valid)?);
        }
        if let Some(user) = self.option(&["user"]).map(str::to_owned) {
            self.user = user;
        }
        if let Some(password) = self.option(&["password"]).map(SecretText::new) {
            self.password = Some(password);
        }
        Ok(())
    }

    fn check(&self, wrong: &dyn Fn(&str) -> Error) -> Result<(), Error> {
        // What stands before it is probably a part of the password, and messages show the host and the database.
        let socket = self.socket().unwrap_or_default();
        let shown = [self.host.as_str(), &socket.to_string_lossy(), &self.database];
        if self.kind != DatabaseKind::Sqlite && shown.iter().any(|part| part.contains('@')) {
            return Err(wrong("has an `@` after the first one; write `%40` for an `@` in a password"));
        }
        match self.kind {
            DatabaseKind::Sqlite if self.database.is_empty() || self.database == ":memory:" => {
                Err(wrong("names a SQLite database in memory, which only its own process can read"))
            }
            DatabaseKind::Sqlite if !self.database.starts_with('/') => {
                Err(wrong("has a relative path, which Airflow does not accept"))
            }
            DatabaseKind::Sqlite => Ok(()),
            _ if self.database.is_empty() => Err(wrong("names no database")),
            _ => Ok(()),
        }
    }

    /// The place in messages: the system, the host and the database.
    pub(crate) fn place(&self) -> String {
        match self.kind {
            DatabaseKind::Sqlite => format!("airflow-db:{}", self.database),
            DatabaseKind::Postgres | DatabaseKind::MySql => {
                let system = if self.kind == DatabaseKind::Postgres { "postgresql" } else { "mysql" };
                let host = self.socket().map_or_else(
                    || if self.host.is_empty() { "localhost".to_owned() } else { self.host.clone() },
                    |path| path.display().to_string(),
                );
                let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
                format!("airflow-db:{system}://{host}{port}/{}", self.database)
            }
        }
    }

    /// The value of an option.
    pub(crate) fn option(&self, names: &[&str]) -> Option<&str> {
        self.options
            .iter()
            .rev()
            .find(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, value)| value.expose())
    }

    /// The unix socket, or the folder that contains it.
    pub(crate) fn socket(&self) -> Option<PathBuf> {
        let path = match self.kind {
            DatabaseKind::Postgres => Some(self.host.as_str()).filter(|host| host.starts_with('/')),
            DatabaseKind::MySql => self.option(&["unix_socket"]),
            DatabaseKind::Sqlite => None,
        };
        path.map(PathBuf::from)
    }

    /// Warnings about options that have no effect, and about a connection whose other end is not verified.
    pub fn notes(&self, setting: &str) -> Vec<Warning> {
        let known = match self.kind {
            DatabaseKind::Postgres => &POSTGRES_OPTIONS[..],
            DatabaseKind::MySql => &MYSQL_OPTIONS[..],
            DatabaseKind::Sqlite => &[][..],
        };
        let is_word = |name: &str| {
            name.len() <= 40 && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
        };
        let ignored: Vec<_> = self
            .options
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !known.contains(name) && !WITHOUT_MEANING.contains(name) && is_word(name))
            .collect();
        if ignored.is_empty() {
            return Vec::new();
        }
        let message = format!("{setting}: airbridge does not use its {}", ignored.join(", "));
        vec![Warning::new(WarningCode::KeyIgnored, message)]
    }
}

/// The options of libpq that are used, and those of asyncpg and pg8000 with the same meaning.
const POSTGRES_OPTIONS: [&str; 12] = [
    "host",
    "port",
    "sslmode",
    "ssl",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "options",
    "connect_timeout",
    "application_name",
    "user",
    "password",
];

/// The options of `mysqlclient`, `PyMySQL` and `mysql-connector` that are used.
const MYSQL_OPTIONS: [&str; 14] = [
    "unix_socket",
    "ssl",
    "ssl_mode",
    "ssl_ca",
    "ssl_cert",
    "ssl_key",
    "ssl_check_hostname",
    "ssl_verify_cert",
    "ssl_verify_identity",
    "ssl_disabled",
    "connect_timeout",
    "connection_timeout",
    "charset",
    "use_unicode",
];

/// Options that concern Python's drivers alone, or keep a connection alive.
const WITHOUT_MEANING: [&str; 14] = [
    "prepared_statement_cache_size",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "client_encoding",
    "gssencmode",
    "target_session_attrs",
    "read_timeout",
    "write_timeout",
    "local_infile",
    "autocommit",
    "binary_prefix",
];

fn kind(scheme: &str) -> Option<DatabaseKind> {
    let (dialect, driver) =
        scheme.split_once('+').map_or((scheme, None), |(dialect, driver)| (dialect, Some(driver)));
    let (_, kind, drivers) = DIALECTS.iter().find(|(name, ..)| *name == dialect)?;
    driver.is_none_or(|driver| drivers.contains(&driver)).then_some(*kind)
}

/// The dialect, if it looks like one.
fn shown_dialect(scheme: &str) -> Option<&str> {
    let is_word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '_');
    (scheme.len() <= 40 && scheme.chars().all(is_word)).then_some(scheme)
}

/// The user name, the password, and the rest. The user name ends at the first `:`, and the password at the next `@`.
fn credentials(rest: &str) -> (&str, Option<&str>, &str) {
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (user, after) = rest.split_at(end);
    let password = after.strip_prefix(':').and_then(|after| after.split_once('@'));
    match (password, user.rsplit_once('@')) {
        (Some((password, rest)), _) => (user, Some(password), rest),
        (None, Some((user, _))) => (user, None, rest.get(user.len() + 1..).unwrap_or_default()),
        (None, None) => ("", None, rest),
    }
}

fn host_and_port(server: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match server.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => match server.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (server, None),
        },
    };
    match port {
        None | Some("") => Some((host, None)),
        Some(port) => Some((host, Some(port.parse().ok()?))),
    }
}

#[cfg(test)]
mod tests;
