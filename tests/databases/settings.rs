//! Where the address and the key of a database come from, and what is said if one is missing or wrong.

use airbridge_tests::{Airbridge, FERNET_KEY, MetadataDatabase, System, VaultMount};
use serde_json::json;

fn filled(user: &Airbridge, database: &MetadataDatabase) {
    user.write("seed/airflow.cfg", database.cfg());
    user.write("connections.json", r#"{"db": {"conn_type": "x", "password": "p"}}"#);
    user.run(["copy", "connections.json", "airflow-db:seed", "--yes"]).code(0);
}

/// Whether the endpoint leads to the database, with the right key.
fn reads(user: &Airbridge, arguments: &[&str]) {
    let all = [&["show", "--reveal", "-o", "json"], arguments, &["conn:db"]].concat();
    let shown = user.run(all).code(0).json();
    assert_eq!(shown["entries"][0]["fields"]["password"], "p", "{shown}");
}

#[test]
fn settings_come_from_each_place_that_airflow_reads() {
    let database = MetadataDatabase::new(System::Postgres, "3");
    let user = Airbridge::new().with("PATH", "/usr/bin:/bin");
    filled(&user, &database);
    let address = database.address();
    // An old file, an env file, a folder, the environment, and one side's own environment.
    user.write("old.cfg", format!("[core]\nsql_alchemy_conn = {address}\nfernet_key = {FERNET_KEY}\n"));
    reads(&user, &["airflow-db:old.cfg"]);
    let lines: Vec<_> =
        database.variables().iter().map(|(name, value)| format!("{name}='{value}'")).collect();
    user.write(
        "prod.env",
        lines.join(
            "
",
        ),
    );
    reads(&user, &["airflow-db:prod.env"]);
    reads(&user, &["airflow-db:seed"]);
    let with = Airbridge::new().with_all(database.variables());
    reads(&with, &["airflow-db:"]);
    let with = Airbridge::new().with_all(database.settings());
    reads(&with, &[&database.endpoint()]);

    // A command runs only if the user says so.
    let command = format!("printf %%s {FERNET_KEY}");
    user.write(
        "cmd.cfg",
        format!("[database]\nsql_alchemy_conn = {address}\n[core]\nfernet_key_cmd = {command}\n"),
    );
    let run = user.run(["list", "airflow-db:cmd.cfg"]).code(2);
    assert!(run.stderr.contains("--allow-commands") && run.stderr.contains("cmd.cfg, line 4"), "{run}");
    reads(&user, &["airflow-db:cmd.cfg", "--allow-commands"]);

    // The configuration of airbridge itself.
    user.write("key.txt", FERNET_KEY);
    user.write(
        "my.toml",
        format!(
            "[endpoints.db]\nbackend = \"airflow-db\"\nsql_alchemy_conn = {{ env = \"DB\" }}\nfernet_key = {{ file = \"{}\" }}\n",
            user.home().join("key.txt").display()
        ),
    );
    let with = user.with("DB", address);
    reads(&with, &["@db", "--config", "my.toml"]);
    let run = with.run(["list", "@db"]);
    assert!(run.code != 0, "{run}");
}

#[test]
fn settings_are_read_from_the_secrets_backend_of_the_deployment() {
    let database = MetadataDatabase::new(System::MariaDb, "3");
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    filled(&user, &database);
    user.write("config.json", json!({ "fernet": FERNET_KEY, "conn": database.address() }).to_string());
    user.run(["copy", "config.json", &format!("{}?config_path=config", vault.endpoint()), "--yes"]).code(0);
    let kwargs = json!({ "url": vault.address, "mount_point": vault.name, "config_path": "config" });
    let cfg = format!(
        "[database]\nsql_alchemy_conn_secret = conn\n[core]\nfernet_key_secret = fernet\n[secrets]\n\
         backend = airflow.providers.hashicorp.secrets.vault.VaultBackend\nbackend_kwargs = {kwargs}\n"
    );
    user.write("airflow.cfg", &cfg);
    reads(&user, &["airflow-db:airflow.cfg"]);
    user.write("airflow.cfg", cfg.replace("= fernet\n", "= other\n"));
    let run = user.run(["list", "airflow-db:airflow.cfg"]).code(1);
    assert!(run.stderr.contains("config:other is not in the deployment's secrets backend"), "{run}");
}

#[test]
fn what_is_missing_or_wrong_is_named_without_a_password() {
    let database = MetadataDatabase::new(System::Postgres, "3");
    let user = Airbridge::new();
    filled(&user, &database);
    let refuses = |endpoint: &str, code: i32, words: &str| {
        let run = user.run(["list", endpoint]).code(code);
        assert!(run.stderr.contains(words), "{endpoint}: {run}");
        assert!(!run.to_string().contains("canary"), "{run}");
    };
    refuses("airflow-db:", 2, "names no metadata database");
    refuses("airflow-db:nowhere.cfg", 2, "does not exist");
    refuses("airflow-db:postgresql://u:canary@h/d", 2, "an address with a user name or password");
    refuses("airflow-db:sqlite:///relative.db", 2, "a relative path");
    refuses("airflow-db:mssql://h/d", 2, "the dialect `mssql`");
    refuses("airflow-db:?fernet_key=canary", 2, "is a secret");
    refuses("airflow-db:?sql_alchemy_conn=canary", 2, "is a secret");
    user.write("task.cfg", "[database]\nsql_alchemy_conn = airflow-db-not-allowed:///\n");
    refuses("airflow-db:task.cfg", 2, "started by a task of Airflow 3");
    user.write(
        "key.cfg",
        format!("[database]\nsql_alchemy_conn = {}\n[core]\nfernet_key = canary\n", database.address()),
    );
    refuses("airflow-db:key.cfg", 2, "the value is not a Fernet key");
    // Without its backend, a deployment is pointed to its database.
    refuses("airflow:seed/airflow.cfg", 2, "airflow-db:seed/airflow.cfg");

    // Rows that no key opens keep no other row from being read.
    user.write("none.cfg", format!("[database]\nsql_alchemy_conn = {}\n", database.address()));
    user.write("variables.json", r#"{"plain": "v"}"#);
    database.sql("INSERT INTO variable (key, val, is_encrypted) VALUES ('plain', 'v', false)");
    let plan = user.run(["plan", "airflow-db:none.cfg", "out/", "-o", "json"]).code(4).json();
    assert_eq!((&plan["summary"]["create"], &plan["summary"]["refuse"]), (&json!(1), &json!(1)), "{plan}");
    assert!(plan.to_string().contains("no `fernet_key` is configured"), "{plan}");
    let run = user.run(["copy", "variables.json", "airflow-db:none.cfg", "--yes"]).code(2);
    assert!(run.stderr.contains("allow_plaintext=true"), "{run}");
}
