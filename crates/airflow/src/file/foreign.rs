//! Recognises the files of other tools by a combination of keys that no file of Airflow has.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use airbridge_core::{Fields, Json};
use zeroize::Zeroizing;

use super::probe::is_probe;
use super::yaml::{construct, parse};

/// A file of another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What the file is, with an article.
    pub what: String,
    /// What to use instead: starts with a verb.
    pub instead: &'static str,
}

impl Foreign {
    fn new(what: impl Into<String>, instead: &'static str) -> Self {
        Self { what: what.into(), instead }
    }
}

const EXPORT: &str = "run `airflow connections export FILE.json` or `airflow variables export FILE.json`, which write whole values";
const EXPORT_VARIABLES: &str = "run `airflow variables export FILE.json`, which writes the values";
const TO_DOTENV: &str = "copy its AIRFLOW_CONN_… and AIRFLOW_VAR_… variables to a .env file, decoded, as lines of the form NAME=VALUE";

/// The words without which no file is recognised, so that other files are not parsed twice.
const MARKS: &[&str] = &[
    "apiVersion",
    "services",
    "airflowVersion",
    "defaultAirflowTag",
    "airflowHome",
    "executor",
    "extraEnv",
    "metadataConnection",
    "total_entries",
    "connection_id",
    "is_encrypted",
    "environment_variables",
    "runtime_version",
    "terraform_version",
    "sensitive",
    "SecretList",
    "SecretValues",
    "SecretString",
    "VersionId",
    "\"Parameters\"",
    "\"Parameter\"",
    "Parameters:",
    "Parameter:",
    "lease_id",
    "vault.azure.net",
    "airbridge.",
];

/// Finds all marks in one pass, because files may be large.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(MARKS).ok());

/// What the file is, if it is a file of another tool. `file_name` is the last part of its path; empty if it has none.
pub fn recognise(file_name: &str, text: &str) -> Option<Foreign> {
    if file_name.ends_with(".tfvars") || file_name.ends_with(".tfvars.json") {
        return Some(Foreign::new(
            "a file of Terraform variables",
            "copy the entries to a file of one of Airflow's formats",
        ));
    }
    if is_probe(text) {
        return None;
    }
    let start = text.trim_start_matches('\u{feff}').trim_start();
    // None of Airflow's files is a list.
    let first =
        start.lines().find(|line| !line.trim().is_empty() && !line.starts_with(['#', '%']) && *line != "---");
    let is_list = first.is_some_and(|line| line.starts_with('[') || line.starts_with("- ") || line == "-");
    if is_list || FINDER.as_ref().is_none_or(|finder| finder.is_match(text)) {
        let root = if start.starts_with(['{', '[']) { Json::parse(start).ok() } else { None };
        match root.or_else(|| first_document(text)) {
            Some(Json::Object(root)) => return object(&root),
            Some(Json::Array(items)) => return list(&items),
            _ => {}
        }
    }
    printed(start)
}

/// The first document of a YAML file.
fn first_document(text: &str) -> Option<Json> {
    let mut document = Zeroizing::new(String::with_capacity(text.len() + 1));
    let mut begun = false;
    for line in text.lines() {
        if line.trim_end() == "---" && begun {
            break;
        }
        begun |= !line.trim().is_empty() && !line.starts_with(['#', '%']) && line.trim_end() != "---";
        document.push_str(line);
        document.push('\n');
    }
    let root = parse(&document).ok()??;
    construct(&root).ok()
}

fn object(root: &Fields) -> Option<Foreign> {
    let has = |name: &str| root.contains(name);
    let text = |name: &str| root.get(name).and_then(Json::as_str);
    let list = |name: &str| matches!(root.get(name), Some(Json::Array(_)));
    let fields = |name: &str| root.get(name).and_then(Json::as_object);

    if let (Some(version), Some(kind)) = (text("apiVersion"), text("kind"))
        && is_api_version(version)
        && ["metadata", "items", "data", "stringData", "spec"].into_iter().any(has)
    {
        let is_known = ["Secret", "ConfigMap", "List", "SealedSecret", "ExternalSecret"].contains(&kind);
        return Some(Foreign::new(
            format!("a Kubernetes {}", if is_known { kind } else { "manifest" }),
            TO_DOTENV,
        ));
    }
    if let Some(services) = fields("services")
        && services.iter().next().is_some()
        && services.iter().all(|(_, service)| is_service(service))
    {
        return Some(Foreign::new(
            "a Docker Compose file",
            "name the file under `env_file`, as file:.env?dialect=compose",
        ));
    }
    if is_helm(root) {
        return Some(Foreign::new("a values file of Airflow's Helm chart", TO_DOTENV));
    }
    if has("total_entries") && (list("connections") || list("variables")) {
        return Some(Foreign::new("a reply of Airflow's REST API, which hides secret values", EXPORT));
    }
    if text("connection_id").is_some() && has("conn_type")
        || text("key").is_some() && has("value") && has("is_encrypted")
    {
        return Some(Foreign::new(
            "one entry as Airflow's REST API returns it, which hides secret values",
            EXPORT,
        ));
    }
    if let Some(deployment) = fields("deployment")
        && (deployment.contains("environment_variables") || deployment.contains("configuration"))
    {
        return Some(Foreign::new(
            "a deployment file of the Astro CLI",
            "run `astro deployment variable list --save --env FILE.env`, and use file:FILE.env?dialect=astro-deployment",
        ));
    }
    if has("terraform_version") && ["resources", "outputs", "values", "modules"].into_iter().any(has) {
        return Some(Foreign::new(
            "a Terraform state",
            "name the service that Terraform wrote to, such as aws:us-east-1",
        ));
    }
    if !root.is_empty() && root.iter().all(|(_, output)| is_terraform_output(output)) {
        return Some(Foreign::new(
            "the output of `terraform output`",
            "name the service that Terraform wrote to",
        ));
    }
    if list("SecretList")
        || list("SecretValues")
        || (text("ARN").is_some() && (has("SecretString") || has("VersionId")))
    {
        return Some(Foreign::new(
            "a reply of AWS Secrets Manager",
            "read the service itself, as aws:us-east-1",
        ));
    }
    let parameter = fields("Parameter").is_some_and(|parameter| parameter.contains("Value"));
    if parameter || list("Parameters") && root.iter().all(|(name, _)| is_parameters_key(name)) {
        return Some(Foreign::new(
            "a reply of AWS Systems Manager",
            "read the service itself, as aws-ssm:us-east-1",
        ));
    }
    if text("request_id").is_some() && has("lease_id") && has("data") {
        return Some(Foreign::new("a reply of Vault", "read the server itself, as vault:MOUNT"));
    }
    if is_azure_secret(root) {
        return Some(Foreign::new(
            "a reply of Azure Key Vault",
            "read the vault itself, as azure:VAULT_NAME",
        ));
    }
    if text("schema").is_some_and(|schema| schema.starts_with("airbridge.")) && has("summary") {
        return Some(Foreign::new(
            "a document that airbridge printed",
            "use `airbridge export` to write entries to a file",
        ));
    }
    None
}

/// `v1`, `apps/v1beta1`.
fn is_api_version(text: &str) -> bool {
    let version = text.rsplit('/').next().unwrap_or_default();
    version.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_service(service: &Json) -> bool {
    const KEYS: [&str; 8] =
        ["image", "build", "environment", "env_file", "command", "extends", "volumes", "depends_on"];
    service.as_object().is_some_and(|service| KEYS.into_iter().any(|key| service.contains(key)))
}

/// A component of the chart, and a setting that only the chart has.
fn is_helm(root: &Fields) -> bool {
    const COMPONENTS: [&str; 13] = [
        "webserver",
        "scheduler",
        "workers",
        "triggerer",
        "apiServer",
        "dagProcessor",
        "statsd",
        "flower",
        "postgresql",
        "redis",
        "pgbouncer",
        "dags",
        "images",
    ];
    const SETTINGS: [&str; 12] = [
        "airflowVersion",
        "defaultAirflowTag",
        "defaultAirflowRepository",
        "airflowHome",
        "executor",
        "extraEnv",
        "extraEnvFrom",
        "extraSecrets",
        "extraConfigMaps",
        "fernetKeySecretName",
        "webserverSecretKeySecretName",
        "useStandardNaming",
    ];
    let is_map = |name: &&str| matches!(root.get(name), Some(Json::Object(_)));
    let connection = root.get("data").and_then(Json::as_object);
    COMPONENTS.iter().any(is_map)
        && (SETTINGS.iter().any(|name| root.contains(name))
            || connection.is_some_and(|data| data.contains("metadataConnection")))
}

fn is_terraform_output(output: &Json) -> bool {
    output.as_object().is_some_and(|output| {
        matches!(output.get("sensitive"), Some(Json::Bool(_)))
            && output.contains("value")
            && output.contains("type")
    })
}

fn is_parameters_key(name: &str) -> bool {
    matches!(name, "Parameters" | "InvalidParameters" | "NextToken")
}

fn is_azure_secret(secret: &Fields) -> bool {
    let id = secret.get("id").and_then(Json::as_str).unwrap_or_default();
    id.contains(".vault.azure.net/secrets/") && secret.contains("attributes")
}

fn list(items: &[Json]) -> Option<Foreign> {
    let all = |test: &dyn Fn(&Fields) -> bool| {
        !items.is_empty() && items.iter().all(|item| item.as_object().is_some_and(test))
    };
    let has_text = |item: &Fields, name: &str| item.get(name).and_then(Json::as_str).is_some();
    if all(&|item| has_text(item, "conn_id") && item.contains("conn_type")) {
        return Some(Foreign::new(
            "the output of `airflow connections list`",
            "run `airflow connections export FILE.json`, which keeps the ids as keys",
        ));
    }
    if all(&|item| has_text(item, "key") && item.iter().all(|(name, _)| is_variable_column(name))) {
        return Some(Foreign::new("the output of `airflow variables list`", EXPORT_VARIABLES));
    }
    if all(&|item| has_text(item, "connection_id")) {
        return Some(Foreign::new("a reply of Airflow's REST API, which hides secret values", EXPORT));
    }
    if all(&|item| item.get("name").and_then(Json::as_str).is_some_and(is_google_secret)) {
        return Some(Foreign::new(
            "the output of `gcloud secrets list`",
            "read the service itself, as gcp:PROJECT",
        ));
    }
    if all(&is_azure_secret) {
        return Some(Foreign::new(
            "the output of `az keyvault secret list`",
            "read the vault itself, as azure:VAULT_NAME",
        ));
    }
    None
}

fn is_variable_column(name: &str) -> bool {
    matches!(name, "id" | "key" | "value" | "val" | "description" | "is_encrypted" | "team_name")
}

fn is_google_secret(name: &str) -> bool {
    name.starts_with("projects/") && name.contains("/secrets/")
}

/// What Airflow's command line prints in tables and as plain text.
/// More columns than a table of the CLI has. A file may have one long line.
const COLUMNS: usize = 32;

fn printed(text: &str) -> Option<Foreign> {
    let mut lines = text.lines();
    let header: Vec<_> = lines
        .next()?
        .split(|c: char| c == '|' || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .take(COLUMNS)
        .collect();
    let second = lines.next().unwrap_or_default();
    let ruled = second.starts_with("==");
    if header.contains(&"conn_id") && header.contains(&"conn_type") {
        return Some(Foreign::new("the output of `airflow connections list`", EXPORT));
    }
    if header == ["key"] && (ruled || !text.contains(['=', ':'])) {
        return Some(Foreign::new("the output of `airflow variables list`", EXPORT_VARIABLES));
    }
    let section = |line: &str| {
        matches!(line.trim(), "[core]" | "[database]" | "[secrets]" | "[logging]" | "[webserver]")
    };
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    if first.is_some_and(|line| line.starts_with('[')) && text.lines().any(section) {
        return Some(Foreign::new(
            "a configuration file of Airflow",
            "name it airflow.cfg, and write airflow:airflow.cfg",
        ));
    }
    None
}

#[cfg(test)]
mod tests;
