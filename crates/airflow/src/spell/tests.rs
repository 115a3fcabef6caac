use airbridge_core::{Json, Payload};

use super::{Spelling, spell};
use crate::read::from_uri;
use crate::{AirflowVersion, Connection, Dialect, Reader};

fn text(connection: &Connection, spelling: Spelling) -> Option<String> {
    let payloads = spell(&Dialect::Text, AirflowVersion::V3_3, connection, spelling);
    payloads.into_iter().next().map(|payload| match payload {
        Payload::Text(text) => text.expose().to_owned(),
        Payload::Fields(_) => panic!("expected a string, found fields"),
    })
}

fn postgres() -> Connection {
    Connection { conn_type: Json::string("postgres"), ..Connection::default() }
}

#[test]
fn extra_is_written_as_a_string() {
    let connection = Connection {
        host: Json::string("Db.Example"),
        port: Json::integer(5432),
        extra: Json::string("{\"n\": 1.50}"),
        ..postgres()
    };
    let json = r#"{"conn_type": "postgres", "host": "Db.Example", "port": 5432, "extra": "{\"n\": 1.50}"}"#;
    assert_eq!(text(&connection, Spelling::Json).as_deref(), Some(json));
    let uri = "postgres://%44b.Example:5432/?__extra__=%7B%22n%22%3A+1.50%7D";
    assert_eq!(text(&connection, Spelling::Uri).as_deref(), Some(uri));
    assert_eq!(text(&connection, Spelling::Keep).as_deref(), Some(json));
}

#[test]
fn host_in_a_uri_reads_back() {
    for host in
        ["h", "MyHost", "1Host", "ÄB", "https://Api.example:8443/x", "A/B", "[::1]", "a@b:c", "://", "%41"]
    {
        let connection = Connection { host: Json::string(host), login: Json::string("u"), ..postgres() };
        let uri = text(&connection, Spelling::Uri).unwrap();
        for reader in [Reader::Core2, Reader::Core3, Reader::Task3] {
            assert_eq!(from_uri(reader, &uri).unwrap().host.as_str(), Some(host), "{reader:?} on {uri}");
        }
    }
}

#[test]
fn connection_that_a_uri_cannot_express_has_no_uri() {
    let with = |change: fn(&mut Connection)| {
        let mut connection = postgres();
        change(&mut connection);
        text(&connection, Spelling::Uri)
    };
    assert_eq!(with(|_| ()).as_deref(), Some("postgres://"));
    assert_eq!(with(|c| c.conn_type = Json::Null).as_deref(), Some("//"));
    assert_eq!(with(|c| c.conn_type = Json::string("MyType")), None);
    assert_eq!(with(|c| c.conn_type = Json::string("_a")), None);
    assert_eq!(with(|c| c.port = Json::integer(65536)), None);
    assert_eq!(with(|c| c.port = Json::string("x")), None);
    assert_eq!(with(|c| c.password = Json::string("")).as_deref(), Some("postgres://"));
    assert_eq!(with(|c| c.host = Json::integer(5)).as_deref(), Some("postgres://5"));
    assert_eq!(with(|c| c.login = Json::Array(Vec::new())), None);
}

#[test]
fn dialect_returns_only_its_own_formats() {
    let count = |dialect, wanted| spell(&dialect, AirflowVersion::V3_3, &postgres(), wanted).len();
    assert_eq!(count(Dialect::Text, Spelling::Keep), 2);
    assert_eq!(count(Dialect::Text, Spelling::Fields), 0);
    assert_eq!(count(Dialect::Vault, Spelling::Keep), 2);
    assert_eq!(count(Dialect::Vault, Spelling::Json), 0);
    assert_eq!(count(Dialect::EnvFile, Spelling::Keep), 1);
    assert_eq!(count(Dialect::Astro, Spelling::Uri), 0);
}
