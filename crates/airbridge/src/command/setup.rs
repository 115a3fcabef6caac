//! What a command starts with: the options of every command and the environment.

use std::path::Path;

use airbridge_endpoints::{BundleOptions, Config, OpenOptions, ProcessEnvironment, RateOptions};

use crate::cli::{OutputOptions, RateLimitOptions};
use crate::failure::Outcome;
use crate::output::Screen;
use crate::passphrase;

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

    /// Loads the configuration, and returns the options with which endpoints are opened.
    pub(super) fn open_options(
        &self,
        team: Option<&String>,
        limits: &RateLimitOptions,
        bundle: BundleOptions,
    ) -> Outcome<OpenOptions> {
        let named = self.env.variables.non_empty("AIRBRIDGE_CONFIG").map(Path::new);
        let config = Config::load(self.output.config.as_deref().or(named))?;
        let rates = RateOptions {
            rate: limits.rate,
            concurrency: limits.concurrency.map(usize::from),
            ..RateOptions::default()
        };
        let (env, team) = (self.env.clone(), team.cloned());
        let bundle = BundleOptions { ask: Some(passphrase::ask), ..bundle };
        Ok(OpenOptions { config, env, team, rates, allow_commands: self.output.allow_commands, bundle })
    }
}
