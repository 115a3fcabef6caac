//! AWS Systems Manager Parameter Store as source and target.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, all_samples, example, rows};
use serde_json::json;

#[test]
fn entries_of_all_kinds_are_copied_to_parameters_and_back_and_a_second_copy_writes_nothing() {
    let (aws, copy) = (AwsUser::counted(), AwsUser::counted());
    let user = Airbridge::new().with_all(aws.variables());
    let sample = all_samples(&user);
    // It contains a template, which no parameter can hold.
    let others = ["--exclude", "var:report_template", "--allow-unused"];
    let places =
        [sample.to_owned(), aws.parameters(), aws.endpoint(), copy.parameters(), "file:back/".to_owned()];
    for (outcome, action) in [("verified", "create"), ("unchanged", "keep")] {
        let before = aws.calls();
        for hop in places.windows(2) {
            let report = user
                .run([&["copy", &hop[0], &hop[1], "--yes", "-o", "json"][..], &others].concat())
                .code(0)
                .json();
            assert_eq!(report["summary"][action], 11, "{report}");
            assert!(rows(&report, "outcome").iter().all(|(_, found)| found == outcome), "{report}");
        }
        let calls = aws.calls().since(&before);
        assert!(calls.count("GetParametersByPath") > 0, "the calls were counted");
        assert_eq!(calls.count("PutParameter"), if outcome == "verified" { 22 } else { 0 });
    }
    user.run([&["diff", sample, "file:back/"][..], &others].concat()).code(0);
    let parameters = aws.parameter_versions();
    assert_eq!(parameters.len(), 11);
    for (name, kind, version) in parameters {
        assert_eq!((kind.as_str(), version), ("SecureString", 1), "{name}");
    }
}

#[test]
fn replaced_parameter_has_one_more_version() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    for (value, options) in [("before", &[][..]), ("after", &["--on-conflict", "overwrite"])] {
        user.write("variables.json", json!({ "changed": value, "same": "s" }).to_string());
        let command = ["copy", "variables.json", &aws.parameters(), "--yes"];
        user.run([&command[..], options].concat()).code(0);
    }
    let secure = |name: &str, version| (format!("variables/{name}"), "SecureString".to_owned(), version);
    assert_eq!(aws.parameter_versions(), [secure("changed", 2), secure("same", 1)]);
    let shown = user.run(["show", &aws.parameters(), "var:changed", "--reveal", "-o", "json"]).code(0).json();
    assert_eq!(shown["entries"][0]["value"], "after");
}

#[test]
fn entries_that_a_parameter_cannot_hold_are_refused_by_name_and_reason() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    let values = json!({ "fine": "f", "large": "x".repeat(5_000), "template": "{{ ds }}", "way_too_large": "x".repeat(9_000) });
    user.write("variables.json", values.to_string());
    let target = aws.parameters();
    let reasons = |target: &str| {
        let plan = user.run(["plan", "variables.json", target, "-o", "json"]).code(4).json();
        rows(&plan, "reason")
            .into_iter()
            .map(|(entry, reason)| (entry, reason.as_str().map(str::to_owned)))
            .collect::<Vec<_>>()
    };
    let row = |entry: &str, reason: Option<&str>| (format!("variable:{entry}"), reason.map(str::to_owned));
    let too_large = Some("value-too-large");
    let expected = [
        row("fine", None),
        row("large", too_large),
        row("template", Some("value-invalid")),
        row("way_too_large", too_large),
    ];
    assert_eq!(reasons(&target), expected);
    let refused = user.run(["copy", "variables.json", &target, "--yes"]).code(4);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    for word in ["var:large", "tier=advanced", "var:template", "refers to another parameter"] {
        assert!(said.contains(word), "{word}: {refused}");
    }
    assert_eq!(aws.calls().writes(), [""; 0], "one refused entry refuses all");

    let advanced = format!("{target}&tier=advanced");
    assert_eq!(reasons(&advanced)[1], row("large", None));
    let these = ["--include", "var:fine", "--include", "var:large"];
    user.run([&["copy", "variables.json", &advanced, "--yes"][..], &these].concat()).code(0);
    let written = aws.parameter_versions().into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
    assert_eq!(written, ["variables/fine", "variables/large"]);
}

#[test]
fn description_to_parameters_is_copied() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    let described = example("files/described.yaml");
    let report = user.run(["copy", &described, &aws.parameters(), "--yes", "-o", "json"]).code(0).json();
    assert_eq!(report["entries"][0]["losses"], json!([]));
    let shown = user.run(["show", &aws.parameters(), "conn:reporting_db", "-o", "json"]).code(0).json();
    assert_eq!(shown["entries"][0]["fields"]["description"], "Read-only replica for the reporting team");
}

#[test]
fn unencrypted_parameters_are_read_and_never_replaced() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    let name = format!("/{}/variables/plain", aws.prefix);
    aws.call_parameters("PutParameter", json!({ "Name": name, "Value": "before", "Type": "String" }));
    let value = || {
        let shown =
            user.run(["show", &aws.parameters(), "var:plain", "--reveal", "-o", "json"]).code(0).json();
        shown["entries"][0]["value"].clone()
    };
    assert_eq!(value(), "before");
    user.write("variables.json", r#"{"plain": "after", "secret": "s"}"#);
    let copy = ["copy", "variables.json", &aws.parameters(), "--on-conflict", "overwrite", "--yes"];
    let failed = user.run(copy).code(1);
    let said = format!("{}{}", failed.stdout, failed.stderr);
    for word in ["var:plain", "not encrypted", "delete the parameter"] {
        assert!(said.contains(word), "{word}: {failed}");
    }
    assert_eq!(value(), "before");
    let kinds = aws.parameter_versions().into_iter().map(|(_, kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds, ["String", "SecureString"], "the other entry was written");
}
