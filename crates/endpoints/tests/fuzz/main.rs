//! Feeds damaged input to every parser.
//!
//! Each case damages a valid input at random and gives it to a parser, which must keep these promises: no panic, no
//! endless loop, no value in a message, and what it can read and write it reads back the same. `cargo test` runs the
//! same few cases every time. Set `AIRBRIDGE_FUZZ_SECONDS` to run longer and `AIRBRIDGE_FUZZ_SEED` to start elsewhere; a failure prints the
//! smallest input that it found, and the seed that repeats it.

#![cfg(test)]

mod corpus;
mod files;
mod mutate;
mod names;
mod settings;
mod values;
mod watch;

use std::time::{Duration, Instant};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use corpus::Corpus;
use mutate::Damage;
use watch::Watch;

/// Marks the values in inputs. No message may show it.
const CANARY: &str = "c4n4ry!v4lu3";

/// The outcome of one case: an error says which promise is broken.
type Outcome = Result<(), TestCaseError>;

/// Rounds of each target, unless the time is given.
const ROUNDS: u64 = 6;

/// Cases of one target in one round.
const ROUND: u32 = 50;

/// A parser with its promises. The input is not always UTF-8.
type Check = fn(&[u8]) -> Outcome;

/// The name, the inputs to damage, and the parser.
type Target = (&'static str, fn() -> Corpus, Check);

const TARGETS: &[Target] = &[
    ("json", corpus::json, values::json),
    ("connection", corpus::connections, values::connection),
    ("value", corpus::values, values::value),
    ("file", corpus::files, files::document),
    ("bundle", corpus::bundles, files::bundle),
    ("name", corpus::names, names::name),
    ("id", corpus::ids, names::id),
    ("cfg", corpus::cfg, settings::cfg),
    ("env file", corpus::env_files, settings::env_file),
    ("kwargs", corpus::json, settings::kwargs),
    ("endpoint", corpus::endpoints, settings::endpoint),
    ("airbridge.toml", corpus::configs, settings::config),
    ("rules", corpus::rules, settings::rules),
    ("address", corpus::endpoints, settings::address),
    ("address of a database", corpus::databases, settings::database),
    ("Fernet key and token", corpus::fernet, settings::fernet),
];

/// Fails if a message shows a value.
fn is_clean(message: &str) -> Outcome {
    if message.contains(CANARY) {
        return Err(TestCaseError::fail(format!("a message shows a value: {message}")));
    }
    Ok(())
}

/// Runs one round of a target. The error is the smallest input that breaks a promise.
fn round(target: &Target, corpus: &Corpus, seed: u64, watch: &Watch) -> Result<(), String> {
    let (name, _, check) = target;
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { cases: ROUND, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&mutate::strategy(), |damage: Damage| {
        let input = damage.apply(corpus);
        watch.starts(name, seed, &input);
        check(&input).map_err(|error| match error {
            TestCaseError::Fail(reason) => {
                TestCaseError::fail(format!("{reason}\ninput: {:?}", String::from_utf8_lossy(&input)))
            }
            reject @ TestCaseError::Reject(_) => reject,
        })
    });
    watch.ends();
    outcome.map_err(|error| format!("{name}: AIRBRIDGE_FUZZ_SEED={seed} repeats this\n{error}"))
}

#[test]
fn damaged_input_is_read_or_rejected_without_its_values() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let seconds = number("AIRBRIDGE_FUZZ_SECONDS").map(Duration::from_secs);
    let first = number("AIRBRIDGE_FUZZ_SEED").unwrap_or(1);
    let mut corpora: Vec<(&Target, Corpus)> = TARGETS.iter().map(|target| (target, target.1())).collect();
    let watch = Watch::start();
    let start = Instant::now();
    let (mut cases, mut seed, mut failures) = (0, first, Vec::new());
    let goes_on = |seed| seconds.map_or(seed < first + ROUNDS, |seconds| start.elapsed() < seconds);
    while goes_on(seed) {
        // A target that has failed is left out, so that one run shows a failure of each.
        corpora.retain(|(target, corpus)| {
            cases += u64::from(ROUND);
            round(target, corpus, seed, &watch).map_err(|failure| failures.push(failure)).is_ok()
        });
        seed += 1;
    }
    eprintln!("{cases} cases, seeds {first} to {}", seed - 1);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn undamaged_input_keeps_the_promises() {
    let mut failures = Vec::new();
    for (name, corpus, check) in TARGETS {
        for input in corpus() {
            if let Err(error) = check(&input) {
                failures.push(format!("{name}: {error}\n{:?}", String::from_utf8_lossy(&input)));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
