//! Calls, counted at the server: what is asked for, and nothing twice. docs/performance.md has the same figures.

#![cfg(test)]

mod key_vault;

use std::collections::BTreeMap;

use airbridge_tests::{Airbridge, AwsUser, Calls, GoogleProject, VaultMount};
use key_vault::KeyVault;
use serde_json::{Map, Value, json};

// No multiples of a page: at the end of a full one servers differ in whether they say that it was the last.
const CONNECTIONS: usize = 195;
const VARIABLES: usize = 105;
/// Connections and variables; config options are listed, and there are none.
const ALL: usize = CONNECTIONS + VARIABLES;

/// How often each kind of call was made.
type Kinds = BTreeMap<String, usize>;

/// What one step asks for: the kinds of calls and how many. Up to 5 % more is let pass.
type Asked<'a> = &'a [(&'a str, usize)];

/// What each step asks for.
struct Expected<'a> {
    /// A copy from files, the target being empty.
    first: Asked<'a>,
    /// A copy to files.
    read: Asked<'a>,
    /// The first copy once more, with nothing to do.
    second: Asked<'a>,
    /// The same with other values.
    overwrite: Asked<'a>,
}

/// Everything, each entry with `value` in it.
fn write_entries(user: &Airbridge, value: &str) {
    let fields = |number| json!({ "conn_type": "http", "host": format!("h{number}"), "password": value });
    let connection = |number| (format!("conn{number:04}"), fields(number));
    let connections: Map<_, _> = (0..CONNECTIONS).map(connection).collect();
    let variable = |number| (format!("key{number:04}"), Value::from(format!("{value} {number}")));
    let variables: Map<_, _> = (0..VARIABLES).map(variable).collect();
    user.write("all/connections.json", Value::from(connections).to_string());
    user.write("all/variables.json", Value::from(variables).to_string());
}

/// Makes every step, as fast as it goes, and compares what `calls` has counted.
fn count(user: &Airbridge, endpoint: &str, calls: impl Fn() -> Kinds, expected: &Expected<'_>) {
    write_entries(user, "old");
    let run = |from: &str, to: &str| {
        let command = ["copy", from, to, "--on-conflict", "overwrite", "--yes", "-o", "json"];
        user.run([&command[..], &["--rate", "1000"]].concat()).code(0).json()["summary"].clone()
    };
    let mut before = calls();
    let mut check = |step: &str, summary: &Value, outcome: &str, expected: Asked<'_>| {
        assert_eq!(summary[outcome], ALL, "{step}: {summary}");
        let now = calls();
        let made = now.iter().map(|(kind, count)| (kind.clone(), count - before.get(kind).unwrap_or(&0)));
        let made: Kinds = made.filter(|(_, count)| *count > 0).collect();
        let fits = |(kind, least): &(&str, usize)| {
            made.get(*kind).is_some_and(|count| (*least..=least + least / 20).contains(count))
        };
        assert!(expected.iter().all(fits) && made.len() == expected.len(), "{endpoint}, {step}: {made:?}");
        before = now;
    };
    check("first copy", &run("file:all/", endpoint), "verified", expected.first);
    check("read", &run(endpoint, "file:back/"), "verified", expected.read);
    check("second copy", &run("file:all/", endpoint), "keep", expected.second);
    write_entries(user, "new");
    check("overwrite", &run("file:all/", endpoint), "verified", expected.overwrite);
}

/// Calls by what `kind` makes of each.
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
fn aws() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    // Pages of 100 of each kind, and one to see that there is no config option; batches of 20.
    let (pages, batches) = (CONNECTIONS.div_ceil(100) + VARIABLES.div_ceil(100) + 1, ALL / 20);
    let read = [("ListSecrets", pages), ("BatchGetSecretValue", batches)];
    let expected = Expected {
        first: &[("ListSecrets", 3), ("CreateSecret", ALL), ("BatchGetSecretValue", batches)],
        read: &read,
        second: &read,
        overwrite: &[
            ("ListSecrets", pages),
            // Before and after.
            ("BatchGetSecretValue", 2 * batches),
            // No call takes the version that is replaced, so it is looked at just before.
            ("DescribeSecret", ALL),
            ("PutSecretValue", ALL),
        ],
    };
    count(&user, &aws.endpoint(), || by_kind(&aws.calls(), |call| call), &expected);

    // One entry is found without reading the others' values.
    let before = aws.calls();
    user.run(["show", &aws.endpoint(), "conn:conn0100"]).code(0);
    let shown = aws.calls().since(&before);
    let all: usize = shown.iter().map(|(_, count)| count).sum();
    assert!(all <= 3, "{shown:?}");
}

#[test]
fn aws_parameter_store() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    // Values come with the listing, ten a page.
    let pages = CONNECTIONS.div_ceil(10) + VARIABLES.div_ceil(10) + 1;
    let expected = Expected {
        first: &[("GetParametersByPath", 3), ("PutParameter", ALL), ("GetParameters", ALL / 10)],
        read: &[("GetParametersByPath", pages)],
        second: &[("GetParametersByPath", pages)],
        overwrite: &[
            ("GetParametersByPath", pages),
            // The version is looked at just before, as no call takes it; then all are read back.
            ("GetParameters", ALL + ALL / 10),
            // Only this shows the key that the parameter is under, and that it must stay under.
            ("DescribeParameters", ALL),
            ("PutParameter", ALL),
        ],
    };
    count(&user, &aws.parameters(), || by_kind(&aws.calls(), |call| call), &expected);
}

#[test]
fn google() {
    let project = GoogleProject::counted();
    let user = Airbridge::new();
    let read = [("LIST", 3), ("access", ALL)];
    let expected = Expected {
        first: &[("LIST", 3), ("create", ALL), ("addVersion", ALL), ("access", ALL)],
        read: &read,
        second: &read,
        // Read, looked whether there is a newer version, and read back.
        overwrite: &[("LIST", 3), ("access", 3 * ALL), ("addVersion", ALL)],
    };
    count(&user, &project.endpoint(), || by_kind(&project.calls(), of_google), &expected);
}

#[test]
fn azure() {
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
        // A set never refuses, so each name is looked at just before; then all are read back.
        first: &[challenge, token, deleted, ("LIST", 1), ("GET", 2 * ALL), ("PUT", ALL)],
        read: &read,
        second: &read,
        overwrite: &[challenge, token, deleted, ("LIST", ALL / 25), ("GET", 3 * ALL), ("PUT", ALL)],
    };
    count(&user, &vault.endpoint(), calls, &expected);
}

#[test]
fn vault() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let read = [("LIST", 3), ("GET", ALL)];
    let expected = Expected {
        first: &[("LIST", 3), ("POST", ALL), ("GET", ALL)],
        read: &read,
        second: &read,
        // Read and read back: the server itself compares the version.
        overwrite: &[("LIST", 3), ("POST", ALL), ("GET", 2 * ALL)],
    };
    count(&user, &vault.endpoint(), || by_kind(&vault.calls(), of_vault), &expected);
}

#[test]
fn vault_with_version_1_of_the_engine() {
    let vault = VaultMount::counted(1);
    let user = Airbridge::new().with_all(vault.variables());
    let read = [("LIST", 3), ("GET", ALL)];
    let expected = Expected {
        // It has no versions, so each name is looked at just before.
        first: &[("LIST", 3), ("POST", ALL), ("GET", 2 * ALL)],
        read: &read,
        second: &read,
        overwrite: &[("LIST", 3), ("POST", ALL), ("GET", 3 * ALL)],
    };
    count(&user, &vault.endpoint(), || by_kind(&vault.calls(), of_vault), &expected);
}
