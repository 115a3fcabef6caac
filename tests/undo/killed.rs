//! A copy of 300 entries that is killed at a random moment, and then either run again or taken back, at every endpoint.
//!
//! One round for each endpoint; for more, set `AIRBRIDGE_KILL_ROUNDS`. `AIRBRIDGE_KILL_SEED` repeats the moments of a run.

use std::process::Stdio;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use airbridge_tests::{Airbridge, RECIPIENT, Run};
use serde_json::{Map, Value};

use crate::location::{Kind, Location};

const REPLACED: usize = 150;
const CREATED: usize = 100;
const DELETED: usize = 50;

/// How many endpoints are tried at the same time.
const AT_ONCE: usize = 4;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Numbers that look random, the same for the same seed (`SplitMix64`).
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

fn write_entries(user: &Airbridge) {
    let variables = |range: std::ops::Range<usize>, value: &str| -> Map<String, Value> {
        range.map(|number| (format!("k{number:03}"), Value::from(format!("{value}-{number}")))).collect()
    };
    let before = [variables(0..REPLACED, "old"), variables(900..900 + DELETED, "gone")];
    let after = variables(0..REPLACED + CREATED, "new");
    let before: Map<_, _> = before.into_iter().flatten().collect();
    user.write("before/variables.json", Value::Object(before).to_string());
    user.write("after/variables.json", Value::Object(after).to_string());
}

struct Round {
    kind: Kind,
    user: Airbridge,
    location: Location,
    what: String,
}

impl Round {
    fn run(&self, arguments: &[&str]) -> Run {
        self.user.run(arguments)
    }

    fn fine(&self, run: Run, codes: &[i32]) -> Run {
        assert!(codes.contains(&run.code), "{}: {run}", self.what);
        run
    }

    fn copy<'a>(&'a self, folder: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let copy =
            ["copy", folder, &self.location.place.endpoint, "--only", "variables", "--yes", "-o", "json"];
        let choices = ["--on-conflict", "overwrite", "--prune", "--max-delete", "50", "--concurrency", "8"];
        [&copy[..], &choices, more].concat()
    }

    /// Kills a copy after this share of the time that it may take, in thousandths.
    fn kill(&self, share: u64) {
        let backup = ["--backup", "before.age", "--recipient", RECIPIENT];
        let mut command = self.user.command(self.copy("after/", &backup));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Most copies take less than this: then they are complete, and undone or kept as such.
        let longest = match self.kind {
            Kind::Api2 | Kind::Api3 => 6_000,
            Kind::Aws | Kind::Parameters | Kind::Google | Kind::Azure => 2_000,
            _ => 700,
        };
        thread::sleep(Duration::from_millis(longest * share / 1_000));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn equals(&self, folder: &str) {
        let diff = ["diff", folder, &self.location.place.endpoint, "--only", "variables"];
        self.fine(self.run(&diff), &[0]);
    }

    /// The same command again: what was written is not written again, and nothing has two new versions.
    fn run_again(&self) {
        let report = self.fine(self.run(&self.copy("after/", &[])), &[0]).json();
        for entry in report["entries"].as_array().unwrap() {
            if let (Some(before), Some(after)) =
                (entry["version_before"].as_str(), entry["version_after"].as_str())
                && let (Ok(before), Ok(after)) = (before.parse::<u64>(), after.parse::<u64>())
            {
                assert_eq!((before, after), (1, 2), "{}: {entry}", self.what);
            }
        }
        self.equals("after/");
        let written = self.location.written();
        let again = self.fine(self.run(&self.copy("after/", &[])), &[0]).json();
        assert_eq!(again["summary"]["keep"], REPLACED + CREATED, "{}", self.what);
        assert!(self.kind.hides() || self.location.written() == written, "{}", self.what);
    }

    fn undo(&self) {
        let runs = self.run(&["runs", "-o", "json"]).code(0).json();
        let runs = runs["entries"].as_array().unwrap();
        // It was killed before its first write, or after its end.
        if runs.len() == 2 {
            let undo = ["undo", "last", "--identity", "key.txt", "--yes", "-o", "json"];
            self.fine(self.run(&undo), &[0]);
        }
        self.equals("before/");
    }
}

fn round(kind: Kind, number: u64, seed: u64) {
    let user = Airbridge::new();
    write_entries(&user);
    user.write_keys();
    let location = kind.location(&user, "target");
    let user = user.with_all(location.place.settings.clone());
    let what = format!("{kind:?}, round {number}, AIRBRIDGE_KILL_SEED={seed}");
    let round = Round { kind, user, location, what };
    let _alone = round.location.enter();
    round.fine(round.run(&round.copy("before/", &[])), &[0]);
    let mut moments = Moments(seed ^ number << 8 ^ kind as u64);
    round.kill(moments.next() % 1_000);
    if moments.next().is_multiple_of(2) { round.run_again() } else { round.undo() }
}

#[test]
fn killed_copy_is_completed_or_taken_back_at_every_endpoint() {
    let seed = number("AIRBRIDGE_KILL_SEED")
        .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    let rounds = number("AIRBRIDGE_KILL_ROUNDS").unwrap_or(1);
    let kinds = || Kind::ALL.into_iter().filter(|kind| kind.is_written());
    let cases = Mutex::new((0..rounds).flat_map(|number| kinds().map(move |kind| (kind, number))));
    let next = || cases.lock().unwrap().next();
    let work = || {
        while let Some((kind, number)) = next() {
            round(kind, number, seed);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
}
