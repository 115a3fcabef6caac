//! The requests.

use std::collections::HashMap;

use airbridge_core::{Error, ErrorKind, Json, JsonStyle, Operation, Result, SecretText};
use airbridge_http::{
    Address, ConnectHints, LIST_LIMIT, SECRET_LIMIT, TransportError, outcome_unknown, read_body, retry_after,
};
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use tokio::sync::{Mutex, Semaphore};

use crate::answer::{Answer, Secret};
use crate::entry::{Connection, Connections, Variable, Variables};
use crate::error::{not_airflow, of_status};
use crate::settings::{ApiVersion, Settings};
use crate::sign_in::SignIn;

const HINTS: ConnectHints = ConnectHints {
    certificate: "set `ca_file` to a PEM file of the certificate authority",
    address: "check `url`, and that the web server is running",
    proxy: "check `proxy`, `HTTPS_PROXY` and `NO_PROXY`",
};

/// Entries on a page: the most that the server sends unless its administrator permits more.
pub(crate) const PAGE: usize = 100;

/// Requests at the same time, whatever the user sets. An API server of Airflow 3.3.2 on PostgreSQL hangs for good when 24
/// changes come at the same time: it has 15 connections to its database.
const AT_ONCE: usize = 8;

/// What an id needs no escape for in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The requests to one Airflow.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    pub(crate) version: ApiVersion,
    sign_in: SignIn,
    /// The token that the server gave for a password. Empty until the first request.
    token: Mutex<Option<SecretText>>,
    permits: Semaphore,
    pub(crate) place: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: Secret,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "version")]
    _version: String,
}

impl Client {
    /// Connects, and finds out the version of the API.
    pub(crate) async fn new(settings: &Settings) -> Result<Self> {
        let url = settings.url.as_deref().ok_or_else(|| {
            Error::config("no address is given").with_hint("write airflow-api:https://HOST, or set `url`")
        })?;
        let address = Address::parse(url, "`url`", settings.http.allow_http)?;
        let http = settings.http.client(&address, &settings.env)?;
        let base = address.to_string();
        let place = format!("airflow-api:{base}");
        let sign_in = SignIn::new(settings)?;
        let version = match settings.api_version {
            Some(version) => version,
            None => find_version(&http, &base, &sign_in, &place).await?,
        };
        Ok(Self {
            http,
            base,
            version,
            sign_in,
            token: Mutex::default(),
            permits: Semaphore::new(AT_ONCE),
            place,
        })
    }

    /// Who acts there.
    pub(crate) fn user(&self) -> Option<&str> {
        self.sign_in.user()
    }

    /// A page of connections.
    pub(crate) async fn connections(&self, offset: usize) -> Result<Connections> {
        let path = format!("/connections?limit={PAGE}&offset={offset}");
        let answer = self.get(Operation::List, &path).await?;
        self.parsed(&answer, Operation::List)
    }

    /// A page of variables.
    pub(crate) async fn variables(&self, offset: usize) -> Result<Variables> {
        let path = format!("/variables?limit={PAGE}&offset={offset}");
        let answer = self.get(Operation::List, &path).await?;
        self.parsed(&answer, Operation::List)
    }

    /// A connection.
    pub(crate) async fn connection(&self, id: &str) -> Result<Option<Connection>> {
        let answer = self.get(Operation::Read, &path_of("connections", id)).await?;
        let found: Option<Connection> = self.found(&answer)?;
        self.same(found, |found| found.id == id)
    }

    /// A variable.
    pub(crate) async fn variable(&self, key: &str) -> Result<Option<Variable>> {
        let answer = self.get(Operation::Read, &path_of("variables", key)).await?;
        let found: Option<Variable> = self.found(&answer)?;
        self.same(found, |found| found.key == key)
    }

    /// What was found, if it has the name that was asked for.
    fn same<T>(&self, found: Option<T>, is_same: impl Fn(&T) -> bool) -> Result<Option<T>> {
        match found {
            Some(found) if !is_same(&found) => Err(Error::new(
                ErrorKind::Unexpected,
                Operation::Read,
                format!("{} sent another entry than the one that was asked for", self.place),
            )),
            found => Ok(found),
        }
    }

    /// The entry in an answer; `None` if the server has none.
    fn found<T: serde::de::DeserializeOwned>(&self, answer: &Answer) -> Result<Option<T>> {
        if answer.status == 404 && answer.is_json {
            Ok(None)
        } else {
            self.parsed(answer, Operation::Read).map(Some)
        }
    }

    fn parsed<T: serde::de::DeserializeOwned>(&self, answer: &Answer, operation: Operation) -> Result<T> {
        if answer.status != 200 {
            return Err(of_status(answer, operation, &self.place));
        }
        answer.parse().ok_or_else(|| not_airflow(answer.status, operation, &self.place))
    }

    async fn get(&self, operation: Operation, path: &str) -> Result<Answer> {
        self.exchange(operation, Method::GET, path, None).await
    }

    /// Sends a change: `path` is what follows `/api/v2`. Every status is an answer, except those that say nothing about the
    /// change: no permission, throttled, a broken server, another service.
    ///
    /// # Errors
    ///
    /// `AnswerLost` if the change may have been made.
    pub(crate) async fn change(&self, method: Method, path: &str, body: Option<Json>) -> Result<Answer> {
        let body = body.map(|body| Bytes::from_owner(body.to_text(JsonStyle::LINE).into_buffer()));
        let answer = self.exchange(Operation::Write, method, path, body).await?;
        match answer.status {
            200..=299 | 400 | 405 | 409 | 422 => Ok(answer),
            404 if answer.is_json => Ok(answer),
            _ => Err(of_status(&answer, Operation::Write, &self.place)),
        }
    }

    async fn exchange(
        &self,
        operation: Operation,
        method: Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Answer> {
        let url = format!("{}{}{path}", self.base, self.version.path());
        let request = || {
            let request = self.http.request(method.clone(), &url);
            match &body {
                // Without a body there must be no content type either: Airflow 2 answers 400.
                Some(body) => request.header(CONTENT_TYPE, "application/json").body(body.clone()),
                None => request,
            }
        };
        // It is never closed.
        let _permit = self.permits.acquire().await;
        let token = self.token(None).await?;
        let answer = send(self.sign_in.sign(request(), token.as_ref()), operation, &self.place).await?;
        // A token that has expired is renewed once.
        match token {
            Some(token) if answer.status == 401 => {
                let token = self.token(Some(&token)).await?;
                send(self.sign_in.sign(request(), token.as_ref()), operation, &self.place).await
            }
            _ => Ok(answer),
        }
    }

    /// The token that a cloud issues, or that version 2 gives for a password: the one that is there, or a new one if it is `rejected`.
    async fn token(&self, rejected: Option<&SecretText>) -> Result<Option<SecretText>> {
        if let Some(issued) = self.sign_in.issued().await? {
            return Ok(Some(issued));
        }
        let (ApiVersion::V2, SignIn::User(user, password)) = (self.version, &self.sign_in) else {
            return Ok(None);
        };
        let mut token = self.token.lock().await;
        if let Some(token) = token.as_ref().filter(|token| Some(*token) != rejected) {
            return Ok(Some(token.clone()));
        }
        let body = HashMap::from([("username", user.as_str()), ("password", password.expose())]);
        let request = self.http.request(Method::POST, format!("{}/auth/token", self.base)).json(&body);
        let answer = send(request, Operation::Open, &self.place).await?;
        if !matches!(answer.status, 200 | 201) {
            return Err(of_status(&answer, Operation::Open, &self.place));
        }
        let Some(Token { access_token }) = answer.parse() else {
            return Err(not_airflow(answer.status, Operation::Open, &self.place));
        };
        *token = Some(access_token.0.clone());
        Ok(Some(access_token.0))
    }
}

/// The path of one entry.
pub(crate) fn path_of(kind: &str, id: &str) -> String {
    format!("/{kind}/{}", utf8_percent_encode(id, PLAIN))
}

/// The newest version that the server has. Airflow says it to everyone, a gateway in front may ask for the token or password.
async fn find_version(
    http: &reqwest::Client,
    base: &str,
    sign_in: &SignIn,
    place: &str,
) -> Result<ApiVersion> {
    let mut status = 404;
    let issued = sign_in.issued().await?;
    for version in [ApiVersion::V2, ApiVersion::V1] {
        let request = http.request(Method::GET, format!("{base}{}/version", version.path()));
        let answer = send(sign_in.sign(request, issued.as_ref()), Operation::Open, place).await?;
        if answer.status == 200 && answer.parse::<Version>().is_some() {
            return Ok(version);
        }
        // A login page in front of Airflow says nothing about its version.
        if matches!(answer.status, 401 | 403 | 429 | 500..) {
            return Err(of_status(&answer, Operation::Open, place));
        }
        status = answer.status;
    }
    Err(not_airflow(status, Operation::Open, place))
}

/// One request and its complete answer.
async fn send(request: RequestBuilder, operation: Operation, place: &str) -> Result<Answer> {
    let unknown = outcome_unknown(operation == Operation::Write);
    let broken = |error: TransportError| error.into_error(operation, unknown, place, &HINTS);
    // The answer to a write of many entries names each of them.
    let limit = if operation == Operation::Read { SECRET_LIMIT } else { LIST_LIMIT };
    let response = request.send().await.map_err(|error| broken(TransportError::of(&error)))?;
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let delay = retry_after(header);
    let is_json = header("content-type").is_some_and(|kind| kind.contains("json"));
    let body = read_body(response, limit).await.map_err(broken)?;
    Ok(Answer { status, is_json, retry_after: delay, body })
}
