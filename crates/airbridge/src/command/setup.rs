//! What a command starts with: the options of every command and the environment.

use airbridge_endpoints::Config;

use crate::cli::{OutputOptions, RateLimitOptions};
use crate::endpoint::environment::ProcessEnvironment;
use crate::endpoint::{Context, RateOptions};
use crate::failure::Outcome;
use crate::output::Screen;

/// The options of every command, and the environment of the process.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) output: OutputOptions,
    pub(super) env: ProcessEnvironment,
}

impl Setup {
    /// The screen of a command that prints its result on standard output.
    pub(super) fn screen(&self) -> Screen {
        Screen::new(&self.output, false)
    }

    /// Loads the configuration. The result is what endpoints are made from.
    pub(super) fn context(&self, team: Option<&String>, pace: &RateLimitOptions) -> Outcome<Context> {
        let config = Config::load(self.output.config.as_deref())?;
        let pace = RateOptions {
            rate: pace.rate,
            concurrency: pace.concurrency.map(usize::from),
            ..RateOptions::default()
        };
        let (env, team) = (self.env.clone(), team.cloned());
        Ok(Context { config, env, team, rates: pace, allow_commands: self.output.allow_commands })
    }
}
