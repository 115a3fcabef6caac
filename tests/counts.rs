//! The requests of each step, counted at the server: exactly the numbers of docs/performance.md.

#![cfg(test)]

mod key_vault;

use std::collections::BTreeMap;

use airbridge_conformance::wire::{Wire, WireRequest};
use airbridge_tests::{
    Airbridge, AirflowApi, AwsUser, Calls, GoogleProject, MetadataDatabase, System, VaultMount, repository,
};
use key_vault::KeyVault;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

// Not a multiple of a page: after a full page, servers differ in whether they say that it was the last one.
const CONNECTIONS: usize = 195;
const VARIABLES: usize = 105;
/// Connections and variables. Config options are listed, but there are none.
const ALL: usize = CONNECTIONS + VARIABLES;

/// How many requests of each kind were made.
type Kinds = BTreeMap<String, usize>;

/// The requests that one step must make: kinds and numbers.
type Requests<'a> = &'a [(&'a str, usize)];

/// The requests that each step must make.
struct Expected<'a> {
    /// The service's name in docs/performance.md.
    service: &'a str,
    /// A copy from files to an empty target.
    first: Requests<'a>,
    /// A copy to files.
    read: Requests<'a>,
    /// The first copy once more, with nothing to do.
    second: Requests<'a>,
    /// The first copy with other values.
    overwrite: Requests<'a>,
}

/// The number of requests of one step in the table of docs/performance.md.
fn documented(service: &str, step: &str) -> usize {
    let page = std::fs::read_to_string(repository("docs/performance.md")).unwrap();
    let rows = page.lines().skip_while(|line| !line.starts_with(&format!("| {service} | first copy")));
    let mut rows = rows.take(4).map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let row = rows.find(|cells| cells[2].split("; ").any(|name| name == step));
    let row = row.unwrap_or_else(|| panic!("docs/performance.md has no row for {service}, {step}"));
    let digits: String = row[3].chars().take_while(|char| char.is_ascii_digit() || *char == ',').collect();
    digits.replace(',', "").parse().unwrap()
}

/// Writes all entries to files, each with `value` in it.
fn write_entries(user: &Airbridge, value: &str) {
    let fields = |number| json!({ "conn_type": "http", "host": format!("h{number}"), "password": value });
    let connection = |number| (format!("conn{number:04}"), fields(number));
    let connections: Map<_, _> = (0..CONNECTIONS).map(connection).collect();
    let variable = |number| (format!("key{number:04}"), Value::from(format!("{value} {number}")));
    let variables: Map<_, _> = (0..VARIABLES).map(variable).collect();
    user.write("all/connections.json", Value::from(connections).to_string());
    user.write("all/variables.json", Value::from(variables).to_string());
}

/// Runs every step at full speed, and compares the requests that `calls` has counted.
fn count(user: &Airbridge, endpoint: &str, calls: impl Fn() -> Kinds, expected: &Expected<'_>) {
    let service = expected.service;
    write_entries(user, "old");
    let total = |calls: &Kinds| calls.values().sum::<usize>();
    // A plan makes the requests that a copy makes before it writes.
    let run = |from: &str, to: &str| {
        let options = ["--on-conflict", "overwrite", "-o", "json", "--rate", "1000"];
        let before = total(&calls());
        let plan = user.run([&["plan", from, to][..], &options].concat()).code(0).json();
        let planned = calls();
        let reads = total(&planned) - before;
        let copy = user.run([&["copy", from, to, "--yes"][..], &options].concat()).code(0).json();
        let is_idle = ["create", "replace"].iter().all(|word| plan["summary"][word] == 0);
        let is_written_at_once = ["file:", "airflow-db:"].iter().any(|scheme| to.starts_with(scheme));
        assert_eq!(plan["estimate"].is_null(), is_idle || is_written_at_once, "{service}: the plan for {to}");
        if let Some(estimated) = plan["estimate"]["requests"].as_u64() {
            let made = total(&calls()) - total(&planned);
            assert_eq!(made - reads, usize::try_from(estimated).unwrap(), "{service}: the estimate for {to}");
        }
        (copy["summary"].clone(), planned)
    };
    let check = |step: &str, (summary, before): (Value, Kinds), outcome: &str, expected: Requests<'_>| {
        assert_eq!(summary[outcome], ALL, "{step}: {summary}");
        let now = calls();
        let made = now.iter().map(|(kind, count)| (kind.clone(), count - before.get(kind).unwrap_or(&0)));
        let made: Kinds = made.filter(|(_, count)| *count > 0).collect();
        let expected: Kinds = expected.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        assert_eq!(made, expected, "{service}, {step}");
        assert_eq!(made.values().sum::<usize>(), documented(service, step), "{service}, {step}");
    };
    check("first copy", run("file:all/", endpoint), "verified", expected.first);
    check("read", run(endpoint, "file:back/"), "verified", expected.read);
    check("second copy", run("file:all/", endpoint), "keep", expected.second);
    write_entries(user, "new");
    check("overwrite", run("file:all/", endpoint), "verified", expected.overwrite);
}

/// Requests by kind.
fn by_kind(calls: &Calls, kind: fn(&str) -> &str) -> Kinds {
    let mut kinds = Kinds::new();
    for (call, count) in calls.iter() {
        *kinds.entry(kind(call).to_owned()).or_default() += count;
    }
    kinds
}

/// `LIST`, or the method.
fn of_vault(call: &str) -> &str {
    if call.ends_with("?list=true") { "LIST" } else { call.split(' ').next().unwrap_or(call) }
}

/// `LIST`, `create`, or the verb at the end.
fn of_google(call: &str) -> &str {
    let path = call.split('?').next().unwrap_or(call);
    match path.rsplit_once(':') {
        None if path == "GET secrets" => "LIST",
        None if path == "POST secrets" => "create",
        None => path,
        Some((_, verb)) => verb,
    }
}

/// `LIST`, `LIST deleted`, or the method.
fn of_azure(call: &str) -> &str {
    let (method, path) = call.split_once(' ').unwrap_or((call, ""));
    match path.trim_end_matches(" next") {
        "/secrets" => "LIST",
        "/deletedsecrets" => "LIST deleted",
        _ if path.starts_with("/msi/") => "token",
        _ if path.ends_with(" without token") => "challenge",
        _ => method,
    }
}

#[test]
fn aws_requests_are_exactly_as_documented() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    // Pages of 100 of each kind, and one for the config options; batches of 20.
    let (pages, batches) = (CONNECTIONS.div_ceil(100) + VARIABLES.div_ceil(100) + 1, ALL / 20);
    // Who acts, for the plan.
    let identity = ("GetCallerIdentity", 1);
    let read = [identity, ("ListSecrets", pages), ("BatchGetSecretValue", batches)];
    let expected = Expected {
        service: "AWS Secrets Manager",
        first: &[identity, ("ListSecrets", 3), ("CreateSecret", ALL), ("BatchGetSecretValue", batches)],
        read: &read,
        second: &read,
        overwrite: &[
            identity,
            ("ListSecrets", pages),
            // For the plan, just before the writes, because none takes the version that it replaces, and after them.
            ("BatchGetSecretValue", 3 * batches),
            ("PutSecretValue", ALL),
        ],
    };
    count(&user, &aws.endpoint(), || by_kind(&aws.calls(), |call| call), &expected);

    // `show` of one entry does not read the values of the others.
    let before = aws.calls();
    user.run(["show", &aws.endpoint(), "conn:conn0100"]).code(0);
    let shown = aws.calls().since(&before);
    let all: usize = shown.iter().map(|(_, count)| count).sum();
    assert!(all <= 4, "{shown:?}");
}

#[test]
fn parameter_store_requests_are_exactly_as_documented() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    // A listing returns the values, ten a page.
    let pages = CONNECTIONS.div_ceil(10) + VARIABLES.div_ceil(10) + 1;
    let identity = ("GetCallerIdentity", 1);
    let expected = Expected {
        service: "AWS Parameter Store",
        first: &[identity, ("GetParametersByPath", 3), ("PutParameter", ALL), ("GetParameters", ALL / 10)],
        read: &[identity, ("GetParametersByPath", pages)],
        second: &[identity, ("GetParametersByPath", pages)],
        overwrite: &[
            identity,
            ("GetParametersByPath", pages),
            // The versions are read just before the writes, because none takes the version that it replaces; then all values
            // are read back.
            ("GetParameters", 2 * (ALL / 10)),
            // Only this request returns the parameters' keys, which must stay the same.
            ("DescribeParameters", ALL / 10),
            ("PutParameter", ALL),
        ],
    };
    count(&user, &aws.parameters(), || by_kind(&aws.calls(), |call| call), &expected);
}

#[test]
fn google_requests_are_exactly_as_documented() {
    let project = GoogleProject::counted();
    let user = Airbridge::new();
    let read = [("LIST", 3), ("access", ALL)];
    let expected = Expected {
        service: "Google Secret Manager",
        first: &[("LIST", 3), ("create", ALL), ("addVersion", ALL), ("access", ALL)],
        read: &read,
        second: &read,
        // Read, read again for a newer version, and read back.
        overwrite: &[("LIST", 3), ("access", 3 * ALL), ("addVersion", ALL)],
    };
    count(&user, &project.endpoint(), || by_kind(&project.calls(), of_google), &expected);
}

#[test]
fn azure_requests_are_exactly_as_documented() {
    let vault = KeyVault::new();
    let user = Airbridge::new().with_all(vault.variables());
    let asked = std::cell::RefCell::new(Kinds::new());
    let calls = || {
        for call in vault.double.asked() {
            *asked.borrow_mut().entry(of_azure(&call).to_owned()).or_default() += 1;
        }
        asked.borrow().clone()
    };
    let (challenge, token, deleted) = (("challenge", 1), ("token", 1), ("LIST deleted", 1));
    let read = [challenge, token, deleted, ("LIST", ALL / 25), ("GET", ALL)];
    let expected = Expected {
        service: "Azure Key Vault (the double)",
        // A set request never fails because a name exists, so each is read just before; then all are read back.
        first: &[challenge, token, deleted, ("LIST", 1), ("GET", 2 * ALL), ("PUT", ALL)],
        read: &read,
        second: &read,
        overwrite: &[challenge, token, deleted, ("LIST", ALL / 25), ("GET", 3 * ALL), ("PUT", ALL)],
    };
    count(&user, &vault.endpoint(), calls, &expected);
}

#[test]
fn vault_requests_are_exactly_as_documented() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let read = [("LIST", 3), ("GET", ALL)];
    let expected = Expected {
        service: "Vault, OpenBao, KV 2",
        first: &[("LIST", 3), ("POST", ALL), ("GET", ALL)],
        read: &read,
        second: &read,
        // Read and read back: the server itself compares the version.
        overwrite: &[("LIST", 3), ("POST", ALL), ("GET", 2 * ALL)],
    };
    count(&user, &vault.endpoint(), || by_kind(&vault.calls(), of_vault), &expected);
}

#[test]
fn statements_in_a_database_are_exactly_as_documented() {
    let database = MetadataDatabase::new(System::Postgres, "3");
    let user = database
        .settings()
        .into_iter()
        .fold(Airbridge::new(), |user, (name, value)| user.with(&name, &value));
    let expected = Expected {
        service: "PostgreSQL, `airflow-db:`",
        first: &[("BEGIN", 3), ("COMMIT", 2), ("INSERT", 2), ("ROLLBACK", 1), ("SELECT", 12), ("SET", 1)],
        read: &[("BEGIN", 1), ("COMMIT", 1), ("SELECT", 7)],
        second: &[("BEGIN", 1), ("COMMIT", 1), ("SELECT", 10)],
        overwrite: &[("BEGIN", 3), ("COMMIT", 3), ("SELECT", 14), ("SET", 1), ("UPDATE", ALL)],
    };
    count(&user, &database.endpoint(), || database.statements(), &expected);
}

/// The method, the kind, and whether it is about one entry. The version and the token are asked for at the start.
fn of_the_api(wire: &Wire) -> Kinds {
    let mut kinds = Kinds::new();
    for WireRequest { method, path, .. } in wire.requests() {
        let kind = if path.ends_with("/version") || path.contains("/auth/") {
            "start".to_owned()
        } else if method == "GET" && matches!(path.rsplit('/').next(), Some("connections" | "variables")) {
            "LIST".to_owned()
        } else {
            method
        };
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

/// Counts the requests to the REST API. Its connections cannot be read back whole, so the second step reads variables.
fn count_api(version: &'static str, first: Requests<'_>, read: Requests<'_>, overwrite: Requests<'_>) {
    let api = AirflowApi::new(version);
    api.clear();
    let runtime = Runtime::new().unwrap();
    let wire = runtime.block_on(Wire::start(&api.url()));
    let user =
        AirflowApi::user().into_iter().fold(Airbridge::new(), |user, (name, value)| user.with(name, value));
    let (service, endpoint) = (format!("Airflow {version}, REST API"), format!("airflow-api:{}", wire.url()));
    let mut before = Kinds::new();
    let mut check = |step: &str, from: &str, to: &str, written: usize, expected: Requests<'_>| {
        let command =
            ["copy", from, to, "--on-conflict", "overwrite", "--yes", "-o", "json", "--rate", "1000"];
        let only: &[&str] = if step == "read" { &["--only", "variables"] } else { &[] };
        // A plan makes the requests that a copy makes before it writes.
        let total = |calls: &Kinds| calls.values().sum::<usize>();
        let dry = [&["copy", from, to, "--dry-run"][..], &command[3..5], &command[6..], only].concat();
        let plan = user.run(dry).code(0).json();
        let planned = of_the_api(&wire);
        let reads = total(&planned) - total(&before);
        before = planned;
        let summary = user.run([&command[..], only].concat()).code(0).json()["summary"].clone();
        let arrived = summary["verified"].as_u64().unwrap() + summary["unverifiable"].as_u64().unwrap();
        assert_eq!(arrived, written as u64, "{service}, {step}: {summary}");
        let now = of_the_api(&wire);
        let made = now.iter().map(|(kind, count)| (kind.clone(), count - before.get(kind).unwrap_or(&0)));
        let made: Kinds = made.filter(|(_, count)| *count > 0).collect();
        let expected: Kinds = expected.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        assert_eq!(made, expected, "{service}, {step}");
        assert_eq!(made.values().sum::<usize>(), documented(&service, step), "{service}, {step}");
        if let Some(estimated) = plan["estimate"]["requests"].as_u64() {
            assert_eq!(
                total(&made) - reads,
                usize::try_from(estimated).unwrap(),
                "{service}, {step}: the estimate"
            );
        }
        before = now;
    };
    write_entries(&user, "old");
    check("first copy", "file:all/", &endpoint, ALL, first);
    check("read", &endpoint, "file:back/", VARIABLES, read);
    write_entries(&user, "new");
    check("overwrite", "file:all/", &endpoint, ALL, overwrite);
}

#[test]
fn requests_to_the_api_of_airflow_2_are_exactly_as_documented() {
    // Version 2 of the API is asked for first.
    let start = ("start", 2);
    let pages = VARIABLES.div_ceil(100);
    count_api(
        "2",
        // POST of a variable would overwrite it, so each is read just before.
        &[start, ("LIST", 2), ("GET", VARIABLES + ALL), ("POST", ALL)],
        &[start, ("LIST", pages)],
        &[
            start,
            ("LIST", pages + CONNECTIONS.div_ceil(100)),
            ("GET", VARIABLES + ALL),
            ("PATCH", CONNECTIONS),
            ("POST", VARIABLES),
        ],
    );
}

#[test]
fn requests_to_the_api_of_airflow_3_are_exactly_as_documented() {
    // The version, and a token for the password.
    let start = ("start", 2);
    let pages = VARIABLES.div_ceil(100);
    // Six batches of 50, one of which has entries of both kinds.
    let batches = ALL / 50 + 1;
    count_api(
        "3",
        &[start, ("LIST", 2), ("PATCH", batches), ("GET", ALL)],
        &[start, ("LIST", pages)],
        // Each connection is looked at just before it is overwritten.
        &[start, ("LIST", pages + CONNECTIONS.div_ceil(100)), ("PATCH", batches), ("GET", CONNECTIONS + ALL)],
    );
}

#[test]
fn vault_kv_1_requests_are_exactly_as_documented() {
    let vault = VaultMount::counted(1);
    let user = Airbridge::new().with_all(vault.variables());
    let read = [("LIST", 3), ("GET", ALL)];
    let expected = Expected {
        service: "the same, KV 1",
        // KV 1 has no versions, so each name is read just before.
        first: &[("LIST", 3), ("POST", ALL), ("GET", 2 * ALL)],
        read: &read,
        second: &read,
        overwrite: &[("LIST", 3), ("POST", ALL), ("GET", 3 * ALL)],
    };
    count(&user, &vault.endpoint(), || by_kind(&vault.calls(), of_vault), &expected);
}
