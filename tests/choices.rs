//! Options of a copy: which entries, what to do with conflicts and losses, and the form of values.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, VaultMount, all_samples, example, rows};
use serde_json::{Value, json};

fn at(aws: &AwsUser) -> Airbridge {
    Airbridge::new().with_all(aws.variables())
}

/// The entries of a document, as `kind:id`.
fn ids(document: &Value) -> Vec<String> {
    rows(document, "id").into_iter().map(|(entry, _)| entry).collect()
}

#[test]
fn description_to_aws_is_refused_unless_the_loss_is_allowed() {
    let aws = AwsUser::counted();
    let user = at(&aws);
    let (described, target) = (example("files/described.yaml"), aws.endpoint());
    for command in [vec!["plan", &described, &target], vec!["copy", &described, &target, "--yes"]] {
        let plan = user.run([&command[..], &["-o", "json"]].concat()).code(4).json();
        let row = &plan["entries"][0];
        assert_eq!((&row["action"], &row["reason"]), (&json!("refuse"), &json!("loss")), "{plan}");
        assert_eq!(row["losses"], json!(["description"]));
        let human = user.run(command).code(4);
        let said = format!("{}{}", human.stdout, human.stderr);
        assert!(said.contains("--allow-loss description"), "{human}");
        assert!(said.contains("conn:reporting_db"), "{human}");
    }
    assert_eq!(aws.calls().writes(), [""; 0]);

    user.run(["copy", &described, &target, "--allow-loss", "description", "--yes"]).code(0);
    let shown = user.run(["show", &target, "conn:reporting_db", "--reveal", "-o", "json"]).code(0).json();
    let fields = &shown["entries"][0]["fields"];
    assert_eq!((&fields["description"], &fields["schema"]), (&Value::Null, &json!("reports")));
    let plan =
        user.run(["plan", &described, &target, "--allow-loss", "description", "-o", "json"]).code(0).json();
    assert_eq!(plan["summary"]["keep"], 1, "{plan}");
}

#[test]
fn description_to_vault_is_copied() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let described = example("files/described.yaml");
    let report = user.run(["copy", &described, &vault.endpoint(), "--yes", "-o", "json"]).code(0).json();
    assert_eq!(report["entries"][0]["losses"], json!([]));
    let shown = user.run(["show", &vault.endpoint(), "conn:reporting_db", "-o", "json"]).code(0).json();
    let fields = &shown["entries"][0]["fields"];
    assert_eq!(fields["description"], "Read-only replica for the reporting team");
    assert_eq!(fields["password"], "***");
    assert_eq!(shown["entries"][0]["masked"], json!(["password"]));
}

#[test]
fn partial_copies_the_other_entries_and_exits_with_5() {
    let aws = AwsUser::counted();
    let user = at(&aws);
    let both = json!({
        "good": { "conn_type": "http", "host": "h" },
        "lossy": { "conn_type": "http", "host": "h", "description": "d" },
    });
    user.write("connections.json", both.to_string());
    let copy = ["copy", "connections.json", &aws.endpoint(), "--yes", "-o", "json"];
    user.run(copy).code(4);
    assert_eq!(aws.calls().writes(), [""; 0], "one refused entry refuses all");

    let report = user.run([&copy[..], &["--partial"]].concat()).code(5).json();
    let outcomes = rows(&report, "outcome");
    assert_eq!(outcomes[0], ("connection:good".to_owned(), json!("verified")));
    assert_eq!(outcomes[1].1, "not-tried");
    assert_eq!(aws.versions(), [("connections/good".to_owned(), 1)]);
    // The second run writes nothing, and still skips an entry.
    user.run([&copy[..], &["--partial"]].concat()).code(5);
    assert_eq!(aws.versions(), [("connections/good".to_owned(), 1)]);
    user.run([&copy[..], &["--exclude", "conn:lossy"]].concat()).code(0);
}

#[test]
fn conflicts_are_refused_skipped_or_overwritten() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = at(&aws).with_all(vault.variables());
    user.write("variables.json", r#"{"new": "n", "same": "s", "other": "source"}"#);
    user.write("before/variables.json", r#"{"same": "s", "other": "target"}"#);
    for target in [aws.endpoint(), vault.endpoint()] {
        user.run(["copy", "before/variables.json", &target, "--yes"]).code(0);
    }
    let (asked_aws, asked_vault) = (aws.calls(), vault.calls());
    let value = |target: &str, key: &str| {
        let shown =
            user.run(["show", target, &format!("var:{key}"), "--reveal", "-o", "json"]).code(0).json();
        shown["entries"][0]["value"].clone()
    };
    for target in [aws.endpoint(), vault.endpoint()] {
        let refused = user.run(["copy", "variables.json", &target, "--yes"]).code(4);
        let said = format!("{}{}", refused.stdout, refused.stderr);
        for word in ["var:other", "--on-conflict"] {
            assert!(said.contains(word), "{word}: {refused}");
        }
        let plan = user.run(["plan", "variables.json", &target, "-o", "json"]).code(4).json();
        let reasons = rows(&plan, "reason");
        assert_eq!(reasons[1], ("variable:other".to_owned(), json!("conflict")), "{plan}");
    }
    assert_eq!(aws.calls().since(&asked_aws).writes(), [""; 0]);
    assert_eq!(vault.calls().since(&asked_vault).writes(), [""; 0]);

    for target in [aws.endpoint(), vault.endpoint()] {
        let skip = ["copy", "variables.json", &target, "--yes", "-o", "json", "--on-conflict", "skip"];
        let report = user.run(skip).code(0).json();
        let actions: Vec<_> = rows(&report, "action").into_iter().map(|(_, action)| action).collect();
        assert_eq!(actions, ["create", "skip", "keep"], "{report}");
        assert_eq!(value(&target, "other"), "target");
        let overwrite =
            ["copy", "variables.json", &target, "--yes", "-o", "json", "--on-conflict", "overwrite"];
        let report = user.run(overwrite).code(0).json();
        let actions: Vec<_> = rows(&report, "action").into_iter().map(|(_, action)| action).collect();
        assert_eq!(actions, ["keep", "replace", "keep"], "{report}");
        assert_eq!(value(&target, "other"), "source");
    }
    assert_eq!(
        aws.versions(),
        [("variables/new".into(), 1), ("variables/other".into(), 2), ("variables/same".into(), 1)]
    );
}

#[test]
fn filters_select_by_kind_and_glob() {
    let user = Airbridge::new();
    let all = all_samples(&user);
    let list = |options: &[&str]| {
        let command = [&["list", all, "-o", "json"], options].concat();
        ids(&user.run(command).code(0).json())
    };
    assert_eq!(list(&[]).len(), 12);
    assert_eq!(list(&["--only", "config"]), ["config:smtp_password", "config:sql_alchemy_conn"]);
    assert_eq!(list(&["--only", "connections,variables"]).len(), 10);
    assert_eq!(
        list(&["--include", "conn:*_default"]),
        ["connection:aws_default", "connection:postgres_default"]
    );
    assert_eq!(list(&["--include", "s*"]).len(), 4, "a bare glob matches every kind");
    assert_eq!(
        list(&["--include", "s*", "--exclude", "config:*"]),
        ["connection:slack_alerts", "connection:ssh_key"]
    );

    let report = user
        .run(["copy", all, "file:some/", "--exclude", "conn:*", "--include", "*_*", "--yes", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(
        ids(&report),
        [
            "variable:alert_emails",
            "variable:report_template",
            "variable:retention_days",
            "config:smtp_password",
            "config:sql_alchemy_conn",
        ]
    );
    assert!(!user.home().join("some/connections.json").exists());
}

#[test]
fn format_of_one_kind_refuses_other_kinds() {
    let user = Airbridge::new();
    let all = all_samples(&user);
    let refused = user.run(["copy", all, "connections.json", "--yes"]).code(4);
    assert!(
        refused.stderr.contains("--only connections") || refused.stdout.contains("--only connections"),
        "{refused}"
    );
    assert!(!user.home().join("connections.json").exists());
    user.run(["copy", all, "connections.json", "--only", "connections", "--yes"]).code(0);
    assert!(user.read("connections.json").contains("postgres_default"));
}

#[test]
fn value_format_selects_the_form_of_connections() {
    let aws = AwsUser::counted();
    let source = "http://u:p%40@h:80/s?x=y";
    let user = at(&aws).with("AIRFLOW_CONN_A", source);
    let copy = |format: &str, code: i32| {
        let to = format!("connections_prefix={}", aws.name(format));
        user.run(["copy", "env:", "aws:us-east-1", "--to", &to, "--value-format", format, "--yes"])
            .code(code);
        to
    };
    for (format, begins) in [("keep", source), ("json", "{\"conn_type\""), ("uri", "http://u:p%40@h:80/s?")] {
        let to = copy(format, 0);
        assert!(
            aws.text(&format!("{format}/a")).starts_with(begins),
            "{format} is written as something else"
        );
        let show = ["show", "aws:us-east-1", "conn:a", "--reveal", "-o", "json", "--from", &to];
        assert_eq!(user.run(show).code(0).json()["entries"][0]["fields"]["password"], "p@");
    }
    // Vault holds named fields; AWS holds one string.
    copy("fields", 4);
}

#[test]
fn absent_and_empty_login_in_a_uri_are_a_loss() {
    let user = Airbridge::new();
    user.write("connections.json", r#"{"a": {"conn_type": "http", "login": "u"}}"#);
    let copy = ["copy", "connections.json", "connections.env", "--yes"];
    let refused = user.run(copy).code(4);
    assert!(refused.stderr.contains("--allow-loss absent-vs-empty"), "{refused}");
    user.run([&copy[..], &["--allow-loss", "absent-vs-empty"]].concat()).code(0);
    assert_eq!(user.read("connections.env"), "a=http://u@\n");
    user.run(["diff", "connections.json", "connections.env"]).code(0);
}

#[test]
fn uri_in_vault_is_kept_until_its_meaning_changes() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables()).with("AIRFLOW_CONN_A", "http://u:p%40@h:80/s");
    let copy = ["copy", "env:", &vault.endpoint(), "--on-conflict", "overwrite", "--yes", "--value-format"];
    user.run([&copy[..], &["uri"]].concat()).code(0);
    assert!(vault.fields("connections/a")["conn_uri"].as_str().unwrap().starts_with("http://u:p%40@h:80/s"));
    // The meaning is the same, so the other form is not written.
    user.run([&copy[..], &["fields"]].concat()).code(0);
    assert!(vault.fields("connections/a")["conn_uri"].is_string());
    let other = [&copy[..], &["fields", "--to", "connections_path=other"]].concat();
    user.run(other).code(0);
    assert_eq!(vault.fields("other/a")["password"], "p@");
}

#[test]
fn team_selects_exactly_its_own_names() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = at(&aws).with_all(vault.variables());
    aws.put("connections/red--db", "http://red");
    aws.put("connections/db", "http://shared");
    aws.put("variables/red--key", "red");
    aws.put("config/option", "shared");

    let list = user.run(["list", &aws.endpoint(), "--team", "red", "-o", "json"]).code(0).json();
    assert_eq!(ids(&list), ["connection:db", "variable:key"], "{list}");
    assert!(rows(&list, "team").iter().all(|(_, team)| team == "red"));
    user.run(["copy", &aws.endpoint(), &vault.endpoint(), "--team", "red", "--yes"]).code(0);
    assert_eq!(vault.names("connections/"), ["red/"]);
    assert_eq!(vault.names("connections/red/"), ["db"]);
    assert_eq!(vault.fields("variables/red/key")["value"], "red");

    // Without a team, an id with `--` is an ordinary id, with a warning.
    let plan = user.run(["plan", &aws.endpoint(), "file:all/", "-o", "json"]).code(0).json();
    assert_eq!(
        ids(&plan),
        ["connection:db", "connection:red--db", "variable:red--key", "config:option"],
        "{plan}"
    );
}

#[test]
fn list_distinguishes_foreign_and_ambiguous_names() {
    let aws = AwsUser::counted();
    let user = at(&aws);
    aws.put("connections/plain", "http://h");
    aws.put("connections/variables/both", "http://h");
    aws.put("elsewhere", "x");
    let (top, nested) = (aws.name("connections"), aws.name("connections/variables"));
    let endpoint =
        format!("aws:us-east-1?connections_prefix={top}&variables_prefix={nested}&config_prefix:=null");
    let list = user.run(["list", &endpoint, "-o", "json"]).code(0).json();
    let status = rows(&list, "status");
    assert!(status.contains(&("connection:plain".to_owned(), json!("ok"))), "{list}");
    let ambiguous = list["entries"].as_array().unwrap().iter().find(|row| row["status"] == "ambiguous");
    let candidates = &ambiguous.unwrap_or_else(|| panic!("{list}"))["candidates"];
    assert_eq!(candidates.as_array().map(Vec::len), Some(2), "{list}");

    let refused = user.run(["plan", &endpoint, "file:out/", "-o", "json"]).code(4).json();
    assert!(rows(&refused, "reason").iter().any(|(_, reason)| reason == "ambiguous"), "{refused}");
    user.write("ids", "conn:plain\nvar:both\n");
    let plan = user.run(["plan", &endpoint, "file:out/", "--ids", "ids", "-o", "json"]).code(0).json();
    assert_eq!(ids(&plan), ["connection:plain", "variable:both"]);
}
