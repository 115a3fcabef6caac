//! An adapter for the server, right or with one defect in what it makes of faults.

use std::time::Duration;

use airbridge_core::{
    Action, Capabilities, Change, Cursor, Descriptor, Error, ErrorKind, Header, Limits, Metadata, NamePrefix,
    Operation, Page, Payload, Rates, Read, Receipt, Rejection, Result, SecretName, SecretStore, State,
    Stored, SupportedMetadata, TextRules, Undo, Version, one_by_one,
};
use airbridge_http::{LIST_LIMIT, SECRET_LIMIT, TransportError, read_body};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Defect {
    None,
    ThrottlingIsUnexpected,
    IgnoresRetryAfter,
    ServerErrorOnWriteIsUnavailable,
    CutOnWriteIsUnavailable,
    RepeatsByItself,
    ShowsTheAnswer,
    ErrorsWithoutNames,
    FollowsRedirects,
    ReadsEverything,
    TakesAnythingForAList,
    TakesAnythingForAValue,
    TakesAnythingForSuccess,
    DecidesBeforeTheEnd,
    QuotesInBase64,
    WaitsForLong,
}

/// The type of the server's answers.
pub(crate) const TYPE: &str = "text/x-kv";

const RULES: TextRules = TextRules {
    service: "the server",
    secret: "value",
    characters: "ASCII letters, digits, - and _",
    may_stand: |char| char.is_ascii_alphanumeric() || "-_".contains(char),
    name: 100,
    value: 10_000,
    empty: true,
};

#[derive(Debug)]
pub(crate) struct HttpStore {
    descriptor: Descriptor,
    url: String,
    http: Client,
    defect: Defect,
}

impl HttpStore {
    pub(crate) fn open(url: String, defect: Defect) -> Self {
        let descriptor = Descriptor {
            backend: "kv",
            place: format!("kv:{url}"),
            actor: None,
            capabilities: Capabilities {
                write: true,
                atomic_write: true,
                versions: true,
                metadata: false,
                lists_by_prefix: false,
            },
            limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 4 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &[],
            undo: Undo::NONE,
        };
        let redirects = if defect == Defect::FollowsRedirects { Policy::limited(2) } else { Policy::none() };
        let timeout = Duration::from_secs(if defect == Defect::WaitsForLong { 300 } else { 2 });
        let http = Client::builder().no_proxy().redirect(redirects).timeout(timeout).build().unwrap();
        Self { descriptor, url, http, defect }
    }

    /// The answer to one request, or what its fault is.
    async fn send(
        &self,
        operation: Operation,
        request: RequestBuilder,
    ) -> Result<(StatusCode, Option<Version>, Vec<u8>)> {
        let answer = match request.try_clone() {
            Some(again) if self.defect == Defect::RepeatsByItself => match request.send().await {
                Err(_) => again.send().await,
                answer => answer,
            },
            _ => request.send().await,
        };
        let answer = answer.map_err(|_| self.cut(operation))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        if self.defect == Defect::DecidesBeforeTheEnd && status == StatusCode::BAD_REQUEST {
            return Err(self.refused(operation, status, &headers, b""));
        }
        let limit = if operation == Operation::List { LIST_LIMIT } else { SECRET_LIMIT };
        let limit = if self.defect == Defect::ReadsEverything { usize::MAX } else { limit };
        let body = read_body(answer, limit).await.map_err(|error| match (error, operation) {
            (TransportError::TooLarge, Operation::List | Operation::Read) => {
                Error::new(ErrorKind::Unexpected, operation, "the answer is too large")
            }
            _ => self.cut(operation),
        })?;
        if headers.get(CONTENT_TYPE).is_some_and(|kind| kind != TYPE) && status.is_success() {
            if !self.takes_anything(operation) {
                // A write may have happened.
                let kind = match operation {
                    Operation::Write => ErrorKind::AnswerLost,
                    _ => ErrorKind::Unexpected,
                };
                return Err(Error::new(kind, operation, "not an answer of the server"));
            }
        } else if status.as_u16() != 404 && status.as_u16() != 412 && !status.is_success() {
            return Err(self.refused(operation, status, &headers, &body));
        }
        let etag = headers.get(ETAG).map(|etag| Version::new(etag.to_str().unwrap()));
        Ok((status, etag, body.to_vec()))
    }

    fn takes_anything(&self, operation: Operation) -> bool {
        let defect = match operation {
            Operation::List => Defect::TakesAnythingForAList,
            Operation::Read => Defect::TakesAnythingForAValue,
            _ => Defect::TakesAnythingForSuccess,
        };
        self.defect == defect
    }

    fn cut(&self, operation: Operation) -> Error {
        let kind = match operation {
            Operation::Write if self.defect != Defect::CutOnWriteIsUnavailable => ErrorKind::AnswerLost,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, operation, "the connection was closed")
    }

    fn refused(&self, operation: Operation, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
        let kind = match (status.as_u16(), operation) {
            (300..=399, _) => ErrorKind::Config,
            (429, _) if self.defect == Defect::ThrottlingIsUnexpected => ErrorKind::Unexpected,
            (429, _) => ErrorKind::RateLimited,
            (400..=499, _) => ErrorKind::Unexpected,
            (503, _) => ErrorKind::Unavailable,
            (_, Operation::Write) if self.defect != Defect::ServerErrorOnWriteIsUnavailable => {
                ErrorKind::AnswerLost
            }
            _ => ErrorKind::Unavailable,
        };
        let delay = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let delay = delay.filter(|_| self.defect != Defect::IgnoresRetryAfter).map(Duration::from_secs);
        let mut message = format!("the server answered {status}");
        match self.defect {
            Defect::ShowsTheAnswer => message += &String::from_utf8_lossy(body),
            Defect::QuotesInBase64 => message += &STANDARD.encode(body),
            _ => {}
        }
        Error::new(kind, operation, message).with_retry_after(delay)
    }

    fn request(&self, method: Method, name: &SecretName) -> RequestBuilder {
        self.http.request(method, format!("{}/{name}", self.url))
    }

    async fn read(&self, read: &Read) -> Result<Option<Stored>> {
        if !RULES.is_name(read.name.as_str()) {
            return Ok(None);
        }
        let (status, etag, body) = self.send(Operation::Read, self.request(Method::GET, &read.name)).await?;
        // With its status alone, an answer could be that of a gateway.
        if etag.is_none() && status != StatusCode::NOT_FOUND && !self.takes_anything(Operation::Read) {
            let message = "the answer has no entity tag";
            return Err(Error::new(ErrorKind::Unexpected, Operation::Read, message).with_name(&read.name));
        }
        // The server keeps the newest version only.
        if status == StatusCode::NOT_FOUND || (read.version.is_some() && read.version != etag) {
            return Ok(None);
        }
        Ok(Some(match String::from_utf8(body) {
            Ok(text) => Stored::payload(Payload::text(text), etag),
            Err(_) => Stored::hidden(State::Binary, etag),
        }))
    }

    async fn write(&self, change: &Change) -> Result<Receipt> {
        let name = &change.name;
        let put = |payload: &Payload| -> Result<RequestBuilder> {
            self.check(name, payload).map_err(|rejection| rejection.into_error(name))?;
            let text = RULES.text(payload, name)?;
            Ok(self.request(Method::PUT, name).body(text.expose().to_owned()))
        };
        let (request, failed) = match &change.action {
            Action::Create(payload) => (put(payload)?.header(IF_NONE_MATCH, "*"), ErrorKind::AlreadyExists),
            Action::Replace { payload, expect } => {
                let request = put(payload)?;
                if self.read(&Read::current(name.clone())).await?.is_none() {
                    return Err(Error::write(ErrorKind::NotFound, "no such value", name));
                }
                (request.header(IF_MATCH, etag(expect.as_ref())), ErrorKind::VersionMismatch)
            }
            Action::Delete { .. } if !RULES.is_name(name.as_str()) => return Ok(Receipt { version: None }),
            Action::Delete { expect: None } => {
                (self.request(Method::DELETE, name), ErrorKind::VersionMismatch)
            }
            Action::Delete { expect } => {
                let request = self.request(Method::DELETE, name).header(IF_MATCH, etag(expect.as_ref()));
                (request, ErrorKind::VersionMismatch)
            }
            _ => return Err(Error::write(ErrorKind::Unsupported, "not supported", name)),
        };
        let deletes = matches!(change.action, Action::Delete { .. });
        let (status, version, _) = self.send(Operation::Write, request).await?;
        match status {
            StatusCode::PRECONDITION_FAILED => Err(Error::write(failed, "the condition failed", name)),
            _ if version.is_none() && !deletes && !self.takes_anything(Operation::Write) => {
                Err(Error::write(ErrorKind::AnswerLost, "the answer has no entity tag", name))
            }
            _ => Ok(Receipt { version }),
        }
    }
}

fn etag(expect: Option<&Version>) -> &str {
    expect.map_or("*", Version::as_str)
}

#[async_trait]
impl SecretStore for HttpStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> std::result::Result<(), Rejection> {
        RULES.check(name, payload)
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        _current: Option<&Metadata>,
    ) -> SupportedMetadata {
        SupportedMetadata::nothing(metadata, "the server keeps values only")
    }

    async fn list_page(&self, prefix: &NamePrefix, _cursor: Option<&Cursor>) -> Result<Page> {
        let (_, _, body) = self.send(Operation::List, self.http.get(&self.url)).await?;
        let names = String::from_utf8(body).unwrap();
        let mut lines = names.lines();
        if lines.next() != Some("names:") && !self.takes_anything(Operation::List) {
            return Err(Error::new(ErrorKind::Unexpected, Operation::List, "the answer is not a list"));
        }
        let names = lines.filter(|name| name.starts_with(prefix.as_str()));
        Ok(Page { headers: names.map(|name| Header::live(SecretName::new(name))).collect(), next: None })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        one_by_one(wanted, |read| self.read(read)).await
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let outcomes = one_by_one(changes, |change| self.write(change)).await?;
        if self.defect == Defect::ErrorsWithoutNames {
            let nameless = |error: Error| Error::new(error.kind(), error.operation(), error.message());
            return Ok(outcomes.into_iter().map(|outcome| outcome.map_err(nameless)).collect());
        }
        Ok(outcomes)
    }
}
