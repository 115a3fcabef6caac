//! One pair: planned, copied with what the target cannot hold left alone, and copied again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use airbridge_tests::{Airbridge, Hop, Place, Run};
use serde_json::Value;

use crate::spot::{Kind, Spot};

/// How many pairs are worked on at the same time.
const AT_ONCE: usize = 4;

/// Entries by a word.
type Words = BTreeMap<String, BTreeSet<String>>;

/// A copy that is to be made.
pub(crate) struct Errand<'a> {
    pub(crate) from: (Kind, &'a Place),
    pub(crate) to: (Kind, Spot),
    pub(crate) team: Option<&'static str>,
}

/// What became of it.
pub(crate) struct Pair {
    pub(crate) from: Kind,
    pub(crate) to: Kind,
    pub(crate) target: Spot,
    pub(crate) hop: Hop,
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
pub(crate) fn run_all(user: &Airbridge, errands: Vec<Errand<'_>>) -> Vec<Pair> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mine =
            std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::SeqCst)).filter(|n| *n < errands.len()));
        mine.map(|number| (number, errands[number].run(user))).collect::<Vec<_>>()
    };
    let done: BTreeMap<usize, Result<Done, String>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let failed: Vec<&str> =
        done.values().filter_map(|done| done.as_ref().err()).map(String::as_str).collect();
    assert!(failed.is_empty(), "{} pairs:\n{}", failed.len(), failed.join("\n"));
    let pair = |(errand, done): (Errand<'_>, Done)| Pair {
        from: errand.from.0,
        to: errand.to.0,
        target: errand.to.1,
        hop: done.hop,
        refused: done.refused,
        lost: done.lost,
    };
    errands.into_iter().zip(done.into_values().flatten()).map(pair).collect()
}

/// What one errand brought.
struct Done {
    hop: Hop,
    refused: Words,
    lost: Words,
}

impl Errand<'_> {
    fn run(&self, user: &Airbridge) -> Result<Done, String> {
        let between = format!("{} to {}", self.from.0.title(), self.to.0.title());
        let fail = |what: &str, run: &Run| {
            let told: String = run.to_string().chars().take(3_000).collect();
            Err(format!("{between}: {what}: {told}"))
        };
        let plan = self.call(user, &["plan"]);
        let planned = entries(&plan);
        let refused = by_word(&planned, |row| (row["action"] == "refuse").then(|| row["reason"].clone()));
        if plan.code != if refused.is_empty() { 0 } else { 4 } {
            return fail("the plan", &plan);
        }
        let end = if refused.is_empty() { 0 } else { 5 };
        let copy = self.call(user, &["copy", "--yes", "--partial"]);
        let rows = entries(&copy);
        let arrived = rows.iter().all(|row| row["action"] == "refuse" || row["outcome"] == "verified");
        if copy.code != end || !arrived || rows.len() != planned.len() {
            return fail("the copy", &copy);
        }
        let before = self.to.1.written();
        let again = self.call(user, &["copy", "--yes", "--partial"]);
        let still = entries(&again);
        let kept = still.iter().all(|row| row["action"] == "refuse" || row["outcome"] == "unchanged");
        if again.code != end || !kept || still.len() != rows.len() {
            return fail("the second copy", &again);
        }
        if self.to.1.written() != before {
            return fail("the second copy wrote", &again);
        }
        Ok(Done {
            hop: Hop::of(between, &copy.json()),
            refused,
            lost: by_words(&rows, |row| row["losses"].as_array().cloned().unwrap_or_default()),
        })
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

fn by_word(rows: &[Value], word: impl Fn(&Value) -> Option<Value>) -> Words {
    by_words(rows, |row| word(row).into_iter().collect())
}

fn by_words(rows: &[Value], words: impl Fn(&Value) -> Vec<Value>) -> Words {
    let mut found: Words = BTreeMap::new();
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
