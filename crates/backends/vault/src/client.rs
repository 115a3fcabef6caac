//! A signed-in client: one call, with a token that is accepted.

use airbridge_core::{Error, ErrorKind, Operation, Result};
use serde::Deserialize;

use crate::error::classify;
use crate::session::Session;
use crate::settings::Settings;
use crate::transport::{Answer, Call, Transport};

/// The server, and the right to use it.
pub(crate) struct Client {
    transport: Transport,
    session: Session,
}

/// What `sys/health` says.
#[derive(Deserialize)]
struct Health {
    initialized: bool,
    sealed: bool,
}

impl Client {
    /// Looks whether the server is fit to serve, and signs in.
    pub(crate) async fn open(settings: &Settings) -> Result<Self> {
        let client = Self { transport: Transport::new(settings)?, session: Session::new(settings)? };
        client.health().await?;
        client.session.open(&client.transport).await?;
        Ok(client)
    }

    /// The server's address for people.
    pub(crate) fn place(&self) -> &str {
        self.transport.shown()
    }

    /// One call. Any status but 403 is an answer; a 403 is one only if Vault did not say it.
    ///
    /// A token that is no longer accepted is replaced once, and the call repeated: a 403 means that nothing was done.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer> {
        let mut token = self.session.token(&self.transport).await?;
        for _ in 0..2 {
            let answer = self.transport.send(call, Some(&token.header)).await?;
            if answer.status != 403 || answer.is_foreign() {
                return Ok(answer);
            }
            token = self.session.after_denial(&self.transport, &token, call, &answer).await?;
        }
        Err(self.session.not_accepted(&self.transport))
    }

    /// An answer that is no success, as an error.
    pub(crate) fn error(&self, call: &Call, answer: &Answer) -> Error {
        classify(call, self.place(), answer)
    }

    /// An answer that says success in a shape that Vault does not have.
    pub(crate) fn odd(&self, call: &Call, answer: &Answer) -> Error {
        if answer.is_foreign() {
            return self.error(call, answer);
        }
        let message = format!("{} answered `{}` in an unknown shape", self.place(), call.path);
        Error::new(ErrorKind::Unexpected, call.operation, message)
    }

    async fn health(&self) -> Result<()> {
        // Standbys pass requests on, so they do. A server in a namespace's clothes has no health: it is asked bare.
        let query = Some("standbyok=true&perfstandbyok=true".to_owned());
        let call = Call { in_namespace: false, ..Call::get(Operation::Open, "sys/health") }.query(query);
        let answer = self.transport.send(&call, None).await?;
        let place = self.place();
        let config = |message: String| Error::new(ErrorKind::Config, Operation::Open, message);
        match (answer.status, answer.json::<Health>()) {
            (_, Some(Health { initialized: false, .. })) => {
                Err(config(format!("{place} is not initialised"))
                    .with_hint("`vault operator init` sets a new server up"))
            }
            (status, Some(Health { sealed: true, .. })) if status != 472 => Err(config(format!(
                "{place} is sealed"
            ))
            .with_hint("unseal it with `vault operator unseal`, or use the address of an unsealed server")),
            (472 | 501 | 503 | 530, _) => Err(self.error(&call, &answer)),
            (_, Some(_)) => Ok(()),
            // Some proxies let only secrets through; the first of those will tell.
            (401..=499, None) if !answer.is_foreign() => Ok(()),
            _ => Err(self.odd(&call, &answer)),
        }
    }
}
