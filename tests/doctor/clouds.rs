//! Names and values, at AWS Secrets Manager, Google Secret Manager, Azure Key Vault, and in databases.

use airbridge_tests::{Airbridge, AwsUser, FERNET_KEY, GoogleProject, MetadataDatabase, System};
use serde_json::json;

use crate::case::{Case, Planted};
use crate::key_vault::KeyVault;

/// Another key than that of the tests' databases.
const OTHER_KEY: &str = "b3RoZXIgZmVybmV0IGtleSBmb3IgZG9jdG9yIHRlc3Q=";

/// `doctor` at Secrets Manager in an account of its own, with these secrets and keys.
fn aws(secrets: &[(&str, &str)], keys: &str) -> Planted {
    let user = AwsUser::in_account();
    for (name, text) in secrets {
        user.call("CreateSecret", json!({ "Name": name, "SecretString": text }));
    }
    let mark = if keys.is_empty() { "" } else { "?" };
    Planted::new(Airbridge::new().with_all(user.variables()), &[&format!("aws:us-east-1{mark}{keys}")])
}

/// A database of Airflow 3 with one connection, and the settings of its deployment with another key.
fn database(key: &str) -> Planted {
    let database = MetadataDatabase::new(System::Postgres, "3");
    let user = Airbridge::new();
    user.write("airflow.cfg", database.cfg());
    user.write("connections.json", r#"{"db": {"conn_type": "x", "password": "p"}}"#);
    user.run(["copy", "connections.json", "airflow-db:airflow.cfg", "--yes"]).code(0);
    user.write("airflow.cfg", database.cfg().replace(FERNET_KEY, key));
    Planted::new(user, &["airflow-db:airflow.cfg"]).with(database)
}

pub(crate) const CASES: &[Case] = &[
    Case {
        wrong: "A prefix is null.",
        check: "lookup-off",
        result: "warning",
        says: "`variables_prefix` is null, so Airflow does not look up variables there",
        todo: "set `variables_prefix` if Airflow should read variables from this backend",
        plant: || aws(&[("airflow/connections/a", "http://h")], "variables_prefix:=null"),
    },
    Case {
        wrong: "The prefix matches nothing, and the entries have another one.",
        check: "names",
        result: "problem",
        says: "there are no connections: no name matches prod/*, but 2 names start with `prd/airflow/connections/`",
        todo: "set `connections_prefix` to `prd/airflow/connections`, here and in the deployment, if these are the entries",
        plant: || {
            aws(
                &[("prd/airflow/connections/a", "http://h"), ("prd/airflow/connections/b", "http://h")],
                "connections_prefix=prod",
            )
        },
    },
    Case {
        wrong: "The names have another separator.",
        check: "names",
        result: "problem",
        says: "no name matches airflow/connections/*, but 1 name starts with `airflow-connections-`",
        todo: "set `sep` to `-` and `connections_prefix` to `airflow-connections`, here and in the deployment, if these are the entries",
        plant: || aws(&[("airflow-connections-a", "http://h")], ""),
    },
    Case {
        wrong: "A word in the prefix has a slip.",
        check: "names",
        result: "problem",
        says: "no name matches airflow/conections/*, but 1 name starts with `airflow/connections/`",
        todo: "set `connections_prefix` to `airflow/connections`, here and in the deployment, if these are the entries",
        plant: || aws(&[("airflow/connections/a", "http://h")], "connections_prefix=airflow/conections"),
    },
    Case {
        wrong: "The region or the account is another one.",
        check: "names",
        result: "warning",
        says: "there are no entries: no name matches connections airflow/connections/*, …",
        todo: "check the region, mount, prefix or path; some services show nothing where a permission is missing",
        plant: || {
            let user = AwsUser::in_account();
            user.call("CreateSecret", json!({ "Name": "airflow/connections/a", "SecretString": "http://h" }));
            Planted::new(Airbridge::new().with_all(user.variables()), &["aws:eu-west-1"])
        },
    },
    Case {
        wrong: "The lookup pattern does not match the ids.",
        check: "lookup-pattern",
        result: "warning",
        says: "1 connection is there and not looked up, because `connections_lookup_pattern` does not match: conn:dev_db",
        todo: "change `connections_lookup_pattern`; it must match an id from its first character",
        plant: || {
            aws(
                &[("airflow/connections/dev_db", "http://h"), ("airflow/connections/prod_db", "http://h")],
                "connections_lookup_pattern=prod_",
            )
        },
    },
    Case {
        wrong: "Airflow cannot read the value.",
        check: "unreadable",
        result: "problem",
        says: "Airflow cannot read conn:a: …",
        todo: "correct the value there; until then Airflow ignores it and asks its next backend",
        plant: || aws(&[("airflow/connections/a", "{\"conn_type\": \"http\", \"port\": ")], ""),
    },
    Case {
        wrong: "A secret contains bytes instead of text.",
        check: "binary",
        result: "warning",
        says: "1 connection is binary, so Airflow reads bytes as missing: conn:a",
        todo: "store the value as text",
        plant: || {
            let user = AwsUser::in_account();
            user.call("CreateSecret", json!({ "Name": "airflow/connections/a", "SecretBinary": "//4=" }));
            Planted::new(Airbridge::new().with_all(user.variables()), &["aws:us-east-1"])
        },
    },
    Case {
        wrong: "A secret in Google Secret Manager has no version.",
        check: "empty",
        result: "warning",
        says: "1 variable is without a value, so Airflow does not find it: var:plain",
        todo: "store a value, or delete the secret",
        plant: || {
            let project = GoogleProject::new();
            project.make_empty("airflow-variables-plain");
            Planted::new(Airbridge::new(), &[&project.endpoint()])
        },
    },
    Case {
        wrong: "A secret in Key Vault is disabled.",
        check: "disabled",
        result: "warning",
        says: "1 variable is disabled, so Airflow's lookup fails: var:plain",
        todo: "enable the newest version, or delete the secret",
        plant: || {
            let vault = KeyVault::new();
            vault.double.put("airflow-variables-plain", "x", &json!({ "enabled": false }));
            let (user, endpoint) = (Airbridge::new().with_all(vault.variables()), vault.endpoint());
            Planted::new(user, &[&endpoint]).with(vault)
        },
    },
    Case {
        wrong: "One name in Key Vault belongs to several ids.",
        check: "ambiguous",
        result: "warning",
        says: "1 name is ambiguous: Airflow asks for `airflow-variables-a-b` for several ids, such as var:a_b, var:a-b",
        todo: "check which of the ids your DAGs use, and give them to `airbridge copy` with --ids",
        plant: || {
            let vault = KeyVault::new();
            vault.double.put("airflow-variables-a-b", "x", &json!({}));
            let (user, endpoint) = (Airbridge::new().with_all(vault.variables()), vault.endpoint());
            Planted::new(user, &[&endpoint]).with(vault)
        },
    },
    Case {
        wrong: "The Fernet key is not the one that encrypted the rows.",
        check: "fernet",
        result: "problem",
        says: "1 row cannot be decrypted: no key of `fernet_key` opens …",
        todo: "add the former key to `[core] fernet_key` after a comma, here and in the deployment",
        plant: || database(OTHER_KEY),
    },
    Case {
        wrong: "Rows are encrypted with the second of several Fernet keys.",
        check: "fernet",
        result: "ok",
        says: "key 2 of `fernet_key` opens 1 row",
        todo: "run `airflow rotate-fernet-key` before you remove that key",
        plant: || database(&format!("{OTHER_KEY},{FERNET_KEY}")),
    },
];
