//! Rules: entries are renamed, changed and excluded; the plan shows it before anything is written, without values.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, Run, VaultMount, repository, rows};
use serde_json::{Value, json};

const RULES: &str = r#"
[[rule]]
match = ["var:tmp_*", "conn:*_old"]
exclude = true

[[rule]]
match = "conn:prod_*"
rename = "conn:dev_{1}"
set.host = "db.dev.example.test"
set.port = "5433"
set.password = { env = "DEV_DB_PASSWORD" }
set."extra.region" = "eu-west-1"
set.extra.token = { file = "secrets/token" }
unset = ["extra.iam_role", "extra.absent", "schema"]

[[rule]]
match = "var:environment"
set.value = { env = "DEV_ENVIRONMENT" }
"#;

const PASSWORD: &str = "c4n4ry-rule-password-5e2d";
const TOKEN: &str = "c4n4ry-rule-token-91ab";
const VALUE: &str = "c4n4ry-rule-value-07ff";

/// A user of both places, with the rules file and the secrets that it names.
fn user(aws: &AwsUser, vault: &VaultMount) -> Airbridge {
    let user = Airbridge::new()
        .with_all(aws.variables())
        .with_all(vault.variables())
        .with("DEV_DB_PASSWORD", PASSWORD)
        .with("DEV_ENVIRONMENT", VALUE);
    user.write("ops/rules.toml", RULES);
    user.write("ops/secrets/token", format!("{TOKEN}\n"));
    let connection = json!({
        "conn_type": "postgres", "host": "db.prod", "login": "u", "password": "c4n4ry-old-password-77",
        "schema": "s", "port": 5432, "extra": r#"{"iam_role":"r", "n":1.50,"region":"us-east-1"}"#,
    });
    aws.put("connections/prod_db", &connection.to_string());
    aws.put("connections/prod_db_old", &connection.to_string());
    aws.put("connections/api", "https://u:p@Host.example.test/?a=1");
    aws.put("variables/environment", "production");
    aws.put("variables/tmp_x", "x");
    user
}

fn row<'a>(document: &'a Value, id: &str) -> &'a Value {
    let rows = document["entries"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no {id} in {document:#}"))
}

/// Checks that a run printed no secret of these tests.
fn silent(run: &Run) {
    assert!(!run.stdout.contains("c4n4ry") && !run.stderr.contains("c4n4ry"), "{run}");
}

#[test]
fn copy_with_rules_is_planned_written_verified_and_repeatable() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = user(&aws, &vault);
    let (from, to) = (aws.endpoint(), vault.endpoint());
    let with_rules = |command: &str, more: &[&str]| {
        let run = user.run([&[command, &from, &to, "--rules", "ops/rules.toml"], more].concat());
        silent(&run);
        run
    };
    let plan = with_rules("plan", &["-o", "json"]).code(0).json();
    let actions: Vec<_> =
        rows(&plan, "action").into_iter().map(|(id, action)| format!("{id} {action}")).collect();
    let expected = [
        r#"connection:api "create""#,
        r#"connection:dev_db "create""#,
        r#"connection:prod_db_old "skip""#,
        r#"variable:environment "create""#,
        r#"variable:tmp_x "skip""#,
    ];
    assert_eq!(actions, expected, "{plan:#}");
    let ruled = row(&plan, "dev_db");
    assert_eq!(ruled["renamed_from"], "conn:prod_db");
    assert_eq!(ruled["rule"], 2);
    assert_eq!(ruled["set"], json!(["extra.region", "extra.token", "host", "password", "port"]));
    assert_eq!(ruled["unset"], json!(["extra.iam_role", "schema"]), "an absent key is nothing");
    assert_eq!(ruled["target_name"], "connections/dev_db");
    assert_eq!(ruled["source_name"], aws.name("connections/prod_db"));
    assert_eq!(ruled["carried"], "re-encoded");
    let skipped = row(&plan, "tmp_x");
    assert_eq!((&skipped["reason"], &skipped["rule"]), (&json!("excluded"), &json!(1)));
    let untouched = row(&plan, "api");
    assert_eq!((&untouched["rule"], &untouched["renamed_from"]), (&Value::Null, &Value::Null));
    assert_eq!((&untouched["set"], &untouched["unset"]), (&json!([]), &json!([])));
    let human = with_rules("plan", &[]).code(0);
    for words in [
        "rule 2: renamed from conn:prod_db, sets host, password, port",
        "removes schema",
        "excluded · rule 1",
    ] {
        assert!(human.stdout.contains(words), "{words}: {human}");
    }
    assert!(human.stderr.contains("in plain text (extra.region)"), "{human}");

    let report =
        with_rules("copy", &["--yes", "-o", "json", "-vvv", "--report", "report.json"]).code(0).json();
    assert_eq!(row(&report, "dev_db")["outcome"], "verified");
    assert!(!user.read("report.json").contains("c4n4ry"));
    assert_eq!(vault.names("connections/"), ["api", "dev_db"]);
    let written = vault.fields("connections/dev_db");
    let expected = json!({
        "conn_type": "postgres", "host": "db.dev.example.test", "login": "u", "password": PASSWORD, "port": 5433,
        "extra": format!(r#"{{"n": 1.5, "region": "eu-west-1", "token": "{TOKEN}"}}"#),
    });
    assert_eq!(written, expected);
    assert_eq!(vault.fields("variables/environment")["value"], VALUE);
    let asked = vault.calls();
    let second = with_rules("copy", &["--yes", "-o", "json"]).code(0).json();
    assert_eq!(
        (&second["summary"]["keep"], &second["summary"]["skip"]),
        (&json!(3), &json!(2)),
        "{second:#}"
    );
    assert_eq!(vault.calls().since(&asked).writes(), [""; 0]);
    with_rules("diff", &[]).code(0);
    with_rules("diff", &["-o", "json", "-vvv"]).code(0);
    // Without the rules they differ.
    user.run(["diff", &from, &to]).code(3);
}

#[test]
fn excluded_entry_is_not_read() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = user(&aws, &vault);
    user.write("all.toml", "[[rule]]\nmatch = \"*\"\nexclude = true\n");
    let plan = user.run(["plan", &aws.endpoint(), &vault.endpoint(), "--rules", "all.toml", "-o", "json"]);
    assert_eq!(plan.code(0).json()["summary"]["skip"], 5);
    assert_eq!(aws.calls().count("BatchGetSecretValue") + aws.calls().count("GetSecretValue"), 0);
}

#[test]
fn export_and_import_apply_rules() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = user(&aws, &vault);
    let from = aws.endpoint();
    let export =
        user.run(["export", &from, "connections.json", "--rules", "ops/rules.toml", "--yes"]).code(0);
    silent(&export);
    let written: Value = serde_json::from_str(&user.read("connections.json")).unwrap();
    let ids: Vec<_> = written.as_object().unwrap().keys().cloned().collect();
    assert_eq!(ids, ["api", "dev_db"]);
    assert_eq!(written["dev_db"]["password"], PASSWORD);
    user.write("back.toml", "[[rule]]\nmatch = \"conn:dev_*\"\nrename = \"team/{1}\"\nunset = [\"extra\"]\n");
    user.run(["import", "connections.json", &vault.endpoint(), "--rules", "back.toml", "--yes"]).code(0);
    assert_eq!(vault.fields("connections/team/db")["extra"], Value::Null);
}

#[test]
fn collision_or_inapplicable_rule_refuses_the_plan() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = user(&aws, &vault);
    let copy = |rules: &str| {
        user.write("rules.toml", rules);
        let arguments =
            ["copy", &aws.endpoint(), &vault.endpoint(), "--rules", "rules.toml", "--yes", "-o", "json"];
        user.run(arguments).code(4)
    };
    let run = copy("[[rule]]\nmatch = \"conn:prod_*\"\nrename = \"conn:api\"\n");
    let reasons: Vec<_> = rows(&run.json(), "reason").into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons[..3], ["collision", "collision", "collision"], "{run}");
    // The hint names entries by their ids at the source.
    assert!(run.stderr.contains("--exclude 'conn:prod_db'"), "{run}");

    let run = copy("[[rule]]\nmatch = \"*\"\nset.password = \"c4n4ry\"\n");
    silent(&run);
    let document = run.json();
    assert_eq!(row(&document, "environment")["reason"], "rule-unfit", "{run}");
    assert_eq!(row(&document, "api")["action"], "create", "{run}");
    assert_eq!(vault.calls().writes(), [""; 0]);
}

#[test]
fn copy_within_one_place_adds_names_and_overwrites_nothing() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = user(&aws, &vault);
    let here = aws.endpoint();
    let renames = "[[rule]]\nmatch = \"conn:prod_db\"\nrename = \"conn:dev_db\"\n";
    user.write("rules.toml", renames);
    let copy =
        ["copy", &here, &here, "--rules", "rules.toml", "--yes", "--on-conflict", "overwrite", "-o", "json"];
    let report = user.run(copy).code(0).json();
    assert_eq!(report["summary"]["create"], 1, "{report:#}");
    assert_eq!(aws.text("connections/dev_db"), aws.text("connections/prod_db"), "byte for byte");
    let again = user.run(copy).code(0).json();
    assert_eq!(again["summary"]["keep"], 6, "{again:#}");
    user.write(
        "rules.toml",
        format!("[[rule]]\nmatch = \"conn:dev_db\"\nexclude = true\n{renames}set.host = \"x\"\n"),
    );
    let refused = user.run(copy).code(4).json();
    assert!(rows(&refused, "reason").iter().any(|(_, reason)| reason == "source-entry"), "{refused:#}");
    assert_eq!(
        aws.versions().iter().map(|(_, versions)| versions).max(),
        Some(&1),
        "nothing was written over"
    );
}

#[test]
fn rule_without_matches_is_a_warning() {
    let user = Airbridge::new().with("AIRFLOW_CONN_A", "http://h");
    user.write(
        "rules.toml",
        "[[rule]]\nmatch = \"conn:a\"\n\n[[rule]]\nmatch = [\"conn:*\", \"var:b\"]\nunset = []\n",
    );
    let run = user.run(["plan", "env:", "file:out/", "--rules", "rules.toml"]).code(0);
    assert!(
        run.stderr.contains("rule 2 (conn:*, var:b) matches no entry that the rules before it left"),
        "{run}"
    );
    assert!(!run.stderr.contains("rule 1"), "{run}");
}

#[test]
fn rule_that_names_an_id_resolves_an_ambiguous_name() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    aws.put("connections/variables/both", "http://h");
    let (top, nested) = (aws.name("connections"), aws.name("connections/variables"));
    let endpoint =
        format!("aws:us-east-1?connections_prefix={top}&variables_prefix={nested}&config_prefix:=null");
    let plan = |code| {
        user.run(["plan", &endpoint, "file:out/", "--rules", "rules.toml", "-o", "json"]).code(code).json()
    };
    user.write("rules.toml", "[[rule]]\nmatch = \"var:bo*\"\n");
    assert_eq!(rows(&plan(4), "reason")[0].1, "ambiguous");
    user.write("rules.toml", "[[rule]]\nmatch = \"var:both\"\n");
    assert_eq!(rows(&plan(0), "action"), [("variable:both".to_owned(), json!("create"))]);
}

#[test]
fn invalid_rules_are_rejected_before_anything_is_read() {
    let user = Airbridge::new();
    for (rules, line) in [
        (
            "[[rule]]\nmatch = 'conn:a'\nset.password = { env = 'NOWHERE' }\n",
            "rules.toml, line 3: `password`",
        ),
        ("[[rule]]\nmatch = 'conn:*'\nrename = 'conn:{2}'\n", "rules.toml, line 3: `rename` has {2}"),
        ("[[rule]]\nmatch = 'conn:*'\nset.pasword = 'c4n4ry'\n", "rules.toml, line 3: unknown key `pasword`"),
    ] {
        user.write("rules.toml", rules);
        for command in ["plan", "copy", "import", "export", "diff"] {
            let yes: &[&str] = if matches!(command, "plan" | "diff") { &[] } else { &["--yes"] };
            // The source does not exist: the rules are rejected before it is read.
            let run = user.run(
                [
                    &[command, "absent.json?format=variables-json", "variables.json"],
                    yes,
                    &["--rules", "rules.toml"],
                ]
                .concat(),
            );
            let run = run.code(2);
            assert!(run.stderr.contains(line), "{command}: {run}");
            silent(&run);
        }
    }
    let run = user.run(["plan", "env:", "file:out/", "--rules", "absent.toml"]).code(2);
    assert!(run.stderr.contains("absent.toml cannot be read: it does not exist"), "{run}");
}

#[test]
fn seed_example_runs_as_documented() {
    let program = Airbridge::new().command::<&str>([]).get_program().to_owned();
    let target =
        std::path::Path::new(&program).parent().and_then(std::path::Path::parent).unwrap().to_owned();
    let output = std::process::Command::new("bash")
        .arg(repository("examples/seed/run"))
        .env("CARGO_TARGET_DIR", target)
        .env_remove("AIRBRIDGE_CACHE")
        .output()
        .unwrap();
    let run = Run::from(output).code(0);
    for words in [
        "rule 2: renamed from conn:prod_warehouse, sets host, password, removes description, extra.iam_role",
        "rule 3: renamed from conn:prod_lake, sets extra.role_arn",
        "rule 4: sets value",
        "excluded · rule 1",
        "5 created, 2 skipped (5 verified)",
        "development",
        "Nothing to do",
        "No differences",
    ] {
        assert!(run.stdout.contains(words), "{words}: {run}");
    }
    assert!(!run.stdout.contains("made-up"), "{run}");
}
