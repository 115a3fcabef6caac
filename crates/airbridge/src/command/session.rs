//! What every command that opens endpoints needs while it runs.

use std::collections::BTreeSet;
use std::path::Path;

use airbridge_airflow::{EntryId, Kind};
use airbridge_core::Warning;
use airbridge_endpoints::{
    EndpointConfig, Loaded, OpenEndpoint, OpenOptions, ProcessEnvironment, UsedFile, load_rules,
    read_stdin_text, read_text,
};
use airbridge_engine::{GLOB_HINT, Rules, Selection};

use crate::cli::{KindWord, SelectOptions};
use crate::failure::{Failure, Outcome, why};
use crate::interrupt::Signals;
use crate::output::Screen;
use crate::output::progress::Progress;
use crate::output::style::plain;

/// The run of a command: where it prints, what interrupts it, and who sees its progress.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) screen: Screen,
    pub(super) signals: Signals,
    pub(super) progress: Progress,
}

impl Session {
    /// Begins to listen for signals.
    pub(super) fn new(screen: Screen) -> Self {
        let progress = Progress::new(&screen);
        Self { screen, signals: Signals::listen(), progress }
    }

    /// Prints warnings.
    pub(super) fn warn_all(&self, warnings: Vec<Warning>) {
        for warning in warnings {
            self.screen.warn(warning);
        }
    }

    /// Opens an endpoint and prints its notes.
    pub(super) async fn open(&self, prepared: EndpointConfig) -> Outcome<OpenEndpoint> {
        let mut ready = prepared.open().await?;
        let endpoint = ready.source().endpoint();
        let is_local = matches!(endpoint.store.descriptor().backend, "file" | "-" | "env");
        let who = match endpoint.actor() {
            Some(actor) => format!(", as {}", plain(actor)),
            None if is_local => String::new(),
            None => "; it does not say who acts".to_owned(),
        };
        tracing::info!("{} is {}{who}", endpoint.label, endpoint.place());
        self.warn_all(std::mem::take(&mut ready.notes));
        Ok(ready)
    }
}

/// Loads a file of rules. Its notes are added to `notes`, and the files that it uses to `files`. Without a file there are
/// no rules.
pub(super) fn rules(
    options: &OpenOptions,
    path: Option<&Path>,
    notes: &mut Vec<Warning>,
    files: &mut Vec<UsedFile>,
) -> Outcome<Rules> {
    let Some(path) = path else { return Ok(Rules::default()) };
    let Loaded { rules, notes: more, files: used } = load_rules(path, &options.env.variables)?;
    notes.extend(more);
    files.extend(used);
    Ok(rules)
}

/// The entries that the options select.
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
        Failure::usage(format!("`{}` is not a valid glob: {}", bad.glob, bad.message)).hint(GLOB_HINT)
    })
}

impl SelectOptions {
    /// Whether the ids come from standard input.
    pub(crate) fn ids_from_stdin(&self) -> bool {
        self.ids.as_deref().is_some_and(|path| path == Path::new("-"))
    }

    /// The file of ids.
    pub(crate) fn ids_file(&self) -> Option<&Path> {
        self.ids.as_deref().filter(|_| !self.ids_from_stdin())
    }
}

/// The ids of `--ids FILE`: one entry per line. Empty lines and `#` comments are ignored. `-` is standard input.
pub(super) fn ids(options: &SelectOptions) -> Outcome<BTreeSet<EntryId>> {
    let Some(path) = &options.ids else { return Ok(BTreeSet::new()) };
    if options.ids_from_stdin() {
        ProcessEnvironment::capture().check_stdin()?;
    }
    let read = if options.ids_from_stdin() { read_stdin_text() } else { read_text(path) };
    let path = if options.ids_from_stdin() { Path::new("standard input") } else { path };
    let text = read.map_err(|error| {
        Failure::usage(format!("{} cannot be read: {}", path.display(), why(&error)))
            .hint("give --ids a file with one entry per line, such as conn:x")
    })?;
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let entries = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    entries
        .map(|(number, line)| {
            let id = EntryId::parse(line).map(|id| id.with_team(options.team.as_deref().map(Into::into)));
            id.ok_or_else(|| {
                Failure::usage(format!("{}, line {number}: not a valid entry", path.display()))
                    .hint("write one conn:ID, var:KEY or config:KEY per line; # starts a comment")
            })
        })
        .collect()
}
