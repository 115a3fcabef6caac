//! The token in use: it is renewed before it expires and replaced when the server rejects it, by one task at a time.

use std::time::{Duration, Instant};

use airbridge_core::{Error, Operation, Result};
use http::header::HeaderValue;
use tokio::sync::Mutex;
use vaultrs::api::token::requests::{LookupTokenSelfRequest, RenewTokenSelfRequest};

use crate::call::{Answer, Call};
use crate::error::{classify, is_policy_denial, unauthenticated};
use crate::identity::Identity;
use crate::sign_in::{Granted, Lease, Method, granted};
use crate::transport::Transport;

/// A token that cannot be renewed and expires in fewer seconds than this is worth a warning.
const SHORT: u64 = 600;

/// A token to send.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    /// How many tokens this session had before.
    generation: u64,
}

/// What the server says about a token that it rejected.
enum TokenState {
    Valid {
        lease: Option<Lease>,
        actor: Option<String>,
    },
    Invalid,
    /// The token has no permission to look itself up.
    Unknown,
}

/// The token in use and when it expires; `None` if it does not expire or the server did not say.
struct Current {
    token: Token,
    term: Option<Term>,
    /// Whose the token is, if the server has said so.
    actor: Option<String>,
}

/// When a token expires and when to act on it.
#[derive(Clone, Copy)]
struct Term {
    act_at: Instant,
    ends_at: Instant,
    renewable: bool,
    /// The lifetime that the token had at first, in seconds.
    full: u64,
}

impl Term {
    /// Vault's documentation recommends to renew after two thirds of the lifetime.
    fn new(lease: Lease) -> Self {
        // A limit, so that no lifetime from a server can overflow the clock.
        let (now, length) = (Instant::now(), Duration::from_secs(lease.seconds.min(u32::MAX.into())));
        let (act_at, ends_at) = (now + length * 2 / 3, now + length);
        Self { act_at, ends_at, renewable: lease.renewable, full: lease.seconds }
    }
}

/// The token in use, and how to get the next one.
pub(crate) struct Session {
    method: Method,
    current: Mutex<Option<Current>>,
}

impl Session {
    pub(crate) fn new(method: Method) -> Self {
        Self { method, current: Mutex::new(None) }
    }

    /// Signs in. A token that comes from the settings is also looked up, to see whether the server accepts it.
    pub(crate) async fn open(&self, transport: &Transport) -> Result<()> {
        let token = self.token(transport).await?;
        if matches!(self.method, Method::Login { .. }) {
            return Ok(());
        }
        let (lease, actor) = match self.look_up(transport, &token).await? {
            TokenState::Valid { lease, actor } => (lease, actor),
            TokenState::Invalid => return Err(self.not_accepted(transport)),
            TokenState::Unknown => return Ok(()),
        };
        if let Some(current) = self.current.lock().await.as_mut() {
            current.term = lease.map(Term::new);
            current.actor = actor;
        }
        if let Some(lease) = lease.filter(|lease| !lease.renewable && lease.seconds < SHORT) {
            let name = self.method.name();
            tracing::warn!("{name} expires in {} seconds and cannot be renewed", lease.seconds);
        }
        Ok(())
    }

    /// Whose the token is, if the server has said so.
    pub(crate) async fn actor(&self) -> Option<String> {
        self.current.lock().await.as_ref().and_then(|current| current.actor.clone())
    }

    /// The token to send now. While one task renews it or signs in, the others wait.
    pub(crate) async fn token(&self, transport: &Transport) -> Result<Token> {
        let mut current = self.current.lock().await;
        match current.as_mut() {
            None => self.replace(&mut current, transport).await,
            Some(Current { token, term: Some(term), .. }) if Instant::now() >= term.act_at => {
                let old = token.clone();
                if let Some(lease) = renewed(transport, token, *term).await {
                    *term = Term { full: term.full, ..Term::new(lease) };
                    // Near the token's maximum lifetime each renewal adds less, so a new token is better.
                    if lease.seconds * 2 > term.full || matches!(self.method, Method::Token(_)) {
                        return Ok(old);
                    }
                }
                // No second attempt before the token expires; a token that is rejected is replaced anyway.
                let ends_at = term.ends_at;
                term.act_at = ends_at;
                match self.replace(&mut current, transport).await {
                    Err(_) if Instant::now() < ends_at => Ok(old),
                    result => result,
                }
            }
            Some(current) => Ok(current.token.clone()),
        }
    }

    /// What to do after a 403: another token to send, or the error to report.
    pub(crate) async fn after_denial(
        &self,
        transport: &Transport,
        rejected: &Token,
        answer: &Answer,
    ) -> Result<Token> {
        let invalid = match self.look_up(transport, rejected).await? {
            TokenState::Valid { .. } => false,
            TokenState::Invalid => true,
            TokenState::Unknown => !is_policy_denial(answer),
        };
        if !invalid {
            return Err(classify(transport.shown(), answer));
        }
        let mut current = self.current.lock().await;
        match current.as_ref() {
            // Another task has replaced the token already.
            Some(current) if current.token.generation != rejected.generation => Ok(current.token.clone()),
            _ => self.replace(&mut current, transport).await,
        }
    }

    /// The error for a token that the server rejects and that cannot be replaced.
    pub(crate) fn not_accepted(&self, transport: &Transport) -> Error {
        let hint = match self.method {
            Method::Token(_) => {
                "get a new token with `vault login`: this one is wrong, expired, revoked, or belongs to another namespace"
            }
            Method::Login { .. } => {
                "check the role on the server: its tokens are revoked as soon as they are issued"
            }
        };
        unauthenticated(format!("{} does not accept {}", transport.shown(), self.method.name()))
            .with_hint(hint)
    }

    /// Signs in again. A token that is read again from its file must be a new one.
    async fn replace(&self, current: &mut Option<Current>, transport: &Transport) -> Result<Token> {
        let Granted { token: header, lease, actor } = self.method.sign_in(transport).await?;
        if current.as_ref().is_some_and(|current| current.token.header == header) {
            return Err(self.not_accepted(transport));
        }
        let generation = current.as_ref().map_or(0, |current| current.token.generation + 1);
        let token = Token { header, generation };
        *current = Some(Current { token: token.clone(), term: lease.map(Term::new), actor });
        Ok(token)
    }

    async fn look_up(&self, transport: &Transport, token: &Token) -> Result<TokenState> {
        let endpoint = LookupTokenSelfRequest::default();
        let call = Call::new(Operation::Open, &endpoint);
        let answer = transport.run(&call, endpoint, Some(&token.header)).await?;
        match answer.status {
            // vaultrs' type for this answer holds the token itself in a printable string.
            200 => Ok(TokenState::Valid {
                lease: answer.data::<Lease>().filter(|lease| lease.seconds > 0),
                actor: answer.data::<Identity>().and_then(|found| found.actor(token.header.to_str().ok()?)),
            }),
            403 if is_policy_denial(&answer) => Ok(TokenState::Unknown),
            403 if !answer.is_foreign() => Ok(TokenState::Invalid),
            _ => Err(classify(transport.shown(), &answer)),
        }
    }
}

/// Renews `token`; `None` if that is not possible.
async fn renewed(transport: &Transport, token: &Token, term: Term) -> Option<Lease> {
    if !term.renewable {
        return None;
    }
    let endpoint = RenewTokenSelfRequest::default();
    let call = Call::new(Operation::Open, &endpoint);
    let answer = transport.run(&call, endpoint, Some(&token.header)).await.ok()?;
    granted(&answer)?.ok()?.lease
}
