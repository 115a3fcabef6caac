//! What exactly will be written, where, by whom, and with which settings: plans, questions and documents say it.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, VaultMount};
use serde_json::{Value, json};

/// Two accounts with roles, as `@old` and `@new`.
struct Accounts {
    user: Airbridge,
    old: String,
    new: String,
    address: String,
}

fn accounts() -> Accounts {
    let ((reader, old), (writer, new)) =
        (AwsUser::in_account_as("reader"), AwsUser::in_account_as("migrator"));
    let put = |user: &AwsUser, name: &str, value: Value| user.put(name, &value.to_string());
    let connection = |host: &str, port: u16, role: &str| {
        json!({"conn_type": "postgres", "host": host, "port": port, "login": "canary", "password": "canary",
            "extra": json!({"role": role, "region": "x"}).to_string()})
    };
    put(&reader, "connections/same", json!({"conn_type": "http"}));
    put(&writer, "connections/same", json!({"conn_type": "http"}));
    put(&reader, "connections/db", connection("new.test", 5433, "canary-new"));
    put(&writer, "connections/db", connection("old.test", 5432, "canary-old"));
    reader.put("variables/a", "canary");
    writer.put("variables/mine", "canary");
    let address = reader.address.clone();
    let user =
        Airbridge::new().with_all(reader.variables_with("OLD_")).with_all(writer.variables_with("NEW_"));
    user.write(
        "endpoints.toml",
        r#"
        [endpoints.old]
        backend = "aws:us-east-1"
        env_prefix = "OLD_"
        [endpoints.new]
        backend = "aws:us-east-1"
        env_prefix = "NEW_"
        kms_key_id = "alias/airflow"
        tags = { owner = "data" }
        "#,
    );
    Accounts { user, old, new, address }
}

const COPY: [&str; 7] = ["copy", "@old", "@new", "--config", "endpoints.toml", "--on-conflict", "overwrite"];

#[test]
fn screen_says_what_is_written_where_by_whom_and_with_which_settings() {
    let Accounts { user, old, new, address } = accounts();
    let run = user.run_at_terminal(&COPY, "n\n").code(4);
    let header = [
        format!(
            "from @old = aws:us-east-1 (account {old}, {address}), as role/reader; set by endpoints.toml, [endpoints.old]"
        ),
        format!(
            "to   @new = aws:us-east-1 (account {new}, {address}), as role/migrator; set by endpoints.toml, [endpoints.new]"
        ),
        "changes host old.test → new.test, port 5432 → 5433, extra (role)".to_owned(),
        "1 to create, 1 to replace, 1 unchanged".to_owned(),
    ];
    let (_, question) = run.stdout.split_once("1 to create, 1 to replace").expect("the counts");
    assert_eq!(question.matches("\nEstimate: ").count(), 2, "in the plan and in the question: {run}");
    for text in header {
        assert!(run.stdout.contains(&text), "{text}\n{run}");
    }
    // The question says it again: it is all that some people read.
    for text in [
        &format!(
            "Write to @new = aws:us-east-1 (account {new}, {address}), as role/migrator; set by endpoints.toml, [endpoints.new]: create 1, replace 1? [y/N]"
        ),
        "New secrets get: kms_key_id alias/airflow; tags owner=data; replica_regions none (default).",
        "Replaced secrets get: kms_key_id alias/airflow.",
        "Only the target has 1 more entry; it stays as it is.",
        // A create, a look at the key and a put, and one batch read back.
        "Estimate: 4 requests to AWS Secrets Manager, about 1 s; $0.40 more a month for 1 new secret.",
    ] {
        assert!(question.contains(text), "{text}\n{run}");
    }
    assert!(!run.stdout.contains("canary"), "{run}");
}

#[test]
fn documents_have_place_actor_changes_and_settings_of_new_secrets() {
    let Accounts { user, old, new, .. } = accounts();
    let plan = user.run([&COPY[..], &["--dry-run", "-o", "json"]].concat()).code(0);
    assert!(!plan.stdout.contains("canary"), "{plan}");
    let report = user.run([&COPY[..], &["--yes", "-o", "json"]].concat()).code(0);
    for document in [plan.json(), report.json()] {
        let sides = &document["endpoints"];
        assert_eq!(sides[0]["actor"], "role/reader", "{sides}");
        assert_eq!(sides[1]["actor"], "role/migrator", "{sides}");
        assert_eq!(sides[1]["configured_by"], "endpoints.toml, [endpoints.new]", "{sides}");
        for (side, account) in [(0, &old), (1, &new)] {
            let place = sides[side]["place"].as_str().expect("a place");
            assert!(place.contains(&format!("account {account}")), "{place}");
        }
        assert_eq!(document["summary"]["only_in_target"], 1, "{document}");
        let settings = json!([
            {"name": "kms_key_id", "value": "alias/airflow"},
            {"name": "tags", "value": "owner=data"},
            {"name": "replica_regions", "value": null},
        ]);
        assert_eq!(document["new_secrets"], settings);
        let entries = document["entries"].as_array().expect("entries");
        let replaced = entries.iter().find(|entry| entry["id"] == "db").expect("the connection");
        let change = |field, before, after| json!({"field": field, "before": before, "after": after});
        let changes = json!([change("host", "old.test", "new.test"), change("port", "5432", "5433")]);
        assert_eq!(replaced["changes"], changes);
        assert_eq!(replaced["extra_keys"], json!(["role"]));
        assert_eq!(replaced["fields"], json!(["host", "port", "extra"]));
    }
    // Now they are equal.
    let diff = user.run(["diff", "@old", "@new", "--config", "endpoints.toml", "-o", "json"]).code(3).json();
    assert_eq!(diff["endpoints"][0]["actor"], "role/reader");
    assert_eq!(diff["summary"]["only-in-b"], 1);
}

#[test]
fn list_show_and_diff_name_place_and_actor() {
    let Accounts { user, old, new, address } = accounts();
    let side = |name: &str, account: &str, role: &str| {
        format!(
            "@{name} = aws:us-east-1 (account {account}, {address}), as role/{role}; set by endpoints.toml, [endpoints.{name}]"
        )
    };
    let (old, new) = (side("old", &old, "reader"), side("new", &new, "migrator"));
    let config = ["--config", "endpoints.toml"];
    let list = user.run([&["list", "@old"], &config[..]].concat()).code(0);
    assert!(list.stdout.starts_with(&format!("{old}\n")), "{list}");
    let show = user.run([&["show", "@old", "conn:db"], &config[..]].concat()).code(0);
    assert!(show.stdout.starts_with(&format!("conn:db at {old}\n")), "{show}");
    let diff = user.run([&["diff", "@old", "@new"], &config[..]].concat()).code(3);
    assert!(diff.stdout.starts_with(&format!("first  {old}\nsecond {new}\n")), "{diff}");
    assert!(diff.stdout.contains("host, port, extra (role)"), "{diff}");
    assert!(!diff.stdout.contains("old.test"), "{diff}");
}

#[test]
fn password_in_a_host_is_masked_in_the_plan() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let write = |host: &str| {
        let connection = json!({"c": {"conn_type": "http", "host": host, "schema": "https"}});
        user.write("connections.json", connection.to_string());
    };
    write("https://user:canary@old.test/\u{1b}[2J");
    user.run(["copy", "connections.json", &vault.endpoint(), "--yes"]).code(0);
    write("user:canary@new.test");
    let plan = ["plan", "connections.json", &vault.endpoint(), "--on-conflict", "overwrite"];
    let shown = user.run(plan).code(0);
    assert!(shown.stdout.contains("host https://***@old.test/\\u{1b}[2J → ***@new.test"), "{shown}");
    let json = user.run([&plan[..], &["-o", "json"]].concat()).code(0);
    assert!(!format!("{shown}{json}").contains("canary"), "{shown}{json}");
    // The token's name and policies; no settings, because no secret is new.
    assert!(shown.stdout.contains(", as token (policies root)"), "{shown}");
    assert!(!shown.stdout.contains("secrets get"), "{shown}");
}

#[test]
fn question_names_losses_and_flags_to_check() {
    let user = Airbridge::new().with("AIRFLOW_VAR_REGION", "eu").with("AIRFLOW_VAR_ZONE", "a");
    let run = user.run_at_terminal(&["copy", "env:", "new/", "--only", "variables"], "y\n").code(0);
    let check = "Check first: 2 case-from-env.\nWrite to new/: create 2? [y/N]";
    assert!(run.stdout.contains(check), "{run}");
    assert!(run.stdout.contains("2 created (2 verified)"), "{run}");

    let described = r#"{"a": {"conn_type": "http", "description": "What for?"}}"#;
    user.write("connections.json", described);
    let run = user
        .run_at_terminal(&["copy", "connections.json", "file:new.env?format=connections-env"], "n\n")
        .code(4);
    for part in [
        "\nLosing description (the target cannot hold descriptions, or the source does not show them)",
        "\nWrite to file:new.env: create 1? [y/N]",
    ] {
        assert!(run.stdout.contains(part), "{run}");
    }
}

#[test]
fn entries_that_only_the_target_has_are_counted_under_their_final_names() {
    let user = Airbridge::new();
    user.write("from/variables.json", r#"{"prod_a": "1", "b": "2"}"#);
    user.write("to/variables.json", r#"{"a": "1", "prod_a": "x", "b": "2", "c": "3"}"#);
    user.write("rules.toml", "[[rule]]\nmatch = \"var:prod_*\"\nrename = \"{1}\"\n");
    let only = |options: &[&str]| {
        let plan = [&["plan", "from/", "to/", "-o", "json", "--on-conflict", "skip"], options].concat();
        user.run(plan).code(0).json()["summary"]["only_in_target"].clone()
    };
    // `a` and `c`.
    assert_eq!(only(&[]), 2);
    // `prod_a` is copied as `a`, so only the target has a `prod_a`.
    assert_eq!(only(&["--rules", "rules.toml"]), 2);
    // An excluded entry that both have is not one that only the target has.
    assert_eq!(only(&["--exclude", "var:b"]), 2);
    // Only selected entries count.
    assert_eq!(only(&["--include", "var:prod_*"]), 0);
    assert_eq!(only(&["--include", "var:*"]), 2);
}
