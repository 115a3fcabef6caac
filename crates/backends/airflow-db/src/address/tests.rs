use airbridge_core::SecretText;

use super::{Address, DatabaseKind};

fn parse(text: &str) -> Result<Address, String> {
    Address::parse(&SecretText::new(text), "`sql_alchemy_conn`").map_err(|error| error.to_string())
}

/// Against `sqlalchemy.engine.make_url` of SQLAlchemy 2.0.
#[test]
fn addresses_are_read_as_sqlalchemy_reads_them() {
    let address = parse(
        "postgresql+psycopg2://air%40flow:p%40ss%3A%2F%2B+x@db.acme.test:6432/air%20flow?sslmode=verify-full",
    )
    .unwrap();
    assert_eq!(address.kind, DatabaseKind::Postgres);
    assert_eq!(
        (address.user.as_str(), address.host.as_str(), address.port),
        ("air@flow", "db.acme.test", Some(6432))
    );
    assert_eq!(address.password.as_ref().map(SecretText::expose), Some("p@ss:/++x"));
    assert_eq!(
        (address.database.as_str(), address.option(&["sslmode"])),
        ("air%20flow", Some("verify-full"))
    );
    assert_eq!(address.place(), "airflow-db:postgresql://db.acme.test:6432/air%20flow");

    let first_at = parse("postgresql://u:p/?w@h/d").unwrap();
    assert_eq!(first_at.password.as_ref().map(SecretText::expose), Some("p/?w"));
    assert_eq!((first_at.host.as_str(), first_at.database.as_str()), ("h", "d"));
    let ipv6 = parse("mysql://u@[::1]:3307/airflow").unwrap();
    assert_eq!((ipv6.host.as_str(), ipv6.port, ipv6.password.is_none()), ("::1", Some(3307), true));
    let socket = parse("postgresql://u:p@/airflow?host=/run/postgresql").unwrap();
    assert_eq!(socket.place(), "airflow-db:postgresql:///run/postgresql/airflow");
    let options = parse("postgresql:///airflow?host=db.acme.test:6432&user=u&password=p").unwrap();
    assert_eq!(options.place(), "airflow-db:postgresql://db.acme.test:6432/airflow");
    assert_eq!((options.user.as_str(), options.password.as_ref().map(SecretText::expose)), ("u", Some("p")));
    let port = parse("postgresql://h:1/d?port=6432").unwrap();
    assert_eq!(port.port, Some(6432));
    let file = parse("sqlite:////srv/air flow.db").unwrap();
    assert_eq!((file.kind, file.database.as_str()), (DatabaseKind::Sqlite, "/srv/air flow.db"));
    for scheme in
        ["postgres", "postgresql+asyncpg", "mysql+mysqldb", "mariadb+pymysql", "mysql+mysqlconnector"]
    {
        assert!(parse(&format!("{scheme}://u:p@h/d")).is_ok(), "{scheme}");
    }
}

#[test]
fn other_addresses_are_rejected_without_their_password() {
    for (text, part) in [
        ("mssql+pyodbc://u:canary@h/d", "the dialect `mssql+pyodbc`"),
        ("airflow-db-not-allowed:///", "tasks of Airflow 3"),
        ("canary", "is not the address of a database"),
        ("sqlite:///airflow.db", "a relative path"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("postgresql://u:canary@h", "names no database"),
        ("postgresql://u:a@canary@h/d", "write `%40`"),
        ("postgresql://u:a@b/canary@h/d", "write `%40`"),
        ("postgresql://u:canary@h:port/d", "no valid host and port"),
        ("postgresql://u:canary@h/d?port=canary", "no valid host and port"),
        ("postgresql://u:canary@/d?host=a&host=b", "several hosts"),
        ("postgresql://u:canary@a,b/d", "several hosts"),
        ("postgresql:///d?host=canary@h", "write `%40`"),
        ("mysql://u:canary%ff@h/d", "password that is not UTF-8"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(part) && !error.contains("canary"), "{text}: {error}");
    }
}

#[test]
fn options_without_effect_are_named() {
    let notes = |text: &str| parse(text).unwrap().notes("airflow.cfg");
    assert!(notes("postgresql://h/d?sslmode=require&keepalives=1&options=-csearch_path%3Dx").is_empty());
    let [note] = notes("postgresql://h/d?channel_binding=require").try_into().unwrap();
    assert!(note.message.contains("channel_binding"), "{}", note.message);
}

#[test]
fn debug_shows_no_password_and_no_option() {
    let address = parse("mysql://u:canary@h/d?ssl_key=canary").unwrap();
    assert_eq!(format!("{address:?}"), "Address(\"airflow-db:mysql://h/d\")");
}
