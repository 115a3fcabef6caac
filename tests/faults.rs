//! Copies through a network where one request in five fails: the first start lands every entry, and none twice.

#![cfg(test)]

use airbridge_conformance::wire::{Wire, WireFault, WireRequest};
use airbridge_tests::{Airbridge, AwsUser, VaultMount, rows};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

/// New entries, and as many that are overwritten.
const COUNT: usize = 200;

/// Every fifth request, in an order without a pattern, meets one of the faults in turn.
fn one_in_five(request: &WireRequest) -> WireFault {
    let faults = [
        WireFault::answer(429),
        WireFault::answer(500),
        WireFault::answer(502),
        WireFault::answer(503),
        WireFault::CutBefore,
        WireFault::CutAfter,
        WireFault::CutWithin,
        WireFault::CutAnswer(400),
    ];
    // A multiplication by a large odd number scatters the low bits over the high ones.
    let scattered = (request.number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    match usize::try_from(scattered % 5) {
        Ok(0) => faults[request.number / 5 % faults.len()].clone(),
        _ => WireFault::Nothing,
    }
}

fn wire(upstream: &str) -> (Runtime, Wire) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let wire = runtime.block_on(Wire::start(upstream));
    wire.fail(one_in_five);
    (runtime, wire)
}

fn write_variables(user: &Airbridge, numbers: std::ops::Range<usize>, value: &str) {
    let variable = |number| (format!("key-{number:03}"), Value::from(format!("{value} {number}")));
    let variables: Map<_, _> = numbers.map(variable).collect();
    user.write("variables.json", Value::from(variables).to_string());
}

/// Copies old entries, then new ones over them and beside them, each with one start.
fn copy_twice(user: &Airbridge, endpoint: &str, wire: &Wire) {
    write_variables(user, 0..COUNT, "old");
    let copy = |overwrite: &[&str]| {
        let arguments = ["copy", "variables.json", endpoint, "--yes", "-o", "json"];
        let report = user.run(arguments.iter().chain(overwrite).copied()).code(0).json();
        let repeats = |operation: &str| report["requests"][operation]["repeats"].as_u64().unwrap();
        assert!(repeats("write") > 10 && repeats("read") > 0, "{}", report["requests"]);
        report["summary"].clone()
    };
    let summary = copy(&[]);
    assert_eq!(summary["verified"], COUNT, "{summary}");
    write_variables(user, 0..2 * COUNT, "new");
    let summary = copy(&["--on-conflict", "overwrite"]);
    assert_eq!((&summary["verified"], &summary["failed"]), (&json!(2 * COUNT), &json!(0)), "{summary}");
    let requests = wire.requests();
    let faults = requests.iter().filter(|request| one_in_five(request) != WireFault::Nothing).count();
    assert!(faults * 6 > requests.len(), "{faults} of {} requests met a fault", requests.len());
}

/// An overwritten entry has two versions, a new one has one.
fn expected_versions() -> Vec<(String, usize)> {
    (0..2 * COUNT).map(|number| (format!("key-{number:03}"), if number < COUNT { 2 } else { 1 })).collect()
}

#[test]
fn copy_to_aws_through_faults_lands_every_entry_exactly_once() {
    let aws = AwsUser::counted();
    let (_runtime, wire) = wire(&aws.address);
    let user = Airbridge::new().with_all(aws.variables()).with("AWS_ENDPOINT_URL", wire.url());
    copy_twice(&user, &aws.endpoint(), &wire);
    let mut versions = aws.versions();
    versions.sort();
    let expected = expected_versions().into_iter().map(|(name, count)| (format!("variables/{name}"), count));
    assert_eq!(versions, expected.collect::<Vec<_>>());
    for number in [0, COUNT - 1, COUNT, 2 * COUNT - 1] {
        assert_eq!(aws.text(&format!("variables/key-{number:03}")), format!("new {number}"));
    }
}

#[test]
fn copy_to_vault_through_faults_lands_every_entry_exactly_once() {
    let vault = VaultMount::counted(2);
    let (_runtime, wire) = wire(&vault.address);
    let user = Airbridge::new().with_all(vault.variables()).with("VAULT_ADDR", wire.url());
    copy_twice(&user, &vault.endpoint(), &wire);
    for (name, count) in expected_versions() {
        let metadata = vault.request("GET", &format!("{}/metadata/variables/{name}", vault.name), None);
        assert_eq!(metadata["data"]["current_version"], count, "{name}");
    }
    for number in [0, COUNT - 1, COUNT, 2 * COUNT - 1] {
        let path = format!("{}/data/variables/key-{number:03}", vault.name);
        assert_eq!(vault.request("GET", &path, None)["data"]["data"]["value"], format!("new {number}"));
    }
}

#[test]
fn write_that_is_confirmed_and_not_stored_is_found_by_reading_back() {
    let vault = VaultMount::counted(1);
    let (_runtime, wire) = wire(&vault.address);
    // KV 1 answers a write with 204 and nothing else, so only a read can tell.
    let lost = format!("/{}/variables/key-001", vault.name);
    wire.fail(move |request| {
        let is_lost = request.method != "GET" && request.path.ends_with(&lost);
        if is_lost { WireFault::Empty(204) } else { WireFault::Nothing }
    });
    let user = Airbridge::new().with_all(vault.variables()).with("VAULT_ADDR", wire.url());
    write_variables(&user, 0..3, "new");
    let run = user.run(["copy", "variables.json", &vault.endpoint(), "--yes", "-o", "json"]).code(1);
    let report = run.json();
    let outcomes: Vec<_> = rows(&report, "outcome").into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["verified", "differs", "verified"], "{report}");
    assert_eq!(vault.names("variables/"), ["key-000", "key-002"]);
}

#[test]
fn words_of_a_server_that_repeat_a_value_are_left_out_of_all_output() {
    const VALUE: &str = "c4n4ry/value+1";
    let aws = AwsUser::counted();
    let (_runtime, wire) = wire(&aws.address);
    wire.mend();
    let user = Airbridge::new().with_all(aws.variables()).with("AWS_ENDPOINT_URL", wire.url());
    aws.put("variables/a", "old");
    user.write("variables.json", json!({ "a": VALUE }).to_string());
    let copy = ["copy", "variables.json", &aws.endpoint(), "--yes", "--on-conflict", "overwrite", "-vvv"];
    // Just before it replaces a secret, airbridge asks for its version, and the server denies that in many words.
    for (words, is_shown) in [
        ("User u is not authorized", true),
        (VALUE, false),
        ("value=c4n4ry%2Fvalue%2B1&x=y", false),
        ("eyJ2IjoiYzRuNHJ5L3ZhbHVlKzEifQ==", false),
    ] {
        let body = json!({ "__type": "AccessDeniedException", "message": format!("{words} to do this") });
        wire.fail(move |request| {
            let is_look = request.target.ends_with(".DescribeSecret");
            if is_look { WireFault::Says { status: 400, body: body.to_string() } } else { WireFault::Nothing }
        });
        let run = user.run(copy.iter().chain(&["--report", "report.json"]).copied()).code(1);
        let said = format!("{run}{}", user.read("report.json"));
        assert_eq!(said.contains(words), is_shown, "{words}: {run}");
        assert_eq!(said.contains("words are left out"), !is_shown, "{words}: {run}");
        assert!(said.contains("does not allow secretsmanager:DescribeSecret"), "{words}: {run}");
    }
    wire.mend();
    user.run(copy).code(0);
    assert_eq!(aws.text("variables/a"), VALUE);
}
