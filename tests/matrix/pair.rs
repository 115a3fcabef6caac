//! One pair of endpoints: planned, copied with `--partial`, and copied again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use airbridge_tests::{Airbridge, CopyResult, Place, Run};
use serde_json::Value;

use crate::location::{Kind, Location};

/// How many pairs run at the same time.
const AT_ONCE: usize = 4;

/// Entries by a word.
pub(crate) type Words = BTreeMap<String, BTreeSet<String>>;

/// A copy to make.
pub(crate) struct CopyCase<'a> {
    pub(crate) from: (Kind, &'a Place),
    pub(crate) to: (Kind, Location),
    pub(crate) team: Option<&'static str>,
}

/// The result of a copy.
pub(crate) struct Pair {
    pub(crate) from: Kind,
    pub(crate) to: Kind,
    pub(crate) target: Location,
    pub(crate) result: CopyResult,
    /// Refused entries by reason.
    pub(crate) refused: Words,
    /// Entries with a loss, by its word.
    pub(crate) lost: Words,
}

impl Pair {
    pub(crate) fn carried(&self) -> usize {
        let ids = self.result.ids();
        ids.connections.len() + ids.variables.len() + ids.config.len()
    }

    pub(crate) fn refusals(&self) -> usize {
        self.refused.values().map(BTreeSet::len).sum()
    }
}

/// Runs all cases, some at a time.
pub(crate) fn run_all(user: &Airbridge, cases: Vec<CopyCase<'_>>) -> Vec<Pair> {
    let queue = Mutex::new(cases.into_iter());
    let next = || queue.lock().unwrap().next();
    let work = || std::iter::from_fn(next).map(|case| case.run(user)).collect::<Vec<_>>();
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
        let (from, (to, location)) = (self.from.0, &self.to);
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
            let is_fine =
                |row: &Value| row["outcome"] == outcome || (to.hides() && row["outcome"] == "unverifiable");
            rows.iter().all(|row| row["action"] == "refuse" || is_fine(row))
        };
        let hidden = |rows: &[Value]| rows.iter().filter(|row| row["outcome"] == "unverifiable").count();

        let _alone = location.enter();
        let losses = |row: &Value| row["losses"].as_array().cloned().unwrap_or_default();
        let untouched = location.written();
        let plan = self.call(user, &["plan"]);
        let planned = refused(&entries(&plan));
        holds(
            &plan,
            "unexpected exit code of the plan",
            plan.code == if planned.is_empty() { 0 } else { 4 },
        )?;
        holds(&plan, "the plan wrote", location.written() == untouched)?;

        let code = if planned.is_empty() { 0 } else { 5 };
        let copy = self.call(user, &["copy", "--yes", "--partial"]);
        let rows = entries(&copy);
        holds(
            &copy,
            "unexpected exit code or outcome of the copy",
            copy.code == code && ended(&rows, "verified"),
        )?;
        holds(&copy, "the copy and the plan refuse different entries", refused(&rows) == planned)?;
        let written = location.written();
        holds(&copy, "the copy wrote nothing", written != untouched)?;

        location.keep(user);
        // The web server of Airflow 2 is slow, and its second copies differ in the source only.
        if *to == Kind::Api2 && from != Kind::Folder {
            let result = CopyResult::of(between, &copy.json());
            let lost = by_word(&rows, losses);
            let (to, target) = self.to;
            return Ok(Pair { from, to, target, result, refused: planned, lost });
        }
        // What the target hides can only be written again.
        let overwrite: &[&str] = if to.hides() { &["--on-conflict", "overwrite"] } else { &[] };
        let again = self.call(user, &[&["copy", "--yes", "--partial"], overwrite].concat());
        let still = entries(&again);
        holds(
            &again,
            "unexpected exit code or outcome of the second copy",
            again.code == code && ended(&still, "unchanged"),
        )?;
        holds(
            &again,
            "the second copy has different entries",
            still.len() == rows.len() && refused(&still) == planned,
        )?;
        holds(&again, "the second copy hides other entries", hidden(&still) == hidden(&rows))?;
        holds(&again, "the second copy wrote", to.hides() || location.written() == written)?;

        let result = CopyResult::of(between.clone(), &copy.json());
        let lost = by_word(&rows, losses);
        let (to, target) = self.to;
        Ok(Pair { from, to, target, result, refused: planned, lost })
    }

    fn call(&self, user: &Airbridge, command: &[&str]) -> Run {
        let (from, to) = (self.from.1, &self.to.1.place);
        let mut arguments = [command, &[&from.endpoint, &to.endpoint, "-o", "json"]].concat();
        arguments.extend(["--allow-loss", "description", "--allow-loss", "conn-type-spelling"]);
        arguments.extend(["--allow-loss", "absent-vs-empty"]);
        if self.from.0 == Kind::Bundle {
            arguments.extend(["--identity", "key.txt"]);
        }
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
