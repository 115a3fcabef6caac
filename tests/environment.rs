//! The environment as a source, and the environment and the configuration file as settings of both sides.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, VaultMount, rows};
use serde_json::json;

#[test]
fn environment_is_copied_with_ids_in_lower_case() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new()
        .with_all(vault.variables())
        .with("AIRFLOW_CONN_SMTP_DEFAULT", "smtp://u:p%40@mail.example.test:25")
        .with("AIRFLOW_VAR_REGION", "eu")
        .with("AIRFLOW_VAR_EMPTY", "")
        .with("AIRFLOW_HOME", "/nowhere");
    let plan = user.run(["plan", "env:", &vault.endpoint(), "-o", "json"]).code(0).json();
    let flags = rows(&plan, "flags");
    let names: Vec<&str> = flags.iter().map(|(entry, _)| entry.as_str()).collect();
    assert_eq!(names, ["connection:smtp_default", "variable:empty", "variable:region"]);
    assert!(
        flags.iter().all(|(_, flags)| flags.as_array().unwrap().contains(&json!("case-from-env"))),
        "{plan}"
    );
    assert_eq!(plan["entries"][0]["source_name"], "AIRFLOW_CONN_SMTP_DEFAULT");

    user.run(["copy", "env:", &vault.endpoint(), "--yes"]).code(0);
    assert_eq!(vault.names("variables/"), ["empty", "region"]);
    assert_eq!(vault.fields("variables/empty")["value"], "");
    let again = user.run(["copy", "env:", &vault.endpoint(), "--yes", "-o", "json"]).code(0).json();
    assert_eq!(again["summary"]["keep"], 3, "{again}");
}

#[test]
fn ids_file_resolves_the_case_of_variables() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new()
        .with_all(vault.variables())
        .with("AIRFLOW_CONN_SMTP", "smtp://mail.example.test")
        .with("AIRFLOW_CONN_REST", "http://rest.example.test");
    user.write("ids", "conn:Smtp\n");
    let plan = user.run(["plan", "env:", &vault.endpoint(), "--ids", "ids", "-o", "json"]).code(0).json();
    let flags = rows(&plan, "flags");
    assert!(flags.contains(&("connection:Smtp".to_owned(), json!([]))), "{plan}");
    assert!(flags.contains(&("connection:rest".to_owned(), json!(["case-from-env"]))), "{plan}");
}

#[test]
fn ids_of_the_target_resolve_the_case_of_variables() {
    let user = Airbridge::new().with("AIRFLOW_VAR_MYKEY", "new");
    user.write("variables.json", r#"{"MyKey": "old"}"#);
    let plan = user
        .run([
            "plan",
            "env:",
            "variables.json",
            "--only",
            "variables",
            "--on-conflict",
            "overwrite",
            "-o",
            "json",
        ])
        .code(0)
        .json();
    // The target's id is turned into the variable's name, not the reverse.
    assert_eq!(rows(&plan, "action"), [("variable:MyKey".to_owned(), json!("replace"))], "{plan}");
}

#[test]
fn environment_as_target_is_rejected() {
    let user = Airbridge::new().with("AIRFLOW_VAR_A", "c4n4ry");
    user.write("variables.json", r#"{"a": "b"}"#);
    let refused = user.run(["copy", "variables.json", "env:", "--yes"]).code(2);
    assert!(refused.stderr.contains("env:"), "{refused}");
    assert!(!refused.stderr.contains("c4n4ry"), "{refused}");
}

#[test]
fn env_prefix_separates_the_credentials_of_both_sides() {
    let (old, new) = (AwsUser::counted(), AwsUser::counted());
    let user = Airbridge::new().with_all(old.variables_with("OLD_")).with_all(new.variables_with("NEW_"));
    old.put("variables/key", "value");
    let copy = ["copy", &old.endpoint(), &new.endpoint(), "--yes"];
    let denied = user.run(copy).code(1);
    assert!(denied.stderr.contains("credentials"), "without a prefix there are none: {denied}");
    user.run([&copy[..], &["--from", "env_prefix=OLD_", "--to", "env_prefix=NEW_"]].concat()).code(0);
    assert_eq!(new.text("variables/key"), "value");
    assert_eq!(old.calls().writes(), [""; 0], "the source is never written");
    assert!(old.calls().count("ListSecrets") > 0);
    assert_eq!(new.calls().count("CreateSecret"), 1);
}

#[test]
fn configuration_file_accepts_backend_kwargs_of_airflow() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let token = vault.kwargs()["token"].as_str().unwrap().to_owned();
    let user = Airbridge::new().with_all(aws.variables()).with("NEW_VAULT_TOKEN", token);
    aws.put("connections/db", "postgres://u:p%40@h/s");
    aws.put("variables/key", "value");
    let address = &vault.address;
    let mount = &vault.name;
    user.write(
        ".config/airbridge/airbridge.toml",
        format!(
            r#"[endpoints.old]
backend = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
backend_kwargs = '{}'

[endpoints.new]
backend = "vault"
backend_kwargs = {{ url = "{address}", mount_point = "{mount}", variables_path = "vars", kv_engine_version = 2 }}
token = {{ env = "NEW_VAULT_TOKEN" }}
airflow_version = "3.3"
"#,
            aws.kwargs()
        ),
    );
    user.run(["copy", "@old", "@new", "--yes"]).code(0);
    assert_eq!(vault.fields("vars/key")["value"], "value");
    user.run(["diff", "@old", "@new"]).code(0);
    // Keys on the command line take precedence.
    user.run(["copy", "@old", "@new", "--to", "variables_path=other", "--only", "variables", "--yes"])
        .code(0);
    assert_eq!(vault.fields("other/key")["value"], "value");
    let list = user.run(["list", "@new", "-o", "json"]).code(0).json();
    assert_eq!(list["endpoints"][0]["endpoint"], "@new");

    // `--config` names another file.
    std::fs::rename(user.home().join(".config/airbridge/airbridge.toml"), user.home().join("other.toml"))
        .unwrap();
    user.run(["list", "@new", "--config", "other.toml"]).code(0);
    user.run(["list", "@new"]).code(2);
}
