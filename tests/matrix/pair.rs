//! One pair: planned, copied with what the target cannot hold left alone, and copied again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use airbridge_tests::{Airbridge, CopyResult, Place, Run};
use serde_json::Value;

use crate::location::{Kind, Location};

/// How many pairs are worked on at the same time.
const AT_ONCE: usize = 4;

/// Entries by a word.
pub(crate) type Words = BTreeMap<String, BTreeSet<String>>;

/// A copy that is to be made.
pub(crate) struct CopyCase<'a> {
    pub(crate) from: (Kind, &'a Place),
    pub(crate) to: (Kind, Location),
    pub(crate) team: Option<&'static str>,
}

/// What became of it.
pub(crate) struct Pair {
    pub(crate) from: Kind,
    pub(crate) to: Kind,
    pub(crate) target: Location,
    pub(crate) hop: CopyResult,
    /// Entries by the word for why the target cannot hold them.
    pub(crate) refused: Words,
    /// Entries by the word for what of them is lost.
    pub(crate) lost: Words,
}

impl Pair {
    pub(crate) fn carried(&self) -> usize {
        let ids = self.hop.ids();
        ids.connections.len() + ids.variables.len() + ids.config.len()
    }

    pub(crate) fn refusals(&self) -> usize {
        self.refused.values().map(BTreeSet::len).sum()
    }
}

/// Runs all, some at a time.
pub(crate) fn run_all(user: &Airbridge, errands: Vec<CopyCase<'_>>) -> Vec<Pair> {
    let queue = Mutex::new(errands.into_iter());
    let next = || queue.lock().unwrap().next();
    let work = || std::iter::from_fn(next).map(|errand| errand.run(user)).collect::<Vec<_>>();
    let done: Vec<Result<Pair, String>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let (pairs, failed): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    let failed: Vec<String> = failed.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{} pairs:\n{}", failed.len(), failed.join("\n"));
    let mut pairs: Vec<Pair> = pairs.into_iter().flatten().collect();
    pairs.sort_by_key(|pair| (pair.from, pair.to));
    pairs
}

impl CopyCase<'_> {
    fn run(self, user: &Airbridge) -> Result<Pair, String> {
        let (from, (to, spot)) = (self.from.0, &self.to);
        let between = format!("{} to {}", from.title(), to.title());
        let holds = |run: &Run, what: &str, fine: bool| {
            let told = || run.to_string().chars().take(3_000).collect::<String>();
            if fine { Ok(()) } else { Err(format!("{between}: {what}: {}", told())) }
        };
        let refused = |rows: &[Value]| {
            by_word(
                rows,
                |row| if row["action"] == "refuse" { vec![row["reason"].clone()] } else { Vec::new() },
            )
        };
        let ended = |rows: &[Value], outcome: &str| {
            rows.iter().all(|row| row["action"] == "refuse" || row["outcome"] == outcome)
        };

        let untouched = spot.written();
        let plan = self.call(user, &["plan"]);
        let planned = refused(&entries(&plan));
        holds(&plan, "the plan ends otherwise", plan.code == if planned.is_empty() { 0 } else { 4 })?;
        holds(&plan, "the plan writes", spot.written() == untouched)?;

        let code = if planned.is_empty() { 0 } else { 5 };
        let copy = self.call(user, &["copy", "--yes", "--partial"]);
        let rows = entries(&copy);
        holds(&copy, "the copy ends otherwise", copy.code == code && ended(&rows, "verified"))?;
        holds(&copy, "the copy refuses what the plan did not", refused(&rows) == planned)?;
        let written = spot.written();
        holds(&copy, "the copy leaves no trace", written != untouched)?;

        let again = self.call(user, &["copy", "--yes", "--partial"]);
        let still = entries(&again);
        holds(&again, "the second copy ends otherwise", again.code == code && ended(&still, "unchanged"))?;
        holds(
            &again,
            "the second copy sees others",
            still.len() == rows.len() && refused(&still) == planned,
        )?;
        holds(&again, "the second copy writes", spot.written() == written)?;

        let hop = CopyResult::of(between.clone(), &copy.json());
        let lost = by_word(&rows, |row| row["losses"].as_array().cloned().unwrap_or_default());
        let (to, target) = self.to;
        Ok(Pair { from, to, target, hop, refused: planned, lost })
    }

    fn call(&self, user: &Airbridge, command: &[&str]) -> Run {
        let (from, to) = (self.from.1, &self.to.1.place);
        let mut arguments = [command, &[&from.endpoint, &to.endpoint, "-o", "json"]].concat();
        arguments.extend(["--allow-loss", "description", "--allow-loss", "conn-type-spelling"]);
        arguments.extend(["--allow-loss", "absent-vs-empty"]);
        if let Some(team) = self.team {
            arguments.extend(["--team", team]);
        }
        let mut command = user.command(arguments);
        let settings = from.settings.iter().chain(&to.settings);
        command.envs(settings.map(|(name, value)| (name, value))).output().unwrap().into()
    }
}

fn entries(run: &Run) -> Vec<Value> {
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
    document["entries"].as_array().cloned().unwrap_or_default()
}

fn by_word(rows: &[Value], words: impl Fn(&Value) -> Vec<Value>) -> Words {
    let mut found = Words::new();
    for row in rows {
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let kind = match text("kind") {
            "connection" => "conn",
            "variable" => "var",
            kind => kind,
        };
        for word in words(row) {
            let word = word.as_str().unwrap_or("no word").to_owned();
            found.entry(word).or_default().insert(format!("{kind}:{}", text("id")));
        }
    }
    found
}
