//! What exists: the program's commands, options and keys, the words of its documents, and the environment variables
//! that it reads. Names of Airflow and of other tools are listed with their owners.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use airbridge_tests::{Airbridge, repository};
use serde_json::Value;

/// Lower-case names that are not keys of an endpoint, with their owners.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("general forms", &["key", "option"]),
    (
        "`airbridge.toml` and rules files",
        &["allow_loss", "env", "file", "match", "rename", "exclude", "unset"],
    ),
    (
        "Airflow's settings",
        &[
            "auth_backends",
            "backend_kwargs_cmd",
            "backend_kwargs_secret",
            "secrets_backend",
            "sql_alchemy_conn_secret",
        ],
    ),
    (
        "Airflow's files",
        &[
            "conn_extra",
            "conn_id",
            "conn_port",
            "conn_uri",
            "extra_dejson",
            "pool_name",
            "team_name",
            "variable_name",
        ],
    ),
    ("the tables of Airflow", &["team_id"]),
    (
        "addresses of databases, for Python's drivers",
        &["connect_timeout", "options", "ssl_ca", "ssl_cert", "ssl_key", "ssl_mode", "sslmode"],
    ),
    ("MySQL", &["caching_sha2_password"]),
    ("Docker Compose", &["env_file"]),
    ("AWS profiles", &["ca_bundle", "credential_process", "credential_source"]),
    ("boto3", &["assume_role"]),
    (
        "Google's credential files",
        &["authorized_user", "external_account", "impersonated_service_account", "service_account"],
    ),
    ("Vault", &["aws_iam", "pagination_limit"]),
    (
        "names in DAG code, and ids that Airflow's classes use by default",
        &[
            "aws_default",
            "default_args",
            "fs_default",
            "get",
            "get_connection",
            "get_hook",
            "http_default",
            "kubernetes_default",
            "variables_as_arguments",
        ],
    ),
    ("examples of ids and values", &["a_b", "a_b_c", "my_db", "my_type", "smtp_default"]),
    ("a kwarg with a mistake", &["connection_prefix"]),
    ("the crate `airbridge-backend-files`", &["read_stdin"]),
    ("the file that `airbridge probe` prints", &["check", "not_asked"]),
    ("the DAG in `examples/probe`", &["airbridge_probe"]),
    (
        "the trait `SecretStore`",
        &["list_page", "look_batch", "read_batch", "supported_metadata", "write_batch"],
    ),
];

/// Environment variables that are not literals of our code, with their owners.
const OTHER_VARIABLES: &[(&str, &[&str])] = &[
    ("the AWS SDK", &["AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"]),
    ("Google's library", &["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"]),
    ("rustls", &["SSL_CERT_DIR", "SSL_CERT_FILE"]),
    ("Linux", &["PR_SET_DUMPABLE", "RLIMIT_CORE"]),
    ("Airflow's models", &["ID_LEN"]),
    (
        "the tests",
        &[
            "AIRBRIDGE_CACHE",
            "AIRBRIDGE_FUZZ_SECONDS",
            "AIRBRIDGE_FUZZ_SEED",
            "AIRBRIDGE_REQUIRE_SERVERS",
            "AIRBRIDGE_UPDATE_DOCS",
            "CARGO_TARGET_DIR",
        ],
    ),
    ("the example in `examples/kv-backend`", &["KV_TOKEN"]),
    ("the example in `examples/probe`", &["AIRBRIDGE_TARGET"]),
    ("placeholders", &["VAULT_NAME"]),
    (
        "placeholders of printed policies",
        &["ACCOUNT_EMAIL", "OBJECT_ID", "PROJECT_NUMBER", "RESOURCE_GROUP", "VAULT_ID"],
    ),
];

/// Options of other tools that stand in a literal without the tool's name, with the tool.
const OTHER_OPTIONS: &[(&str, &[&str])] = &[
    ("az keyvault secret", &["name", "vault-name"]),
    ("astro", &["env", "from-file", "load", "save"]),
    ("cargo", &["features", "no-default-features"]),
];

/// Beginnings of variables that Airflow and the test servers define.
const OTHER_PREFIXES: &[&str] = &["AIRBRIDGE_TEST_", "AIRFLOW_CONN_", "AIRFLOW_VAR_", "AIRFLOW__"];

/// Every name that exists.
pub(crate) struct Known {
    pub(crate) commands: BTreeSet<String>,
    options: BTreeSet<String>,
    names: BTreeSet<String>,
    variables: BTreeSet<String>,
}

impl Known {
    /// `literals` are the string literals of our code, with their files.
    pub(crate) fn new(literals: &[(PathBuf, String)]) -> Self {
        let (commands, options) = commands_and_options();
        let options = options.into_iter().chain(owned(OTHER_OPTIONS)).collect();
        let names = keys().into_iter().chain(schema_words()).chain(owned(OTHER_NAMES)).collect();
        let mut variables: BTreeSet<String> = owned(OTHER_VARIABLES).collect();
        for (path, literal) in literals.iter().filter(|(_, literal)| !literal.contains(' ')) {
            variables.insert(literal.clone());
            // Vault's adapter names its variables without `VAULT_` and `BAO_`.
            if path.starts_with(repository("crates/backends/vault")) {
                variables.extend(["VAULT_", "BAO_"].map(|prefix| format!("{prefix}{literal}")));
            }
        }
        Self { commands, options, names, variables }
    }

    /// Whether the key, word or environment variable exists. `OLD_` is the prefix of the examples for `env_prefix`.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        if !is_variable(name) {
            return self.names.contains(name);
        }
        let plain = name.strip_prefix("OLD_").unwrap_or(name);
        OTHER_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || self.variables.contains(plain)
    }

    /// The options in `text` that no command has.
    pub(crate) fn missing_options<'a>(&self, text: &'a str) -> Vec<&'a str> {
        let options = text.match_indices("--").filter_map(|(at, _)| {
            let inside = text[..at].ends_with(|char: char| char.is_alphanumeric() || "-_".contains(char));
            let rest = &text[at + 2..];
            let end = rest.find(|char: char| !char.is_ascii_lowercase() && char != '-').unwrap_or(rest.len());
            (!inside && rest.starts_with(|char: char| char.is_ascii_lowercase())).then(|| &rest[..end])
        });
        options.filter(|name| !self.options.contains(*name)).collect()
    }
}

fn owned(lists: &'static [(&str, &[&str])]) -> impl Iterator<Item = String> {
    lists.iter().flat_map(|(_, names)| *names).map(|name| (*name).to_owned())
}

/// The keys of all endpoints, from the tables of `docs/endpoints.md`. Another test compares these with the code.
fn keys() -> BTreeSet<String> {
    let page = std::fs::read_to_string(repository("docs/endpoints.md")).unwrap();
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let keys = cells.flat_map(|cell| cell.split(", ")).map(|key| key.trim_matches('`'));
    let keys: BTreeSet<String> = keys.filter(|key| is_word(key)).map(str::to_owned).collect();
    assert!(keys.len() > 60, "{} keys in docs/endpoints.md", keys.len());
    keys
}

/// The commands, and the options of all commands, as `--help` prints them.
fn commands_and_options() -> (BTreeSet<String>, BTreeSet<String>) {
    let user = Airbridge::new();
    let help = user.run(["--help"]).code(0).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| line.starts_with("  "));
    let commands: BTreeSet<String> =
        listed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(commands.contains("copy"), "{help}");
    let mut options = BTreeSet::new();
    let texts = commands.iter().map(|command| user.run([command, "--help"]).code(0).stdout);
    for text in texts.chain([help]) {
        // `  -o, --output <FORMAT>`
        let definitions = text.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let named = definitions
            .filter_map(|line| line.split([' ', '<', '[', '=']).find_map(|word| word.strip_prefix("--")));
        options.extend(named.map(str::to_owned));
    }
    assert!(options.contains("rules"), "{options:?}");
    (commands, options)
}

/// The names of fields in the JSON documents, and their fixed values.
fn schema_words() -> BTreeSet<String> {
    fn collect(value: &Value, words: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                let properties = fields.get("properties").and_then(Value::as_object);
                words.extend(properties.into_iter().flat_map(|properties| properties.keys().cloned()));
                let fixed = fields.get("enum").and_then(Value::as_array).into_iter().flatten();
                words.extend(fixed.chain(fields.get("const")).filter_map(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| collect(value, words));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
            _ => (),
        }
    }
    let mut words = BTreeSet::new();
    for file in files(&repository("docs/schemas"), "json") {
        collect(&serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap(), &mut words);
    }
    words
}

/// The files below `folder` with this extension.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

/// Lower-case letters, digits and underscores.
pub(crate) fn is_word(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_lowercase())
        && text.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_')
}

/// Capital letters, digits and underscores, with an underscore inside: `AWS_PROFILE`.
pub(crate) fn is_variable(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_uppercase())
        && text.chars().all(|char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_')
        && text.trim_end_matches('_').contains('_')
        && !text.ends_with('_')
}
