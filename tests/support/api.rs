//! The web servers of real Airflows, with the databases behind them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use serde_json::json;

use crate::database::run_sql;
use crate::servers::{http, unique};
use crate::{API_PASSWORD, API_USER, FERNET_KEY, server};

/// The web server of Airflow `2` or `3`. All tests share it and its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AirflowApi {
    airflow: &'static str,
}

impl AirflowApi {
    /// The web server of this Airflow.
    pub fn new(airflow: &'static str) -> Self {
        Self { airflow }
    }

    /// `2` or `3`.
    pub fn airflow(self) -> &'static str {
        self.airflow
    }

    /// The address.
    pub fn url(self) -> String {
        server(&self.variable())
    }

    /// The endpoint of the API.
    pub fn endpoint(self) -> String {
        format!("airflow-api:{}", self.url())
    }

    /// The variables of a user who may do everything.
    pub fn user() -> [(&'static str, &'static str); 2] {
        [("AIRFLOW_API_USERNAME", API_USER), ("AIRFLOW_API_PASSWORD", API_PASSWORD)]
    }

    /// A token of the user, which only Airflow 3 gives.
    ///
    /// # Panics
    /// If it gives none.
    pub fn token(self) -> String {
        let body = json!({ "username": API_USER, "password": API_PASSWORD });
        let (status, answer) = http("POST", &format!("{}/auth/token", self.url()), &[], Some(body));
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: HTTP {status}")).to_owned()
    }

    /// The endpoint of the database behind it, which needs the variables of [`deployment`](Self::deployment).
    pub const DATABASE: &'static str = "airflow-db:";

    /// The settings of the Airflow itself: its database, and the key of the rows.
    pub fn deployment(self) -> [(&'static str, String); 2] {
        [
            ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", self.address()),
            ("AIRFLOW__CORE__FERNET_KEY", FERNET_KEY.to_owned()),
        ]
    }

    /// Runs statements on the database behind it.
    ///
    /// # Panics
    /// If one fails.
    pub fn sql(self, sql: &str) -> String {
        run_sql(Command::new("psql").args(["-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", &self.address()]), sql)
    }

    /// Removes every connection and variable.
    pub fn clear(self) {
        self.sql("DELETE FROM connection; DELETE FROM variable");
    }

    /// A name that no other test has.
    pub fn unique_name(what: &str) -> String {
        format!("{what}_{}", unique())
    }

    fn variable(self) -> String {
        format!("AIRBRIDGE_TEST_AIRFLOW_API_{}", self.airflow)
    }

    fn address(self) -> String {
        server(&format!("{}_DATABASE", self.variable()))
    }
}

/// A token service that answers every request with this token. Returns its address.
///
/// # Panics
/// If no port can be opened, or a connection breaks.
pub fn token_service(token: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/token", listener.local_addr().expect("an address"));
    let body = json!({ "access_token": token, "expires_in": 3600, "token_type": "Bearer" }).to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut head = [0; 4096];
            let _read = stream.read(&mut head).expect("a request");
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).expect("a listener");
        }
    });
    url
}
