//! A client that is signed in: it adds a token that the server accepts to every request.

use airbridge_core::{Error, ErrorKind, Operation, Result};
use async_trait::async_trait;
use http::{Request, Response};
use rustify::endpoint::Endpoint;
use rustify::errors::ClientError;
use serde::Deserialize;
use vaultrs::api::sys::requests::ReadHealthRequest;
use zeroize::Zeroizing;

use crate::call::{Answer, Call};
use crate::error::classify;
use crate::middleware::into_client_error;
use crate::session::Session;
use crate::settings::Settings;
use crate::sign_in::Method;
use crate::transport::{Transport, call_of};

/// The server and the session there.
pub(crate) struct Client {
    transport: Transport,
    session: Session,
}

/// The part of `sys/health` that is needed. `vaultrs` has a type that requires a field which OpenBao does not send.
#[derive(Deserialize)]
struct Health {
    initialized: bool,
    sealed: bool,
}

impl Client {
    /// Checks that the server can serve requests, and signs in.
    pub(crate) async fn open(settings: &Settings) -> Result<Self> {
        let transport = Transport::new(settings)?;
        let method = Method::new(settings);
        // Settings that cannot work are reported at once. A missing token is reported after the server was tried, so
        // that the user hears of both.
        let missing = match &method {
            Err(error) if error.kind() != ErrorKind::Unauthenticated => return Err(error.clone()),
            method => method.is_err(),
        };
        if let Err(error) = health(&transport).await {
            return Err(if missing { without_token(&error) } else { error });
        }
        let method = method.map_err(|error| {
            let message = format!("cannot sign in to {}: {}", transport.shown(), error.message());
            let hint = error.hint().unwrap_or_default().to_owned();
            Error::new(error.kind(), error.operation(), message).with_hint(hint)
        })?;
        let client = Self { transport, session: Session::new(method) };
        client.session.open(&client.transport).await?;
        Ok(client)
    }

    /// The server's address for messages.
    pub(crate) fn place(&self) -> &str {
        self.transport.shown()
    }

    /// Whose the token is, as the server said.
    pub(crate) async fn actor(&self) -> Option<String> {
        self.session.actor().await
    }

    /// Sends the request of `endpoint` with a token that is accepted. Every status is an answer, except a 403 of Vault
    /// itself.
    pub(crate) async fn run(&self, call: Call, endpoint: impl Endpoint) -> Result<Answer> {
        self.transport.middleware(&call, None).run(self, endpoint).await
    }

    /// The error for an answer that is not a success.
    pub(crate) fn error(&self, answer: &Answer) -> Error {
        classify(self.place(), answer)
    }

    /// The error for a success whose body is not what Vault sends.
    pub(crate) fn unexpected_body(&self, answer: &Answer) -> Error {
        unexpected_body(self.place(), answer)
    }
}

#[async_trait]
impl rustify::client::Client for Client {
    fn base(&self) -> &str {
        self.transport.base()
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ClientError> {
        self.transport.send(request).await
    }

    /// Sends the request with the session's token. If the server no longer accepts the token, it is replaced and the
    /// request is sent once more: a 403 means that the server did nothing.
    async fn execute(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ClientError> {
        let (mut parts, body) = request.into_parts();
        let body = Zeroizing::new(body);
        let call = call_of(&parts)?.clone();
        let mut token = self.session.token(&self.transport).await.map_err(into_client_error)?;
        for _ in 0..2 {
            parts.headers.insert("x-vault-token", token.header.clone());
            let response = self.send(Request::from_parts(parts.clone(), body.to_vec())).await?;
            let answer = Answer::new(call.clone(), response);
            if answer.status != 403 || answer.is_foreign() {
                return Ok(answer.into_response());
            }
            token = self
                .session
                .after_denial(&self.transport, &token, &answer)
                .await
                .map_err(into_client_error)?;
        }
        Err(into_client_error(self.session.not_accepted(&self.transport)))
    }
}

/// Checks that the server is initialised, unsealed and able to serve requests.
async fn health(transport: &Transport) -> Result<()> {
    // Standby nodes forward requests, so they count as healthy.
    let endpoint = ReadHealthRequest {
        standbyok: Some(true),
        perfstandbyok: Some(true),
        ..ReadHealthRequest::default()
    };
    let call = Call::new(Operation::Open, &endpoint).in_root();
    let answer = transport.run(&call, endpoint, None).await?;
    let place = transport.shown();
    let config = |message: String| Error::new(ErrorKind::Config, Operation::Open, message);
    match (answer.status, answer.json::<Health>()) {
        (_, Some(Health { initialized: false, .. })) => Err(config(format!("{place} is not initialised"))
            .with_hint("set the server up with `vault operator init`")),
        (status, Some(Health { sealed: true, .. })) if status != 472 => Err(config(format!(
            "{place} is sealed"
        ))
        .with_hint("unseal it with `vault operator unseal`, or use the address of an unsealed server")),
        (472 | 500..=503 | 530, _) => Err(classify(place, &answer)),
        (_, Some(_)) => Ok(()),
        // Some proxies only let requests for secrets through; the first of those will show whether the server works.
        (401..=499, None) if !answer.is_foreign() => Ok(()),
        _ => Err(unexpected_body(place, &answer)),
    }
}

/// The error of a server that cannot be used, where there is no token for it either.
fn without_token(error: &Error) -> Error {
    let message = format!("{}; and no token was found for it", error.message());
    let hint = "then set `VAULT_TOKEN` or run `vault login`";
    let hint = error.hint().map_or_else(|| hint.to_owned(), |first| format!("{first}; {hint}"));
    Error::new(error.kind(), error.operation(), message).with_hint(hint).with_retry_after(error.retry_after())
}

fn unexpected_body(place: &str, answer: &Answer) -> Error {
    if answer.call.operation == Operation::Write && (200..300).contains(&answer.status) {
        let message = format!(
            "{place} answered a write of `{}` with something that Vault does not send",
            answer.call.path
        );
        // The server may have made the change, which only a read can tell.
        return Error::new(ErrorKind::AnswerLost, Operation::Write, message);
    }
    if answer.is_foreign() {
        return classify(place, answer);
    }
    let message = format!("{place} answered `{}` with JSON of an unknown shape", answer.call.path);
    Error::new(ErrorKind::Unexpected, answer.call.operation, message)
}
