//! Valid inputs. Some are written here, with a marked value; the others are those that were recorded from Airflow.

use std::path::Path;

use serde_json::Value;

use crate::CANARY;

/// Inputs of one kind of parser.
pub(crate) type Corpus = Vec<Vec<u8>>;

/// The inputs of a recorded set: strings under one of `names` in the `input` of its cases.
fn recorded(set: &str, names: &[&str]) -> Corpus {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/vectors/{set}.json"));
    let text = std::fs::read_to_string(&path).expect("a set of recorded cases");
    let set: Value = serde_json::from_str(&text).expect("JSON");
    let cases = set["cases"].as_array().expect("cases").iter();
    let inputs = cases.flat_map(|case| names.iter().filter_map(|name| case["input"][name].as_str()));
    let inputs: Corpus = inputs.map(|text| text.as_bytes().to_vec()).collect();
    assert!(inputs.len() > 20, "{} has {} inputs", path.display(), inputs.len());
    inputs
}

/// Inputs with `VALUE` in the place of the marked value.
fn written(inputs: &[&str]) -> Corpus {
    inputs.iter().map(|input| input.replace("VALUE", CANARY).into_bytes()).collect()
}

fn joined(parts: impl IntoIterator<Item = Corpus>) -> Corpus {
    parts.into_iter().flatten().collect()
}

pub(crate) fn json() -> Corpus {
    let own = written(&[
        r#"{"a": "VALUE", "b": [1, -2.5e3, null, true], "c": {"d": "\u00e9\n"}, "a": "again"}"#,
        r#"{"connections_prefix": "airflow/connections", "sep": "/", "token": "VALUE", "mount_point": null}"#,
        r#"[[[["VALUE"]]], 1e400, NaN, -Infinity, 12345678901234567890123]"#,
    ]);
    joined([own, recorded("json_parse", &["text"])])
}

pub(crate) fn bundles() -> Corpus {
    written(&[
        r#"{"schema": "airbridge.bundle/1", "reader": {"rules": "vault", "airflow_version": "3.3"}, "entries": [
            {"entry": "conn:a", "text": "VALUE"},
            {"entry": "var:b", "fields": {"value": ["VALUE", 1.50]}, "description": "VALUE", "tags": {"k": "VALUE"}}]}"#,
        r#"{"schema": "airbridge.bundle/1", "reader": {"rules": "secrets-manager", "airflow_version": "2.11",
            "extra_conn_words": [["user", ["VALUE"]]]}, "entries": [{"entry": "config:c", "text": "VALUE"}]}"#,
    ])
}

pub(crate) fn connections() -> Corpus {
    let own = written(&[
        "postgres://user:VALUE@host:5432/schema?sslmode=require&a=b#c",
        "aws://AKID:VALUE@/?region_name=eu-west-1&__extra__=%7B%22a%22%3A+%7B%22b%22%3A+1%7D%7D",
        "http://https%3A%2F%2Fhost%2Fpath/?x=VALUE",
        r#"{"conn_type": "postgres", "host": "h", "login": "u", "password": "VALUE", "port": 5432, "extra": "{\"a\": 1}"}"#,
        r#"{"conn_type": "http", "host": "h", "pass": "VALUE", "user": "u", "extra": {"a": [1, 2.0]}}"#,
        r#"{"conn_uri": "mysql://u:VALUE@h:3306/db"}"#,
        "",
    ]);
    joined([
        own,
        recorded("uri_parse", &["uri"]),
        recorded("json_parse", &["text"]),
        recorded("value_read", &["stored"]),
    ])
}

pub(crate) fn values() -> Corpus {
    let own =
        written(&["VALUE", r#"{"value": "VALUE"}"#, r#"{"value": {"a": 1}, "description": "d"}"#, "", " \n"]);
    joined([own, recorded("value_read", &["stored"])])
}

/// The first line of an input says its format; see `files.rs`.
pub(crate) fn files() -> Corpus {
    let own = written(&[
        "connections-json\n{\n  \"a\": \"postgres://u:VALUE@h/s\",\n  \"b\": {\"conn_type\": \"http\", \"password\": \"VALUE\", \"extra\": {\"k\": 1}}\n}\n",
        "connections-yaml\n# comment\na: postgres://u:VALUE@h/s\nb:\n  conn_type: http\n  password: 'VALUE'\n  port: 80\n  extra: |\n    {\"k\": \"VALUE\"}\nc: &x {conn_type: ftp, password: \"VALUE\"}\nd: *x\n",
        "connections-env\n# comment\na=postgres://u:VALUE@h/s\n\nb={\"conn_type\": \"http\", \"password\": \"VALUE\"}\n",
        "variables-json\n{\"a\": \"VALUE\", \"b\": {\"value\": \"VALUE\", \"description\": \"d\"}, \"c\": [1, 2.50], \"d\": null}\n",
        "variables-yaml\na: VALUE\nb: {value: VALUE, description: d}\nc: 0o17\nd: 2001-01-01\ne: >-\n  folded\n  VALUE\nf: yes\n",
        "variables-env\na=VALUE\nb=\"quoted VALUE\"\nc=\n",
        "config-json\n{\"sql_alchemy_conn\": \"VALUE\"}\n",
        "config-yaml\nsql_alchemy_conn: VALUE\n",
        "config-env\nsql_alchemy_conn=VALUE\n",
        "dotenv\n# comment\nAIRFLOW_CONN_A=postgres://u:VALUE@h/s\nexport AIRFLOW_VAR_B='VALUE'\nAIRFLOW_VAR_C=\"a\\nVALUE $$ \"\nOTHER=VALUE\n",
        "astro\nairflow:\n  connections:\n    - conn_id: a\n      conn_type: http\n      conn_password: VALUE\n      conn_port: 80\n      conn_extra: {k: VALUE}\n  variables:\n    - variable_name: b\n      variable_value: VALUE\n  pools:\n    - pool_name: p\n      pool_slot: 5\n",
        concat!(
            "probe\n{\"probe\": 1, \"airflow\": \"3.3.2\", \"context\": \"task\", \"reader\": \"sdk\", \"sources\": [\"backend\", ",
            "\"environment\"], \"backend\": \"a.B\", \"listed\": {\"variable\": [\"environment\"]}}\n",
            "{\"kind\": \"connection\", \"id\": \"a\", \"source\": \"execution-api\", \"fields\": {\"conn_type\": \"http\", \"host\": ",
            "\"h\", \"schema\": null, \"login\": \"VALUE\", \"password\": \"VALUE\", \"port\": 80, \"extra\": \"VALUE\"}}\n",
            "{\"kind\": \"variable\", \"id\": \"b\", \"source\": \"environment\", \"value\": \"VALUE\", \"description\": \"VALUE\", ",
            "\"also\": [{\"source\": \"metastore\", \"same\": false}], \"raised\": {\"backend\": \"OSError\"}}\n",
            "{\"kind\": \"config\", \"id\": \"c\", \"error\": \"unreadable\", \"not_asked\": {\"metastore\": \"OSError\"}}\n",
            "{\"end\": 3}\n"
        ),
    ]);
    let recorded = recorded("local_file", &["content"]).into_iter().enumerate().map(|(index, content)| {
        // Each recorded content is given to each parser sooner or later; the format is damaged, too.
        let format = airbridge_airflow::file::Format::ALL[index % 9].name();
        [format.as_bytes(), b"\n", &content].concat()
    });
    own.into_iter().chain(recorded).collect()
}

pub(crate) fn names() -> Corpus {
    let own = written(&[
        "airflow/connections/a",
        "/airflow/variables/a_b",
        "airflow-connections-a-b",
        "airflow-config-core-x",
        "connections/team/a",
        "airflow/connections/a--b",
        "AIRFLOW_CONN_A",
        "AIRFLOW_VAR__TEAM___A",
        "variables/a/b",
        "config/a",
    ]);
    joined([own, recorded("conn_id", &["conn_id"]), recorded("naming", &["id"])])
}

pub(crate) fn ids() -> Corpus {
    let own =
        written(&["conn:a", "var:*", "config:core/{1}", "conn:{a,b}_*", "var:[a-z]?", "dev_{1}", "{{x}}"]);
    joined([own, recorded("conn_id", &["conn_id"])])
}

pub(crate) fn cfg() -> Corpus {
    written(&[
        "[core]\nfernet_key = VALUE\n# comment\n[secrets]\nbackend = airflow.providers.hashicorp.secrets.vault.VaultBackend\n\
         backend_kwargs = {\"token\": \"VALUE\",\n    \"url\": \"https://h\"}\n",
        "[DEFAULT]\na = VALUE\n[secrets]\nbackend: airflow.secrets.local_filesystem.LocalFilesystemBackend\nb = %(a)s %%\n",
        "[secrets]\nbackend_kwargs_cmd = echo VALUE\nbackend = x.Y\n[workers]\nsecrets_backend = $A\nsecrets_backend_kwargs = {}\n",
    ])
}

pub(crate) fn env_files() -> Corpus {
    written(&[
        "AIRFLOW__SECRETS__BACKEND=airflow.providers.hashicorp.secrets.vault.VaultBackend\n\
         AIRFLOW__SECRETS__BACKEND_KWARGS='{\"token\": \"VALUE\"}'\n# comment\nexport A=\"VALUE\n$A\"\n",
        "A=VALUE # comment\nB=$A\n; comment\nC='open\n",
        "AIRFLOW__WORKERS__SECRETS_BACKEND=x.Y\nAIRFLOW__SECRETS__BACKEND_KWARG__TOKEN=VALUE\n",
    ])
}

/// An endpoint, and further keys on the lines after it.
pub(crate) fn endpoints() -> Corpus {
    written(&[
        "aws:eu-west-1?connections_prefix=a/b&sep=%2F\nrole_arn=arn:aws:iam::1:role/x\nextra_conn_words:={\"user\": [\"a\"]}",
        "aws:?aws_secret_access_key=VALUE",
        "aws-ssm:us-east-1?tier=advanced&kms_key_id=alias/a",
        "gcp:acme?location=europe-west1\ngcp_keyfile_dict:={\"private_key\": \"VALUE\"}",
        "azure:acme-kv?tenant_id=a&client_id=b\nclient_secret=VALUE",
        "vault:airflow?url=https://h:8200&namespace=a/b\ntoken=VALUE\nauth_type=approle\nsecret_id=VALUE",
        "vault:?endpoint_url=https://u:VALUE@h:8200&proxy=http://u:VALUE@p:3128&timeout=5",
        "kv:acme?token=VALUE&allow_http=true",
        "file:a/b.yaml?format=connections-yaml&dialect=compose",
        "env:?env_prefix=OLD_&airflow_version=2.11&team=a",
        "airflow:/nowhere/airflow.cfg?section=secrets",
        "@name?rate=5&concurrency=2&metadata=carry",
        "-?format=dotenv",
        "./a/b/.env",
    ])
}

pub(crate) fn databases() -> Corpus {
    written(&[
        "postgresql+psycopg2://airflow:VALUE@db.acme.test:5432/airflow?sslmode=verify-full&options=-csearch_path%3Da",
        "postgresql://u:VALUE%40%2F@/airflow?host=/run/postgresql",
        "mysql+mysqldb://u:VALUE@[::1]:3306/airflow?ssl_ca=/ca.pem&charset=utf8mb4&unix_socket=/s.sock",
        "mariadb+pymysql://u:VALUE@h/d",
        "sqlite:////srv/airflow/airflow.db",
    ])
}

/// A setting and a token, one on each line.
pub(crate) fn fernet() -> Corpus {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/fernet.json");
    let text = std::fs::read_to_string(path).expect("a set of recorded cases");
    let set: Value = serde_json::from_str(&text).expect("JSON");
    let text = |case: &Value, name: &str| case["input"][name].as_str().expect("a string").replace('\n', " ");
    let cases = set["cases"].as_array().expect("cases").iter();
    cases.map(|case| format!("{}\n{}", text(case, "fernet_key"), text(case, "token")).into_bytes()).collect()
}

pub(crate) fn configs() -> Corpus {
    written(&[
        "[endpoints.a]\nbackend = \"aws\"\nregion_name = \"eu-west-1\"\n\n[endpoints.b]\nbackend = \"vault\"\n\
         backend_kwargs = { url = \"https://h\", mount_point = \"m\" }\ntoken = { env = \"A_TOKEN\" }\nsecret_id = \"VALUE\"\n",
        "[endpoints.a]\nbackend = \"airflow.providers.hashicorp.secrets.vault.VaultBackend\"\n\
         backend_kwargs = \"\"\"{\"token\": \"VALUE\", \"auth_type\": \"token\"}\"\"\"\n",
        "[endpoints.a]\nbackend = \"gcp\"\nproject_id = \"p\"\ngcp_keyfile_dict = { private_key = \"VALUE\" }\nlabels = { a = \"b\" }\n",
    ])
}

pub(crate) fn rules() -> Corpus {
    written(&[
        "[[rule]]\nmatch = \"conn:*\"\nrename = \"conn:dev_{1}\"\n\n[[rule]]\nmatch = [\"conn:a\", \"conn:b\"]\nset.password = \"VALUE\"\n\
         set.extra = { role = \"VALUE\" }\nunset = [\"extra.x\"]\n\n[[rule]]\nmatch = \"var:x*\"\nexclude = true\n",
        "[[rule]]\nmatch = \"var:a\"\nset.value = { env = \"A_TOKEN\" }\nallow_loss = [\"description\"]\n",
        "[[rule]]\nmatch = \"conn:a\"\nset = { host = \"h\", port = 5432, login = \"VALUE\" }\n",
    ])
}
