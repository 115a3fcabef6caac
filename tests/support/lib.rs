//! Shared by the tests of the whole program: the program, the servers, and Airflow as the judge.

#![expect(clippy::expect_used, clippy::panic, reason = "a test without its set-up must fail with the reason")]

mod api;
mod aws;
mod browser;
mod bundle;
mod calls;
pub mod classes;
mod copy_result;
mod database;
mod entries;
mod google;
mod judge;
mod place;
mod program;
mod servers;
mod settings;
mod tasks;
mod vault;

pub use api::{AirflowApi, token_service};
pub use aws::AwsUser;
pub use browser::{Browsed, browse, read_without_scripts};
pub use bundle::{IDENTITY, RECIPIENT};
pub use calls::Calls;
pub use copy_result::CopyResult;
pub use database::{FERNET_KEY, MetadataDatabase, System};
pub use entries::{ALL_LOSSES, awkward_connections, awkward_values};
pub use google::GoogleProject;
pub use judge::{Ids, Judge};
pub use place::Place;
pub use program::{Airbridge, Run, program};
pub use servers::{API_PASSWORD, API_USER, server};
pub use settings::airflow_settings;
pub use tasks::{RealAirflow, Version};
pub use vault::VaultMount;

use std::path::PathBuf;

/// A file or folder of the repository.
///
/// # Panics
/// If it is not there.
pub fn repository(path: &str) -> PathBuf {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = tests.parent().expect("the repository").join(path);
    assert!(found.exists(), "{} is missing", found.display());
    found
}

/// A file of `examples/` as an endpoint.
///
/// # Panics
/// If it is not there.
pub fn example(path: &str) -> String {
    format!("file:{}", repository(&format!("examples/{path}")).display())
}

/// Makes the folder `all/` with every sample entry: six connections, four variables, two config options.
///
/// # Panics
/// If the copies fail.
pub fn all_samples(user: &Airbridge) -> &'static str {
    for file in ["connections.yaml", "variables.json", "config.json"] {
        user.run(["copy", &example(&format!("files/airflow/{file}")), "file:all/", "--yes"]).code(0);
    }
    "file:all/"
}

/// The rows of a document, as `kind:id`, with one of their fields.
///
/// # Panics
/// If the document has no entries.
pub fn rows(document: &serde_json::Value, field: &str) -> Vec<(String, serde_json::Value)> {
    let entries = document["entries"].as_array().unwrap_or_else(|| panic!("no entries in {document}"));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .map(|row| (format!("{}:{}", text(&row["kind"]), text(&row["id"])), row[field].clone()))
        .collect()
}
