//! Credentials, permissions and places, at OpenBao.

use airbridge_tests::{Airbridge, VaultMount, server};
use serde_json::json;

use crate::case::{Case, Planted};

/// A mount with an entry of each kind, and its user.
fn mount() -> (VaultMount, Airbridge) {
    let mount = VaultMount::new(&server("AIRBRIDGE_TEST_OPENBAO"), 2);
    write(&mount, "connections/db", &json!({ "conn_uri": "postgres://u:p@h/d" }));
    write(&mount, "variables/plain", &json!({ "value": "x" }));
    let user = Airbridge::new().with_all(mount.variables());
    (mount, user)
}

fn write(mount: &VaultMount, path: &str, fields: &serde_json::Value) {
    mount.request("POST", &format!("{}/data/{path}", mount.name), Some(json!({ "data": fields })));
}

/// A user whose token has this policy and these options.
fn with_token(mount: &VaultMount, policy: &str, options: &serde_json::Value) -> Airbridge {
    let name = format!("{}-policy", mount.name);
    let body = json!({ "policy": policy.replace("MOUNT", &mount.name) });
    mount.request("PUT", &format!("sys/policies/acl/{name}"), Some(body));
    let mut request = json!({ "policies": [name] });
    for (key, value) in options.as_object().into_iter().flatten() {
        request[key] = value.clone();
    }
    let made = mount.request("POST", "auth/token/create", Some(request));
    let token = made["auth"]["client_token"].as_str().expect("a token");
    Airbridge::new().with("VAULT_ADDR", &mount.address).with("VAULT_TOKEN", token)
}

fn at(keys: &str) -> Planted {
    let (mount, user) = mount();
    Planted::new(user, &[&format!("{}?{keys}", mount.endpoint())])
}

const EVERYTHING: &str = "path \"MOUNT/*\" { capabilities = [\"read\", \"list\", \"create\", \"update\"] }";

pub(crate) const CASES: &[Case] = &[
    Case {
        wrong: "The mount does not exist.",
        check: "open",
        result: "problem",
        says: "… cannot be opened: no such mount at …, or the token has no permission below it",
        todo: "use a mount that the token sees: …",
        plant: || Planted::new(mount().1, &["vault:no-such-mount"]),
    },
    Case {
        wrong: "`kv_engine_version` is not that of the mount.",
        check: "open",
        result: "problem",
        says: "the mount … has version 2 of the key-value engine, not 1",
        todo: "set `kv_engine_version` to 2 or leave it out; Airflow needs the right version, too",
        plant: || at("kv_engine_version=1"),
    },
    Case {
        wrong: "The namespace does not exist.",
        check: "open",
        result: "problem",
        says: "no such namespace at …",
        todo: "check `namespace` or `VAULT_NAMESPACE`; the token must belong to that namespace",
        plant: || at("namespace=no-such-namespace"),
    },
    Case {
        wrong: "The token is wrong, expired or revoked.",
        check: "open",
        result: "problem",
        says: "… does not accept the token from VAULT_TOKEN",
        todo: "get a new token with `vault login`: this one is wrong, expired, revoked, or belongs to another namespace",
        plant: || {
            let (mount, _) = mount();
            let user =
                Airbridge::new().with("VAULT_ADDR", &mount.address).with("VAULT_TOKEN", "made-up-token");
            Planted::new(user, &[&mount.endpoint()])
        },
    },
    Case {
        wrong: "There is no token.",
        check: "open",
        result: "problem",
        says: "cannot sign in to …",
        todo: "`VAULT_TOKEN`…`vault login`",
        plant: || {
            let (mount, _) = mount();
            Planted::new(Airbridge::new().with("VAULT_ADDR", &mount.address), &[&mount.endpoint()])
        },
    },
    Case {
        wrong: "The token expires soon, and cannot be renewed.",
        check: "token",
        result: "warning",
        says: "the token expires in … and cannot be renewed",
        todo: "get a token that is valid longer with `vault login`",
        plant: || {
            let (mount, _) = mount();
            let user = with_token(&mount, EVERYTHING, &json!({ "ttl": "15m", "renewable": false }));
            Planted::new(user, &[&mount.endpoint()])
        },
    },
    Case {
        wrong: "The server is sealed.",
        check: "open",
        result: "problem",
        says: "… is sealed",
        todo: "unseal it with `vault operator unseal`, or use the address of an unsealed server",
        plant: || at(&format!("url={}", server("AIRBRIDGE_TEST_OPENBAO_SEALED"))),
    },
    Case {
        wrong: "The server cannot be reached.",
        check: "open",
        result: "problem",
        says: "cannot connect to …: connection refused",
        todo: "check `url` or `VAULT_ADDR`, that the server is running, and whether it needs a `proxy`",
        plant: || at("url=http://127.0.0.1:9"),
    },
    Case {
        wrong: "The certificate of the server is not trusted.",
        check: "open",
        result: "problem",
        says: "certificate",
        todo: "`ca_file`",
        plant: || at(&format!("url={}", server("AIRBRIDGE_TEST_OPENBAO_TLS"))),
    },
    Case {
        wrong: "The token may read and not list.",
        check: "list",
        result: "problem",
        says: "connections cannot be listed: the token has no permission to list …",
        todo: "add the capability `list` on …; Airflow itself never lists",
        plant: || {
            let (mount, _) = mount();
            let user = with_token(&mount, "path \"MOUNT/data/*\" { capabilities = [\"read\"] }", &json!({}));
            Planted::new(user, &[&mount.endpoint()])
        },
    },
    Case {
        wrong: "The token may list and not read.",
        check: "permissions",
        result: "problem",
        says: "the policies permit to list below `connections/`, and not to read, create, update",
        todo: "add a policy with `read` on …",
        plant: || {
            let (mount, _) = mount();
            let user =
                with_token(&mount, "path \"MOUNT/metadata/*\" { capabilities = [\"list\"] }", &json!({}));
            Planted::new(user, &[&mount.endpoint()])
        },
    },
    Case {
        wrong: "The token may not read one of the entries.",
        check: "read",
        result: "problem",
        says: "1 connection cannot be read (conn:hidden): the token has no permission to read …",
        todo: "add the capability `read` on … to a policy of this token",
        plant: || {
            let (mount, _) = mount();
            write(&mount, "connections/hidden", &json!({ "conn_uri": "http://h" }));
            let policy = format!(
                "{EVERYTHING} path \"MOUNT/data/connections/hidden\" {{ capabilities = [\"deny\"] }}"
            );
            Planted::new(with_token(&mount, &policy, &json!({})), &[&mount.endpoint()])
        },
    },
    Case {
        wrong: "The newest version of a secret is deleted.",
        check: "deleted",
        result: "warning",
        says: "1 connection is deleted, so Airflow does not find it: conn:gone",
        todo: "restore the secret, or use another id",
        plant: || {
            let (mount, user) = mount();
            write(&mount, "connections/gone", &json!({ "conn_uri": "http://h" }));
            mount.request("DELETE", &format!("{}/data/connections/gone", mount.name), None);
            Planted::new(user, &[&mount.endpoint()])
        },
    },
    Case {
        wrong: "An entry is below two of the paths.",
        check: "duplicate",
        result: "warning",
        says: "1 entry has several names, and Airflow reads the first: of conn:db, `connections/db` hides `old/db`",
        todo: "delete the names that Airflow does not read",
        plant: || {
            let (mount, user) = mount();
            write(&mount, "old/db", &json!({ "conn_uri": "http://h" }));
            Planted::new(
                user,
                &[&format!("{}?connections_path:=[\"connections\",\"old\"]", mount.endpoint())],
            )
        },
    },
];
