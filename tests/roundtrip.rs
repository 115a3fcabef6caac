//! Entries that are copied from store to store are read back unchanged, and a second copy has nothing to do.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, VaultMount, all_samples, example, rows, server};

/// Copies, and checks that every entry of the report has this outcome.
fn copy(user: &Airbridge, from: &str, to: &str, outcome: &str) -> usize {
    let report = user.run(["copy", from, to, "--yes", "-o", "json"]).code(0).json();
    assert_eq!(report["schema"], "airbridge.report/1");
    let outcomes = rows(&report, "outcome");
    assert!(outcomes.iter().all(|(_, found)| found == outcome), "{from} to {to}: {outcomes:?}");
    outcomes.len()
}

/// Checks that both sides mean the same, entry by entry.
fn same(user: &Airbridge, a: &str, b: &str, entries: usize) {
    let diff = user.run(["diff", a, b, "-o", "json"]).code(0).json();
    assert_eq!(diff["summary"]["compared"], entries, "{diff}");
    assert!(rows(&diff, "difference").iter().all(|(_, word)| word == "spelling"), "{diff}");
}

#[test]
fn sample_copied_through_aws_and_vault_is_read_back_unchanged() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables());
    let sample = example("files/airflow/connections.yaml");
    let places = [sample.clone(), aws.endpoint(), vault.endpoint(), "file:connections.yaml".to_owned()];
    for hop in places.windows(2) {
        assert_eq!(copy(&user, &hop[0], &hop[1], "verified"), 6);
        same(&user, &hop[0], &hop[1], 6);
    }
    same(&user, &sample, "file:connections.yaml", 6);
    let human = user.run(["diff", &sample, "file:connections.yaml"]).code(0);
    assert!(!human.stdout.is_empty(), "a person is told that nothing differs");

    let (asked_aws, asked_vault, file) = (aws.calls(), vault.calls(), user.read("connections.yaml"));
    let written = std::fs::metadata(user.home().join("connections.yaml")).unwrap().modified().unwrap();
    for hop in places.windows(2) {
        let plan = user.run(["plan", &hop[0], &hop[1], "--fail-on-change", "-o", "json"]).code(0).json();
        assert_eq!(plan["summary"]["keep"], 6, "{plan}");
        assert_eq!(copy(&user, &hop[0], &hop[1], "unchanged"), 6);
    }
    assert_eq!(aws.calls().since(&asked_aws).writes(), [""; 0]);
    assert_eq!(vault.calls().since(&asked_vault).writes(), [""; 0]);
    assert!(aws.calls().since(&asked_aws).count("ListSecrets") > 0, "the second copies were counted");
    assert!(vault.calls().since(&asked_vault).iter().count() > 0, "the second copies were counted");
    assert_eq!(user.read("connections.yaml"), file);
    let still = std::fs::metadata(user.home().join("connections.yaml")).unwrap().modified().unwrap();
    assert_eq!(still, written, "the file was not written again");
    assert!(aws.versions().iter().all(|(_, versions)| *versions == 1), "{:?}", aws.versions());
}

#[test]
fn entries_of_all_kinds_are_copied_through_both_kv_versions() {
    let aws = AwsUser::counted();
    let engines = [VaultMount::counted(1), VaultMount::counted(2)];
    let user = Airbridge::new().with_all(aws.variables()).with_all(engines[0].variables());
    let sample = all_samples(&user);
    let mut places = vec![sample.to_owned()];
    places.extend(engines.iter().map(VaultMount::endpoint));
    places.extend([aws.endpoint(), "file:back/".to_owned()]);
    for hop in places.windows(2) {
        assert_eq!(copy(&user, &hop[0], &hop[1], "verified"), 12);
        assert_eq!(copy(&user, &hop[0], &hop[1], "unchanged"), 12);
    }
    for place in &places[1..] {
        same(&user, sample, place, 12);
    }
    assert_eq!(engines[0].names("config/"), ["smtp_password", "sql_alchemy_conn"]);
    assert_eq!(aws.versions().len(), 12);
    for name in ["connections.json", "variables.json", "config.json"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(user.home().join("back").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn copies_on_other_servers_have_the_same_result() {
    let aws = AwsUser::new(&server("AIRBRIDGE_TEST_MINISTACK"));
    let vault = VaultMount::new(&server("AIRBRIDGE_TEST_OPENBAO_OLD"), 2);
    let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables());
    let sample = all_samples(&user);
    for hop in
        [[sample, &aws.endpoint()], [&aws.endpoint(), &vault.endpoint()], [&vault.endpoint(), "file:back/"]]
    {
        assert_eq!(copy(&user, hop[0], hop[1], "verified"), 12);
        assert_eq!(copy(&user, hop[0], hop[1], "unchanged"), 12);
    }
    same(&user, sample, "file:back/", 12);
}

#[test]
fn every_file_format_copies_what_it_can_hold() {
    let user = Airbridge::new();
    let connections = example("files/airflow/connections.yaml");
    let variables = example("files/airflow/variables.json");
    let config = example("files/airflow/config.json");
    let targets = [
        (&connections, "connections.json", 6),
        (&connections, "connections.yml", 6),
        (&connections, "c.txt?format=connections-json", 6),
        (&connections, "c.env?format=dotenv", 6),
        (&connections, "c/airflow_settings.yaml", 6),
        (&variables, "variables.json", 4),
        (&variables, "variables.yaml", 4),
        (&variables, "v/airflow_settings.yaml", 4),
        (&config, "config.json", 2),
        (&config, "config.yaml", 2),
        (&config, "config.env", 2),
    ];
    for (folder, _) in [("c", 0), ("v", 0)] {
        std::fs::create_dir(user.home().join(folder)).unwrap();
    }
    for (source, target, entries) in targets {
        let target = format!("file:{target}");
        assert_eq!(copy(&user, source, &target, "verified"), entries, "{target}");
        same(&user, source, &target, entries);
        assert_eq!(copy(&user, source, &target, "unchanged"), entries, "{target}");
    }
}

#[test]
fn target_file_keeps_its_other_content() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    aws.put("connections/mine", "http://kept.example.test");
    aws.put("other/secret", "foreign");
    copy(&user, &example("files/airflow/variables.json"), &aws.endpoint(), "verified");
    assert_eq!(aws.text("connections/mine"), "http://kept.example.test");
    assert_eq!(aws.text("other/secret"), "foreign");
    assert_eq!(aws.versions().len(), 6);

    user.write("variables.json", r#"{"kept": "as it is", "environment": "staging"}"#);
    let report = user
        .run(["copy", &aws.endpoint(), "file:variables.json", "--only", "variables", "--yes", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(report["summary"]["create"], 3, "{report}");
    assert_eq!(report["summary"]["keep"], 1, "{report}");
    let file: serde_json::Value = serde_json::from_str(&user.read("variables.json")).unwrap();
    assert_eq!(file["kept"], "as it is");
    assert_eq!(file.as_object().unwrap().len(), 5);
}

#[test]
fn export_and_import_copy_to_and_from_a_file() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables());
    let sample = all_samples(&user);
    user.run(["import", "all", &aws.endpoint(), "--yes"]).code(0);
    same(&user, sample, &aws.endpoint(), 12);

    // The format implies which kind is exported; the others are counted, not refused.
    let export = user.run(["export", &aws.endpoint(), "connections.json"]).code(0);
    same(&user, &example("files/airflow/connections.yaml"), "connections.json", 6);
    assert!(export.stdout.contains('6') || export.stderr.contains('6'), "{export}");

    let before = user.read("connections.json");
    let again = user.run(["export", &aws.endpoint(), "connections.json", "--include", "conn:http*"]);
    assert_ne!(again.code, 0, "{again}");
    assert!(again.stderr.contains("--overwrite"), "{again}");
    assert_eq!(user.read("connections.json"), before);

    // With `--overwrite`, the file holds exactly the selection.
    let narrow =
        ["export", &aws.endpoint(), "connections.json", "--include", "conn:http*", "--overwrite", "--yes"];
    user.run(narrow).code(0);
    let file: serde_json::Value = serde_json::from_str(&user.read("connections.json")).unwrap();
    assert_eq!(file.as_object().unwrap().keys().collect::<Vec<_>>(), ["http_api"]);

    user.run(["import", "connections.json", &vault.endpoint(), "--yes"]).code(0);
    assert_eq!(vault.names("connections/"), ["http_api"]);
}

#[test]
fn standard_input_and_output_work_as_endpoints() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let input = r#"{"piped": {"conn_type": "http", "host": "h.example.test", "password": "p"}}"#;
    let run = user.run_with(["copy", "-?format=connections-json", &vault.endpoint(), "--yes"], input).code(0);
    assert!(!run.stdout.contains("\"p\""), "{run}");
    assert_eq!(vault.fields("connections/piped")["host"], "h.example.test");

    // As a target, `-` moves plan and report to standard error.
    let run = user.run(["copy", &vault.endpoint(), "-?format=connections-json", "--yes"]).code(0);
    let file: serde_json::Value = serde_json::from_str(&run.stdout).expect("the file alone");
    assert_eq!(file["piped"]["password"], "p");
    let run = user.run(["copy", &vault.endpoint(), "-?format=dotenv", "--yes", "-o", "json"]).code(0);
    assert!(run.stdout.starts_with("AIRFLOW_CONN_PIPED="), "{run}");
    assert!(run.stderr.contains("airbridge.report/1"), "{run}");

    let run = user.run_with(["copy", "-?format=connections-json", &vault.endpoint()], input).code(2);
    assert!(run.stderr.contains("--yes"), "{run}");
    let run = user.run_with(["copy", "-", &vault.endpoint(), "--yes"], input).code(2);
    assert!(run.stderr.contains("format"), "{run}");
}
