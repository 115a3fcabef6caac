//! Runs Microsoft's command line tools in the endpoint's environment.

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

/// Maximum run time of a tool. `az` starts slowly, and takes longer when it renews its token.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Part of the message of [`io::ErrorKind::TimedOut`].
pub(super) const TIMED_OUT: &str = "timed out";

/// Runs programs with the variables of one endpoint and no others.
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
        timeout(TIMEOUT, command.output()).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}
