//! Credentials that were obtained once already.

use std::sync::{Mutex, PoisonError};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

/// Returns the credentials that were obtained when the store was opened, then asks their source.
///
/// Without it the first call would ask the source again, and a `credential_process` that prompts its user would prompt twice.
#[derive(Debug)]
pub(super) struct Primed {
    first: Mutex<Option<Credentials>>,
    source: SharedCredentialsProvider,
}

impl Primed {
    pub(super) fn new(first: Credentials, source: SharedCredentialsProvider) -> Self {
        Self { first: Mutex::new(Some(first)), source }
    }
}

impl ProvideCredentials for Primed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some(credentials) => future::ProvideCredentials::ready(Ok(credentials)),
            None => self.source.provide_credentials(),
        }
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.source.fallback_on_interrupt()
    }
}
