//! Which crate may depend on which, and no circle of files in any of them.

#![cfg(test)]

#[path = "architecture/imports.rs"]
mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Our crates that each of our other crates may use, development aside. Adapters follow from [`is_adapter`].
const ALLOWED: &[(&str, &[&str])] = &[
    ("airbridge-core", &[]),
    ("airbridge-http", &["airbridge-core"]),
    ("airbridge-bundle", &["airbridge-core"]),
    ("airbridge-airflow", &["airbridge-core"]),
    ("airbridge-engine", &["airbridge-airflow", "airbridge-core"]),
    ("airbridge-conformance", &["airbridge-core"]),
    // And every adapter.
    (
        "airbridge-endpoints",
        &["airbridge-airflow", "airbridge-bundle", "airbridge-core", "airbridge-engine", "airbridge-http"],
    ),
    ("airbridge-records", &["airbridge-core"]),
    ("airbridge-dags", &["airbridge-airflow"]),
    (
        "airbridge",
        &[
            "airbridge-airflow",
            "airbridge-core",
            "airbridge-dags",
            "airbridge-endpoints",
            "airbridge-engine",
            "airbridge-records",
        ],
    ),
    ("airbridge-tests", &["airbridge"]),
];

/// What an adapter may use, besides the `-common` crate of its family.
const OF_ADAPTERS: [&str; 2] = ["airbridge-core", "airbridge-http"];

/// One of our crates.
struct Package {
    name: String,
    folder: PathBuf,
    /// Its dependencies among our crates, development aside.
    uses: BTreeSet<String>,
}

impl Package {
    /// Whether it is an adapter, or shared by the adapters of a family.
    fn is_adapter(&self) -> bool {
        let parent = |path: &Path| path.parent().and_then(Path::file_name).map(ToOwned::to_owned);
        parent(&self.folder).is_some_and(|parent| parent == "backends" || parent == "examples")
    }
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let names: BTreeSet<String> = packages.iter().map(|package| text(&package["name"])).collect();
    let package = |package: &Value| {
        let all = package["dependencies"].as_array().expect("dependencies").iter();
        let used = all.filter(|dependency| dependency["kind"] != "dev").map(|used| text(&used["name"]));
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        Package {
            name: text(&package["name"]),
            folder: manifest.parent().expect("a folder").to_owned(),
            uses: used.filter(|name| names.contains(name)).collect(),
        }
    };
    packages.iter().map(package).collect()
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    let adapters: BTreeSet<&str> =
        packages.iter().filter(|package| package.is_adapter()).map(|package| package.name.as_str()).collect();
    assert!(adapters.len() > 6, "{adapters:?}");
    let fixed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    for Package { name, uses, .. } in &packages {
        let is_allowed = |used: &str| {
            if adapters.contains(name.as_str()) {
                let family = used.strip_suffix("-common").filter(|_| adapters.contains(used));
                return OF_ADAPTERS.contains(&used) || family.is_some_and(|family| name.starts_with(family));
            }
            let listed = fixed.get(name.as_str()).unwrap_or_else(|| panic!("{name} is not in ALLOWED"));
            listed.contains(&used) || (name == "airbridge-endpoints" && adapters.contains(used))
        };
        let forbidden: Vec<&String> = uses.iter().filter(|used| !is_allowed(used)).collect();
        assert!(forbidden.is_empty(), "{name} must not depend on {forbidden:?}");
    }
}

#[test]
fn files_do_not_use_one_another_in_circles() {
    let mut found = BTreeMap::new();
    for package in packages().iter().filter(|package| package.name != "airbridge-tests") {
        let circles = imports::circles(&package.folder.join("src"));
        if !circles.is_empty() {
            found.insert(package.name.clone(), circles);
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn circle_of_files_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("lib.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\n");
    write("a.rs", "use crate::b::{self, B};\npub struct A;\n");
    write("b.rs", "// use crate::c::C;\nuse crate::{c, A};\npub struct B;\n#[cfg(test)]\nmod tests {}\n");
    write("c.rs", "pub struct C;\n#[cfg(test)]\nmod tests {\n    use crate::A;\n}\n");
    assert_eq!(imports::circles(folder.path()), [["a.rs", "b.rs"]]);
    write("b.rs", "use crate::c;\npub struct B;\n");
    assert_eq!(imports::circles(folder.path()), Vec::<Vec<String>>::new());
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
