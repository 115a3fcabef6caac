//! `runs`: past runs on this machine, and one of them in detail.

use airbridge_records::{Action, Change, Outcome as Written, PastRun, RunId, State, StateFolder};
use anstyle::Style;
use serde_json::{Value, json};

use super::recording::folder;
use super::setup::Setup;
use crate::failure::{Exit, Failure, Outcome, why};
use crate::output::Screen;
use crate::output::style::{BAD, BOLD, CHANGE, DIM, GOOD, paint, plain};
use crate::output::table::{Cell, rows};

/// The schema of the list of runs, or of one run.
pub(super) fn schema(run: Option<&str>) -> &'static str {
    if run.is_some() { "airbridge.run/1" } else { "airbridge.runs/1" }
}

pub(super) fn run(setup: &Setup, screen: &Screen, run: Option<&str>) -> Outcome<Exit> {
    let folder = folder(setup)?;
    let ids = folder.ids().map_err(|error| unreadable(&folder.path().display().to_string(), &error))?;
    match run {
        Some(run) => one(screen, &find(&folder, run)?)?,
        None => all(screen, &folder, &ids)?,
    }
    Ok(Exit::Done)
}

/// The run with this name, or the only one whose name begins so.
pub(super) fn find(folder: &StateFolder, name: &str) -> Outcome<PastRun> {
    let ids = folder.ids().map_err(|error| unreadable(&folder.path().display().to_string(), &error))?;
    read(folder, &named(&ids, name)?)
}

/// The run with this name, or the only one whose name begins so. `last` is the newest.
fn named(ids: &[RunId], name: &str) -> Outcome<RunId> {
    let found: Vec<&RunId> = match name {
        "last" => ids.iter().take(1).collect(),
        name => ids.iter().filter(|id| id.as_str().starts_with(name)).collect(),
    };
    match found.as_slice() {
        [id] => Ok((*id).clone()),
        [] => Err(Failure::usage(format!("no run `{}` is recorded", plain(name)))
            .hint("run `airbridge runs` to see the runs of this machine")),
        several => {
            Err(Failure::usage(format!("`{}` is the beginning of {} runs", plain(name), several.len()))
                .hint("write more of the name"))
        }
    }
}

fn read(folder: &StateFolder, id: &RunId) -> Outcome<PastRun> {
    folder.read(id).map_err(|error| unreadable(id.as_str(), &error))
}

fn unreadable(what: &str, error: &std::io::Error) -> Failure {
    Failure::failed("record", format!("the record of {} cannot be read: {}", plain(what), why(error)))
        .hint("remove its folder if it is damaged; no other run needs it")
}

/// How many changes of a run have each outcome.
#[derive(Default)]
struct Counts {
    created: usize,
    replaced: usize,
    restored: usize,
    deleted: usize,
    failed: usize,
    unknown: usize,
}

impl Counts {
    fn of(changes: &[Change]) -> Self {
        let mut counts = Self::default();
        for change in changes {
            let count = match (change.outcome, change.action) {
                (Written::Done, Action::Create) => &mut counts.created,
                (Written::Done, Action::Replace) => &mut counts.replaced,
                (Written::Done, Action::Restore) => &mut counts.restored,
                (Written::Done, Action::Delete) => &mut counts.deleted,
                (Written::Failed, _) => &mut counts.failed,
                (Written::Unknown, _) => &mut counts.unknown,
            };
            *count += 1;
        }
        counts
    }

    fn text(&self) -> String {
        let parts = [
            (self.created, "created"),
            (self.replaced, "replaced"),
            (self.restored, "restored"),
            (self.deleted, "deleted"),
            (self.failed, "failed"),
            (self.unknown, "unknown"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts.map(|(count, word)| format!("{count} {word}")).collect();
        if parts.is_empty() { "nothing written".to_owned() } else { parts.join(", ") }
    }
}

fn all(screen: &Screen, folder: &StateFolder, ids: &[RunId]) -> Outcome<()> {
    // A record that another version wrote, or that is damaged, must not hide the others.
    let runs: Vec<(&RunId, Option<PastRun>)> = ids.iter().map(|id| (id, folder.read(id).ok())).collect();
    if screen.is_json() {
        let rows: Vec<Value> = runs.iter().map(|(id, run)| summary(id, run.as_ref())).collect();
        let path = folder.path().display().to_string();
        return screen.document(json!({ "schema": schema(None), "folder": path, "entries": rows }));
    }
    if runs.is_empty() {
        return screen.result("no run is recorded on this machine\n");
    }
    let row = |(id, run): &(&RunId, Option<PastRun>)| -> Vec<Cell> {
        let name = (BOLD, id.to_string());
        match run {
            Some(run) => vec![
                name,
                (style(run.state), run.state.word().to_owned()),
                (Style::new(), between(run)),
                (DIM, Counts::of(&run.changes).text()),
            ],
            None => vec![name, (BAD, "unreadable".to_owned())],
        }
    };
    let table: Vec<_> = runs.iter().map(row).collect();
    screen.result(&rows("", &table))
}

fn between(run: &PastRun) -> String {
    format!("{} {} → {}", run.header.command, plain(&run.header.from), plain(&run.header.to))
}

fn style(state: State) -> Style {
    match state {
        State::Ended(0 | 5) => GOOD,
        State::Running => CHANGE,
        State::Ended(_) | State::Cut => BAD,
    }
}

fn summary(id: &RunId, run: Option<&PastRun>) -> Value {
    let Some(run) = run else {
        return json!({ "run": id.as_str(), "state": "unreadable" });
    };
    let counts = Counts::of(&run.changes);
    let exit = match run.state {
        State::Ended(exit) => Some(exit),
        State::Running | State::Cut => None,
    };
    json!({
        "run": id.as_str(), "state": run.state.word(), "exit": exit,
        "started": run.header.started.to_string(), "command": run.header.command,
        "from": run.header.from, "to": run.header.to,
        "created": counts.created, "replaced": counts.replaced, "restored": counts.restored, "deleted": counts.deleted,
        "failed": counts.failed, "unknown": counts.unknown,
    })
}

fn one(screen: &Screen, run: &PastRun) -> Outcome<()> {
    if screen.is_json() {
        let mut document = json!({ "schema": schema(Some("")) });
        document["run"] = summary(&run.id, Some(run));
        document["folder"] = run.path.display().to_string().into();
        document["entries"] = run.changes.iter().map(change).collect();
        return screen.document(document);
    }
    let mut text = format!(
        "{}  {}\n{}\nbegan {}, airbridge {}\n",
        paint(BOLD, run.id.as_str()),
        paint(style(run.state), run.state.word()),
        between(run),
        run.header.started,
        plain(&run.header.airbridge),
    );
    let row = |change: &Change| -> Vec<Cell> {
        let outcome = match change.outcome {
            Written::Done => (GOOD, word(change.action).to_owned()),
            Written::Failed => (BAD, format!("{} failed", verb(change.action))),
            Written::Unknown => (BAD, format!("{} may have happened", verb(change.action))),
        };
        let versions = match (&change.before, &change.after) {
            (Some(before), Some(after)) => format!("version {before} → {after}"),
            (None, Some(after)) => format!("version {after}"),
            _ => change.error.clone().unwrap_or_default(),
        };
        let entry = change.entry.as_deref().unwrap_or(&change.name);
        vec![outcome, (Style::new(), plain(entry)), (DIM, plain(&change.name)), (DIM, plain(&versions))]
    };
    text.push_str(&rows("  ", &run.changes.iter().map(row).collect::<Vec<_>>()));
    let (counts, path) = (Counts::of(&run.changes).text(), plain(&run.path.display().to_string()));
    text.extend(
        [
            &counts,
            "; record: ",
            &path,
            "
",
        ]
        .map(|part: &str| part.to_owned()),
    );
    screen.result(&text)
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Replace => "replaced",
        Action::Restore => "restored",
        Action::Delete => "deleted",
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Replace => "replace",
        Action::Restore => "restore",
        Action::Delete => "delete",
    }
}

fn change(change: &Change) -> Value {
    let outcome = match change.outcome {
        Written::Done => "done",
        Written::Failed => "failed",
        Written::Unknown => "unknown",
    };
    json!({
        "entry": change.entry, "name": change.name, "action": verb(change.action), "outcome": outcome,
        "before": change.before, "after": change.after, "error": change.error,
    })
}
