//! Connecting: from an address to an open connection.

use std::path::{Path, PathBuf};
use std::time::Duration;

use airbridge_core::{Error, ErrorKind, Operation, Result, SecretText, why};
use airbridge_http::Certificates;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::sqlite::SqliteConnectOptions;
use tokio::time::timeout;

use crate::address::{Address, DatabaseKind};
use crate::database::Connection;
use crate::error::Context;
use crate::settings::Settings;
use crate::still_file::StillFile;

/// How long a connection may take, unless the address says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How far the other end of a connection is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verified {
    /// The connection may be in clear.
    Optional,
    /// The connection is encrypted, but the server may be any.
    Encrypted,
    /// The server's certificate comes from a trusted authority.
    Authority,
    /// The certificate is also for this host.
    Host,
}

/// A new connection.
///
/// # Errors
///
/// The server cannot be reached, its certificate is not trusted, or it does not accept the user.
pub(crate) async fn connect(settings: &Settings, context: &Context) -> Result<Connection> {
    let address = &settings.address;
    let limit = address.option(&["connect_timeout", "connection_timeout"]).and_then(|text| text.parse().ok());
    let limit = limit.filter(|seconds| *seconds > 0).map_or(CONNECT_TIMEOUT, Duration::from_secs);
    let connecting = async {
        Ok::<_, Error>(match address.kind {
            DatabaseKind::Postgres => {
                let options = postgres(settings)?.disable_statement_logging();
                options.connect().await.map(Connection::Postgres)
            }
            DatabaseKind::MySql => {
                let options = mysql(settings)?.disable_statement_logging();
                options.connect().await.map(Connection::MySql)
            }
            DatabaseKind::Sqlite => {
                let path = Path::new(&address.database);
                check_file(path, settings.write, context)?;
                // Without `write` the file is opened in a mode in which SQLite changes nothing.
                let still = StillFile::new(path).filter(|_| !settings.write);
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .read_only(!settings.write)
                    .immutable(still.is_some())
                    .disable_statement_logging();
                options.connect().await.map(|connection| Connection::Sqlite(connection, still))
            }
        })
    };
    match timeout(limit, connecting).await {
        Ok(connected) => {
            let classify = |error: sqlx::Error| context.classify(&error, Operation::Open);
            let mut connection = connected?.map_err(classify)?;
            // MySQL calls a database a schema. PostgreSQL's is in the names of the tables.
            let schema = settings.schema.as_deref().filter(|schema| !schema.is_empty());
            if let (DatabaseKind::MySql, Some(schema)) = (address.kind, schema) {
                let sql = format!("USE `{}`", schema.replace('`', "``"));
                connection.control(&sql).await.map_err(classify)?;
            }
            Ok(connection)
        }
        Err(_) => Err(Error::new(
            ErrorKind::Unreachable,
            Operation::Open,
            format!("{} does not answer within {} s", context.place(), limit.as_secs()),
        )
        .with_hint("check the host and the port of the address, and the firewall")),
    }
}

/// SQLite's own message does not say what is wrong with a file.
fn check_file(path: &Path, write: bool, context: &Context) -> Result<()> {
    let fail = |kind, what: String| {
        Err(Error::new(kind, Operation::Open, format!("{} cannot be opened: {what}", context.place()))
            .with_hint("check the path of the database, and run as a user who may open it"))
    };
    match std::fs::metadata(path) {
        Err(error) => fail(ErrorKind::Config, why(&error)),
        Ok(found) if found.is_dir() => fail(ErrorKind::Config, "it is a folder".to_owned()),
        Ok(found) if write && found.permissions().readonly() => {
            fail(ErrorKind::Config, "it is read-only, and a target must be writable".to_owned())
        }
        Ok(_) => Ok(()),
    }
}

/// How far the server is verified. `None` if the connection does not leave this machine.
pub(crate) fn verified(settings: &Settings) -> Option<Verified> {
    let address = &settings.address;
    let is_local = matches!(address.host.as_str(), "" | "localhost" | "127.0.0.1" | "::1");
    if address.kind == DatabaseKind::Sqlite || address.socket().is_some() || is_local {
        return None;
    }
    Some(match address.kind {
        DatabaseKind::Postgres => match postgres_mode(settings) {
            PgSslMode::VerifyFull => Verified::Host,
            PgSslMode::VerifyCa => Verified::Authority,
            PgSslMode::Require => Verified::Encrypted,
            _ => Verified::Optional,
        },
        _ => match mysql_mode(address) {
            MySqlSslMode::VerifyIdentity => Verified::Host,
            MySqlSslMode::VerifyCa => Verified::Authority,
            MySqlSslMode::Required => Verified::Encrypted,
            _ => Verified::Optional,
        },
    })
}

/// `sslmode` of libpq, `ssl` of asyncpg. With a file of authorities, `require` verifies as `verify-ca` does. (libpq 15)
fn postgres_mode(settings: &Settings) -> PgSslMode {
    let authorities = settings.root_certificate();
    match settings.address.option(&["sslmode", "ssl"]).or_else(|| settings.env.non_empty("PGSSLMODE")) {
        Some("disable" | "false") => PgSslMode::Disable,
        Some("allow") => PgSslMode::Allow,
        Some("require" | "true") if authorities.is_some() => PgSslMode::VerifyCa,
        Some("require" | "true") => PgSslMode::Require,
        Some("verify-ca") => PgSslMode::VerifyCa,
        Some("verify-full") => PgSslMode::VerifyFull,
        // libpq: the system's authorities can be used with full verification only.
        None if authorities == Some("system") => PgSslMode::VerifyFull,
        _ => PgSslMode::Prefer,
    }
}

fn postgres(settings: &Settings) -> Result<PgConnectOptions> {
    let address = &settings.address;
    let mode = postgres_mode(settings);
    let mut options = PgConnectOptions::new_without_pgpass()
        .ssl_mode(mode)
        .application_name(address.option(&["application_name"]).unwrap_or("airbridge"))
        .statement_cache_capacity(0)
        .database(&address.database)
        .password(settings.password("PGPASSWORD").as_deref().map_or("", String::as_str));
    if !address.user.is_empty() {
        options = options.username(&address.user);
    }
    if let Some(folder) = address.socket() {
        options = options.socket(folder);
    } else {
        options = options.host(if address.host.is_empty() { "localhost" } else { &address.host });
    }
    options = options.port(address.port.unwrap_or(5432));
    if matches!(mode, PgSslMode::VerifyCa | PgSslMode::VerifyFull) {
        options = options.ssl_root_cert_from_pem(authorities(settings.root_certificate(), settings)?);
    }
    if let (Some(cert), Some(key)) = (address.option(&["sslcert"]), address.option(&["sslkey"])) {
        options = options.ssl_client_cert(cert).ssl_client_key(key);
    }
    if let Some(text) = address.option(&["options"]) {
        options = options.options(server_options(text)?);
    }
    Ok(options)
}

/// `-c name=value` and `--name=value`, as PostgreSQL's server reads them from a client.
fn server_options(text: &str) -> Result<Vec<(String, String)>> {
    let mut words = text.split_whitespace();
    let mut options = Vec::new();
    while let Some(word) = words.next() {
        let setting = match word {
            "-c" => words.next(),
            _ => word.strip_prefix("-c").or_else(|| word.strip_prefix("--")),
        };
        let setting = setting.and_then(|setting| setting.split_once('='));
        let (name, value) = setting.ok_or_else(|| {
            Error::config("the option `options` of the database's address is not valid")
                .with_hint("write settings of the server: options=-csearch_path%3Dairflow")
        })?;
        options.push((name.to_owned(), value.to_owned()));
    }
    Ok(options)
}

/// `ssl_mode` of mysqlclient; otherwise what the options of the drivers add up to.
fn mysql_mode(address: &Address) -> MySqlSslMode {
    let is_true =
        |names: &[&str]| address.option(names).is_some_and(|text| matches!(text, "1" | "true" | "True"));
    let mode = address.option(&["ssl_mode"]).map(str::to_uppercase);
    match mode.as_deref() {
        Some("DISABLED") => MySqlSslMode::Disabled,
        Some("REQUIRED") => MySqlSslMode::Required,
        Some("VERIFY_CA") => MySqlSslMode::VerifyCa,
        Some("VERIFY_IDENTITY") => MySqlSslMode::VerifyIdentity,
        Some("PREFERRED") => MySqlSslMode::Preferred,
        _ if is_true(&["ssl_disabled"]) => MySqlSslMode::Disabled,
        _ if is_true(&["ssl_verify_identity", "ssl_check_hostname"]) => MySqlSslMode::VerifyIdentity,
        _ if address.option(&["ssl_ca"]).is_some() || is_true(&["ssl_verify_cert"]) => MySqlSslMode::VerifyCa,
        _ if address.option(&["ssl", "ssl_cert"]).is_some() => MySqlSslMode::Required,
        _ => MySqlSslMode::Preferred,
    }
}

fn mysql(settings: &Settings) -> Result<MySqlConnectOptions> {
    let address = &settings.address;
    let mode = mysql_mode(address);
    let mut options = MySqlConnectOptions::new()
        .ssl_mode(mode)
        .charset("utf8mb4")
        .host(if address.host.is_empty() { "localhost" } else { &address.host })
        .port(address.port.unwrap_or(3306))
        .database(&address.database)
        .username(&address.user);
    if let Some(password) = settings.password("MYSQL_PWD") {
        options = options.password(&password);
    }
    if let Some(socket) = address.socket() {
        options = options.socket(socket);
    }
    if matches!(mode, MySqlSslMode::VerifyCa | MySqlSslMode::VerifyIdentity) {
        options = options.ssl_ca_from_pem(authorities(address.option(&["ssl_ca"]), settings)?);
    }
    if let (Some(cert), Some(key)) = (address.option(&["ssl_cert"]), address.option(&["ssl_key"])) {
        options = options.ssl_client_cert(cert).ssl_client_key(key);
    }
    Ok(options)
}

/// The certificates to trust, as PEM: those that the address names, then `ca_file`, then the system's.
fn authorities(named: Option<&str>, settings: &Settings) -> Result<Vec<u8>> {
    let file = named.filter(|name| *name != "system").map(PathBuf::from).or_else(|| settings.ca_file.clone());
    if let Some(file) = file {
        return Ok(Certificates::read(&file)?.pem().to_vec());
    }
    let found = rustls_native_certs::load_native_certs().certs;
    let pem = found.iter().map(|certificate| {
        let text = STANDARD.encode(certificate);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    });
    Ok(pem.collect::<String>().into_bytes())
}

impl Settings {
    /// The file of authorities for PostgreSQL: of the address, or of the variable that libpq reads.
    fn root_certificate(&self) -> Option<&str> {
        self.address.option(&["sslrootcert"]).or_else(|| self.env.non_empty("PGSSLROOTCERT"))
    }

    /// The password of the address, or that of a variable which the system's own tools read.
    fn password(&self, variable: &str) -> Option<zeroize::Zeroizing<String>> {
        let given = self.address.password.as_ref().map(SecretText::expose);
        given.or_else(|| self.env.non_empty(variable)).map(|text| zeroize::Zeroizing::new(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::SecretText;

    use super::{Verified, verified};
    use crate::address::Address;
    use crate::settings::Settings;

    #[test]
    fn connection_to_another_machine_is_verified_as_its_options_say() {
        for (text, variables, expected) in [
            ("postgresql://u:p@h/d", &[][..], Some(Verified::Optional)),
            ("postgresql:///d?host=h", &[], Some(Verified::Optional)),
            ("postgresql://u:p@h/d?sslmode=require", &[], Some(Verified::Encrypted)),
            ("postgresql://u:p@h/d?sslmode=require&sslrootcert=ca.pem", &[], Some(Verified::Authority)),
            ("postgresql://u:p@h/d?sslmode=verify-full", &[], Some(Verified::Host)),
            ("postgresql://u:p@h/d?sslrootcert=system", &[], Some(Verified::Host)),
            ("postgresql://u:p@h/d", &[("PGSSLMODE", "verify-full")], Some(Verified::Host)),
            (
                "postgresql://u:p@h/d?sslmode=require",
                &[("PGSSLMODE", "verify-full")],
                Some(Verified::Encrypted),
            ),
            (
                "postgresql://u:p@h/d",
                &[("PGSSLMODE", "require"), ("PGSSLROOTCERT", "ca.pem")],
                Some(Verified::Authority),
            ),
            ("postgresql://u:p@localhost/d", &[], None),
            ("postgresql:///d?host=/run/postgresql", &[], None),
            ("mysql://u:p@h/d", &[], Some(Verified::Optional)),
            ("mysql://u:p@h/d?ssl_mode=VERIFY_CA", &[], Some(Verified::Authority)),
            ("mysql://u:p@h/d?ssl_mode=VERIFY_IDENTITY", &[], Some(Verified::Host)),
            ("sqlite:////srv/airflow.db", &[], None),
        ] {
            let settings = Settings {
                address: Address::parse(&SecretText::new(text), "`sql_alchemy_conn`").unwrap(),
                schema: None,
                fernet_key: SecretText::default(),
                team: None,
                allow_plaintext: false,
                write: false,
                ca_file: None,
                env: variables.iter().copied().collect(),
            };
            assert_eq!(verified(&settings), expected, "{text} {variables:?}");
        }
    }
}
