//! Microsoft's command line tools, run in the endpoint's own environment.

use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use airbridge_core::Environment;
use async_trait::async_trait;
use azure_identity::Executor;
use tokio::process::Command;
use tokio::time::timeout;

/// `az` is slow to start, and slower when its token has to be renewed.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the error says when that was not enough.
pub(super) const TOO_LATE: &str = "timed out";

/// Runs programs with the variables of one endpoint, and no others.
#[derive(Debug)]
pub(super) struct Tools(Environment);

impl Tools {
    pub(super) fn of(env: &Environment) -> Arc<Self> {
        Arc::new(Self(env.clone()))
    }
}

#[async_trait]
impl Executor for Tools {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).kill_on_drop(true).env_clear();
        command.envs(self.0.iter().map(|(name, value)| (name, value.expose())));
        timeout(PATIENCE, command.output()).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}
