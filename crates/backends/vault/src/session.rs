//! The token in use: renewed before it ends, replaced when it is no longer accepted, by one task at a time.

use std::time::{Duration, Instant};

use airbridge_core::{Error, Operation, Result, SecretText};
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;

use crate::error::{classify, is_policy_denial, unauthenticated};
use crate::settings::Settings;
use crate::sign_in::{Granted, Lease, Method, granted};
use crate::transport::{Answer, Call, Transport};

/// A token that cannot be renewed and ends in fewer seconds is worth a warning.
const SHORT: u64 = 600;

/// A token to send, and which one it is.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    generation: u64,
}

/// What can be found out about a token that was refused.
enum Life {
    Alive(Option<Lease>),
    Dead,
    /// The token may not ask about itself.
    Unknown,
}

struct Held {
    token: Token,
    term: Option<Term>,
}

/// When a token ends and what can be done about it.
#[derive(Clone, Copy)]
struct Term {
    act_at: Instant,
    ends_at: Instant,
    renewable: bool,
    /// For how many seconds the token was given at first.
    full: u64,
}

impl Term {
    /// Vault's advice is to act at two thirds.
    fn new(lease: Lease) -> Self {
        let (now, length) = (Instant::now(), Duration::from_secs(lease.seconds));
        let (act_at, ends_at) = (now + length * 2 / 3, now + length);
        Self { act_at, ends_at, renewable: lease.renewable, full: lease.seconds }
    }
}

/// The token in use, and the way to the next.
pub(crate) struct Session {
    method: Method,
    held: Mutex<Option<Held>>,
}

impl Session {
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        Ok(Self { method: Method::new(settings)?, held: Mutex::new(None) })
    }

    /// Signs in, and makes sure that a token which was there before is accepted.
    pub(crate) async fn open(&self, transport: &Transport) -> Result<()> {
        let token = self.token(transport).await?;
        if matches!(self.method, Method::Login { .. }) {
            return Ok(());
        }
        let lease = match self.life(transport, &token).await? {
            Life::Alive(lease) => lease,
            Life::Dead => return Err(self.not_accepted(transport)),
            Life::Unknown => return Ok(()),
        };
        if let Some(held) = self.held.lock().await.as_mut() {
            held.term = lease.map(Term::new);
        }
        if let Some(lease) = lease.filter(|lease| !lease.renewable && lease.seconds < SHORT) {
            tracing::warn!("{} ends in {} seconds and cannot be renewed", self.method.name(), lease.seconds);
        }
        Ok(())
    }

    /// The token to send now. Others wait while one task renews it or signs in.
    pub(crate) async fn token(&self, transport: &Transport) -> Result<Token> {
        let mut held = self.held.lock().await;
        match held.as_mut() {
            None => self.replace(&mut held, transport).await,
            Some(Held { token, term: Some(term) }) if Instant::now() >= term.act_at => {
                let old = token.clone();
                if let Some(lease) = renewed(transport, token, *term).await {
                    *term = Term { full: term.full, ..Term::new(lease) };
                    // Near the end of all renewals, which bring ever less, a new token is better.
                    if lease.seconds * 2 > term.full || matches!(self.method, Method::Token(_)) {
                        return Ok(old);
                    }
                }
                // Not again before it ends; a token that is refused is replaced anyway.
                let ends_at = term.ends_at;
                term.act_at = ends_at;
                match self.replace(&mut held, transport).await {
                    Err(_) if Instant::now() < ends_at => Ok(old),
                    result => result,
                }
            }
            Some(held) => Ok(held.token.clone()),
        }
    }

    /// What to do about a 403: another token to try with, or the error that it is.
    pub(crate) async fn after_denial(
        &self,
        transport: &Transport,
        refused: &Token,
        call: &Call,
        answer: &Answer,
    ) -> Result<Token> {
        let dead = match self.life(transport, refused).await? {
            Life::Alive(_) => false,
            Life::Dead => true,
            Life::Unknown => !is_policy_denial(answer),
        };
        if !dead {
            return Err(classify(call, transport.shown(), answer));
        }
        let mut held = self.held.lock().await;
        match held.as_ref() {
            // Another task was here first.
            Some(held) if held.token.generation != refused.generation => Ok(held.token.clone()),
            _ => self.replace(&mut held, transport).await,
        }
    }

    /// The error of a token that is refused again and again.
    pub(crate) fn not_accepted(&self, transport: &Transport) -> Error {
        let hint = match self.method {
            Method::Token(_) => {
                "it is wrong, has expired, was revoked, or belongs to another namespace: get a new one"
            }
            Method::Login { .. } => "it was revoked as soon as it was given",
        };
        unauthenticated(format!("{} is not accepted by {}", self.method.name(), transport.shown()))
            .with_hint(hint)
    }

    /// Signs in again. A token that is merely read again must be another one.
    async fn replace(&self, held: &mut Option<Held>, transport: &Transport) -> Result<Token> {
        let Granted { token: header, lease } = self.method.sign_in(transport).await?;
        if held.as_ref().is_some_and(|held| held.token.header == header) {
            return Err(self.not_accepted(transport));
        }
        let generation = held.as_ref().map_or(0, |held| held.token.generation + 1);
        let token = Token { header, generation };
        *held = Some(Held { token: token.clone(), term: lease.map(Term::new) });
        Ok(token)
    }

    async fn life(&self, transport: &Transport, token: &Token) -> Result<Life> {
        let call = Call::get(Operation::Open, "auth/token/lookup-self");
        let answer = transport.send(&call, Some(&token.header)).await?;
        match answer.status {
            200 => Ok(Life::Alive(answer.data::<Lease>().filter(|lease| lease.seconds > 0))),
            403 if is_policy_denial(&answer) => Ok(Life::Unknown),
            403 if !answer.is_foreign() => Ok(Life::Dead),
            _ => Err(classify(&call, transport.shown(), &answer)),
        }
    }
}

/// How much longer the token lives after a renewal; `None` if there was none.
async fn renewed(transport: &Transport, token: &Token, term: Term) -> Option<Lease> {
    if !term.renewable {
        return None;
    }
    let call = Call::post(Operation::Open, "auth/token/renew-self", SecretText::new("{}"));
    let answer = transport.send(&call, Some(&token.header)).await.ok()?;
    granted(&answer)?.ok()?.lease
}
