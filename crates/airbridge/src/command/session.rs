//! What every command that opens endpoints needs.

use std::collections::BTreeSet;
use std::path::Path;

use airbridge_airflow::{EntryId, Kind};
use airbridge_endpoints::{Config, Loaded, load_rules};
use airbridge_engine::{Rules, Selection, Source};

use crate::cli::{KindWord, OutputOptions, PaceOptions, SelectOptions};
use crate::endpoint::environment::ProcessEnvironment;
use crate::endpoint::{self, Access, Context, Prepared, RateOptions, Ready};
use crate::failure::{Failure, Outcome, why};
use crate::interrupt::Signals;
use crate::output::Screen;
use crate::output::progress::Progress;
use crate::output::style::plain;

/// How a glob is written.
pub(crate) const GLOB_HINT: &str =
    "write conn:prod_*, var:*, or a bare glob for every kind; `[` and `{` open sets";

/// A run of a command.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) screen: Screen,
    pub(super) context: Context,
    pub(super) signals: Signals,
    pub(super) progress: Progress,
}

impl Session {
    /// Reads the configuration.
    pub(super) fn new(
        screen: Screen,
        options: &OutputOptions,
        env: &ProcessEnvironment,
        signals: Signals,
    ) -> Outcome<Self> {
        let config = Config::load(options.config.as_deref())?;
        let allow_commands = options.allow_commands;
        let context =
            Context { config, env: env.clone(), team: None, pace: RateOptions::default(), allow_commands };
        let progress = Progress::new(&screen);
        Ok(Self { screen, context, signals, progress })
    }

    /// Takes what the options say about both endpoints.
    pub(super) fn with(mut self, team: Option<String>, pace: &PaceOptions) -> Self {
        self.context.team = team;
        self.context.pace.rate = pace.rate;
        self.context.pace.concurrency = pace.concurrency.map(usize::from);
        self
    }

    /// Understands an endpoint, and says what there is to say about its keys.
    pub(super) fn prepare(&self, text: &str, keys: &[String], role: Access) -> Outcome<Prepared> {
        let prepared = endpoint::prepare(&self.context, text, keys, role)?;
        for note in &prepared.notes {
            self.screen.warn(note);
        }
        Ok(prepared)
    }

    /// Opens an endpoint, and says what there is to say about it.
    pub(super) async fn open(&self, prepared: Prepared) -> Outcome<Ready> {
        let ready = prepared.open().await?;
        tracing::info!("{} is {}", ready.endpoint.label, ready.endpoint.place());
        for note in &ready.notes {
            self.screen.warn(note);
        }
        Ok(ready)
    }
}

impl Session {
    /// Reads a file of rules, and says what there is to say about it; none is no rules.
    pub(super) fn rules(&self, path: Option<&Path>) -> Outcome<Rules> {
        let Some(path) = path else { return Ok(Rules::default()) };
        let Loaded { rules, notes } = load_rules(path, &self.context.env.variables)?;
        for note in &notes {
            self.screen.warn(note);
        }
        Ok(rules)
    }

    /// Says which rules of a file take no entry.
    pub(super) fn warn_of_idle(&self, path: Option<&Path>, idle: &[(usize, String)]) {
        for (number, globs) in idle {
            let left = if *number > 1 { " that the earlier ones left" } else { "" };
            let file = path.unwrap_or(Path::new("")).display();
            self.screen.warn(&format!("{file}: rule {number} ({}) takes no entry{left}", plain(globs)));
        }
    }
}

/// Which entries the options mean.
pub(super) fn selection(options: &SelectOptions) -> Outcome<Selection> {
    let kinds: Vec<Kind> = options
        .only
        .iter()
        .map(|word| match word {
            KindWord::Connections => Kind::Connection,
            KindWord::Variables => Kind::Variable,
            KindWord::Config => Kind::Config,
        })
        .collect();
    Selection::new(&kinds, &options.include, &options.exclude).map_err(|bad| {
        Failure::usage(format!("the glob `{}` cannot be read: {}", bad.glob, bad.message)).hint(GLOB_HINT)
    })
}

/// The ids of `--ids FILE`: one entry a line, empty lines and `#` comments aside.
pub(super) fn ids(options: &SelectOptions) -> Outcome<BTreeSet<EntryId>> {
    let Some(path) = &options.ids else { return Ok(BTreeSet::new()) };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("{} cannot be read: {}", path.display(), why(&error)))
            .hint("--ids names a file with one entry a line: conn:x")
    })?;
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let entries = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    entries
        .map(|(number, line)| {
            let id = EntryId::parse(line).map(|id| id.with_team(options.team.clone()));
            id.ok_or_else(|| {
                Failure::usage(format!("{}, line {number}: this is no entry", path.display()))
                    .hint("write conn:ID, var:KEY or config:KEY, one a line; # begins a comment")
            })
        })
        .collect()
}

/// What an empty listing may mean, if it is one.
pub(super) fn warn_if_empty(screen: &Screen, source: &Source, empty: bool) {
    if empty {
        screen.warn(&format!(
            "{} holds no entries; a wrong region, mount, path or prefix and missing permissions look the same",
            source.endpoint().label
        ));
    }
}
