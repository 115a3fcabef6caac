//! Google Secret Manager as source and target.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, GoogleProject, all_samples, example, rows};
use serde_json::json;

#[test]
fn entries_of_all_kinds_are_copied_to_google_and_back_and_a_second_copy_writes_nothing() {
    let (aws, project, copy) = (AwsUser::counted(), GoogleProject::new(), GoogleProject::new());
    let user = Airbridge::new().with_all(aws.variables());
    let sample = all_samples(&user);
    let places =
        [sample.to_owned(), project.endpoint(), aws.endpoint(), copy.endpoint(), "file:back/".to_owned()];
    for (outcome, action) in [("verified", "create"), ("unchanged", "keep")] {
        for hop in places.windows(2) {
            let report = user.run(["copy", &hop[0], &hop[1], "--yes", "-o", "json"]).code(0).json();
            assert_eq!(report["summary"][action], 12, "{report}");
            assert!(rows(&report, "outcome").iter().all(|(_, found)| found == outcome), "{report}");
        }
    }
    user.run(["diff", sample, "file:back/"]).code(0);
    for project in [project, copy] {
        let versions = project.versions();
        assert_eq!(versions.len(), 12);
        assert!(versions.iter().all(|(_, versions)| *versions == 1), "{versions:?}");
        assert!(versions.iter().any(|(id, _)| id == "airflow-config-smtp_password"), "{versions:?}");
    }
}

#[test]
fn replaced_secret_has_one_more_version() {
    let project = GoogleProject::new();
    let user = Airbridge::new();
    for (value, options) in [("before", &[][..]), ("after", &["--on-conflict", "overwrite"])] {
        user.write("variables.json", json!({ "changed": value, "same": "s" }).to_string());
        let command = ["copy", "variables.json", &project.endpoint(), "--yes"];
        user.run([&command[..], options].concat()).code(0);
    }
    let versions =
        ["airflow-variables-changed", "airflow-variables-same"].map(str::to_owned).into_iter().zip([2, 1]);
    assert_eq!(project.versions(), versions.collect::<Vec<_>>());
    let shown =
        user.run(["show", &project.endpoint(), "var:changed", "--reveal", "-o", "json"]).code(0).json();
    assert_eq!(shown["entries"][0]["value"], "after");
}

#[test]
fn entries_that_google_cannot_hold_are_refused_by_name_and_reason() {
    let project = GoogleProject::new();
    let user = Airbridge::new();
    let values = json!({ "empty": "", "fine": "f", "folder/key": "f", "large": "x".repeat(70_000) });
    user.write("variables.json", values.to_string());
    let plan = user.run(["plan", "variables.json", &project.endpoint(), "-o", "json"]).code(4).json();
    let reasons: Vec<_> = rows(&plan, "reason").into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, [json!("value-empty"), json!(null), json!("name-invalid"), json!("value-too-large")]);
    user.run(["copy", "variables.json", &project.endpoint(), "--yes"]).code(4);
    assert_eq!(project.versions(), [], "one refused entry refuses all");
}

#[test]
fn description_to_google_is_copied() {
    let project = GoogleProject::new();
    let user = Airbridge::new();
    let described = example("files/described.yaml");
    let report = user.run(["copy", &described, &project.endpoint(), "--yes", "-o", "json"]).code(0).json();
    assert_eq!(report["entries"][0]["losses"], json!([]));
    let shown = user.run(["show", &project.endpoint(), "conn:reporting_db", "-o", "json"]).code(0).json();
    assert_eq!(shown["entries"][0]["fields"]["description"], "Read-only replica for the reporting team");
}
