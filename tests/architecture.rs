//! Who may depend on whom, kept by Cargo and by this test.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The crates of ours that each crate of ours may use, development aside.
const ALLOWED: &[(&str, &[&str])] = &[
    ("airbridge-core", &[]),
    ("airbridge-airflow", &["airbridge-core"]),
    ("airbridge-engine", &["airbridge-airflow", "airbridge-core"]),
    ("airbridge-conformance", &["airbridge-core"]),
    ("airbridge-backend-aws", &["airbridge-backend-aws-common", "airbridge-core"]),
    ("airbridge-backend-aws-common", &["airbridge-http", "airbridge-core"]),
    ("airbridge-backend-aws-ssm", &["airbridge-backend-aws-common", "airbridge-core"]),
    ("airbridge-backend-aws-testing", &["airbridge-backend-aws-common", "airbridge-core"]),
    ("airbridge-backend-azure", &["airbridge-http", "airbridge-core"]),
    ("airbridge-http", &["airbridge-core"]),
    ("airbridge-backend-files", &["airbridge-core"]),
    ("airbridge-backend-gcp", &["airbridge-http", "airbridge-core"]),
    ("airbridge-backend-vault", &["airbridge-http", "airbridge-core"]),
    (
        "airbridge-endpoints",
        &[
            "airbridge-airflow",
            "airbridge-backend-aws",
            "airbridge-backend-aws-common",
            "airbridge-backend-aws-ssm",
            "airbridge-backend-azure",
            "airbridge-backend-files",
            "airbridge-backend-gcp",
            "airbridge-backend-vault",
            "airbridge-core",
            "airbridge-engine",
        ],
    ),
    ("airbridge", &["airbridge-airflow", "airbridge-core", "airbridge-endpoints", "airbridge-engine"]),
    // What a stranger needs to write an adapter.
    ("airbridge-example-backend", &["airbridge-core"]),
    ("airbridge-tests", &["airbridge"]),
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        let ours =
            package["dependencies"].as_array().expect("dependencies").iter().filter(|d| d["kind"] != "dev");
        let ours =
            ours.filter_map(|dependency| dependency["name"].as_str()).filter(|name| names.contains(name));
        uses.insert(package["name"].as_str().expect("a name"), ours.collect());
    }
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ALLOWED.iter().map(|(name, uses)| (*name, uses.iter().copied().collect())).collect();
    assert_eq!(uses, allowed);
}

#[test]
fn what_airflow_means_needs_no_runtime_and_no_network() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges=normal",
            "--prefix=none",
            "--package=airbridge-airflow",
            "--format={p}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("names");
    for banned in ["reqwest", "hyper", "rustls", "aws-config", "mio", "socket2"] {
        assert!(
            !tree.lines().any(|line| line.starts_with(&format!("{banned} "))),
            "airbridge-airflow uses {banned}"
        );
    }
}
