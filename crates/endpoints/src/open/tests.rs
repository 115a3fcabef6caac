use std::collections::BTreeSet;

use airbridge_core::Json;

use super::{OpenOptions, configure, kinds};
use crate::config::Config;
use crate::endpoint::{Access, EndpointConfig};
use crate::environment::ProcessEnvironment;
use crate::error::{Class, Error};
use crate::kind::{COMMON_KEYS, Kind};

/// Options with an `airbridge.toml` of this text.
fn options(toml: &str) -> OpenOptions {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("airbridge.toml");
    std::fs::write(&path, toml).unwrap();
    let config = Config::load(Some(&path)).unwrap();
    let variables = [("THE_TOKEN", "canary")].into_iter().collect();
    let env = ProcessEnvironment { variables, ..ProcessEnvironment::default() };
    OpenOptions { config, env, ..OpenOptions::default() }
}

fn configured(toml: &str, text: &str) -> Result<EndpointConfig, Error> {
    configure(&options(toml), text, &[], Access::Read)
}

/// The warnings with their hints.
fn messages(endpoint: &EndpointConfig) -> String {
    let sentences = endpoint.notes.iter().map(|note| {
        let hint = note.hint.as_deref().unwrap_or_default();
        format!("{} {hint}", note.message)
    });
    sentences.collect::<Vec<_>>().join("\n")
}

fn rejected(toml: &str, text: &str) -> String {
    let error = configured(toml, text).map(|_| ()).unwrap_err();
    assert!(matches!(error.class, Class::Usage | Class::Config), "{error:?}");
    let text = format!("{}; {}", error.message, error.hint.unwrap_or_default());
    assert!(!text.contains("canary"), "{text}");
    text
}

#[test]
fn password_in_the_place_is_rejected_without_it() {
    let schemes = kinds().iter().map(|kind| kind.scheme).filter(|scheme| *scheme != "-");
    for scheme in schemes.chain(["https", "no-such-scheme"]) {
        let written = format!("{scheme}:https://user:canary@h.test/x");
        rejected("", written.replace("https:https:", "https:").as_str());
        rejected(&format!("[endpoints.a]\nbackend = \"{written}\"\n"), "@a");
    }
}

#[test]
fn examples_name_the_kind_and_its_keys() {
    for kind in kinds() {
        assert!(!kind.examples.is_empty(), "{}", kind.scheme);
        for example in kind.examples {
            let (place, key) = example.split_once(" --from ").unwrap_or((example, ""));
            let name = key.split('=').next().filter(|name| !name.is_empty());
            assert!(name.is_none_or(|name| kind.key(name).is_some()), "{example}");
            let is_kind = place.split(':').next() == Some(kind.scheme);
            assert!(is_kind || kind.scheme == "file" && !place.contains(':'), "{example}");
        }
    }
}

#[test]
fn kwargs_of_every_class_are_accepted_as_airflow_has_them() {
    let toml = r#"
[endpoints.old]
backend = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
backend_kwargs = """{"connections_prefix": "team/connections", "variables_prefix": null, "sep": "-",
  "connections_lookup_pattern": "^prod", "extra_conn_words": {"user": ["who"]}, "profile_name": "legacy",
  "region_name": "us-east-1", "role_arn": "arn:aws:iam::1:role/x", "assume_role_kwargs": {"ExternalId": "1"},
  "endpoint_url": "https://sm.acme.test", "verify": true, "full_url_mode": false, "config_kwargs": {"retries": 3}}"""

[endpoints.parameters]
backend = "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend"
backend_kwargs = """{"connections_prefix": "/team/connections", "variables_prefix": null, "profile_name": "legacy",
  "config_lookup_pattern": "^smtp", "region_name": "us-east-1"}"""
tier = "intelligent"
kms_key_id = "alias/airflow"

[endpoints.google]
backend = "airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend"
backend_kwargs = """{"connections_prefix": "team-connections", "variables_prefix": null, "sep": "_", "project_id": "acme",
  "gcp_keyfile_dict": {"type": "service_account", "private_key": "canary"}, "gcp_scopes": "a,b",
  "impersonation_chain": ["a@acme.test", "b@acme.test"]}"""
locations = ["europe-west1", "europe-west4"]
labels = { team = "data" }

[endpoints.key_vault]
backend = "airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend"
backend_kwargs = """{"vault_url": "https://acme.vault.azure.net", "connections_prefix": "My_Prod-", "sep": "-",
  "tenant_id": "t", "client_id": "c", "client_secret": "s", "tags": {"owner": "data"},
  "managed_identity_client_id": "", "workload_identity_tenant_id": ""}"""

[endpoints.new]
backend = "airflow.providers.hashicorp.secrets.vault.VaultBackend"
backend_kwargs = """{"connections_path": ["a", "b"], "variables_path": "v", "config_path": null, "mount_point": "air",
  "url": "https://vault.acme.test", "auth_type": "approle", "role_id": "r", "kv_engine_version": 2,
  "namespace": "team", "verify": "/etc/ca.pem", "timeout": 30, "proxies": {"https": "http://proxy:3128"},
  "cert": ["a.pem", "b.pem"], "gcp_scopes": "x"}"""
secret_id = { env = "THE_TOKEN" }
airflow_version = "3.3"
"#;
    let old = configured(toml, "@old").unwrap();
    assert_eq!(old.scheme, "aws");
    let said = messages(&old);
    assert!(said.contains("`full_url_mode`") && said.contains("`config_kwargs`"), "{said}");
    assert_eq!(configured(toml, "@parameters").unwrap().scheme, "aws-ssm");
    assert_eq!(configured(toml, "@google").unwrap().scheme, "gcp");
    assert_eq!(configured(toml, "@key_vault").unwrap().scheme, "azure");
    let new = configured(toml, "@new").unwrap();
    assert_eq!(new.scheme, "vault");
    assert!(new.notes.iter().all(|note| note.message.contains("`gcp_scopes`")), "{:?}", new.notes);
}

#[test]
fn settings_of_new_secrets_are_those_of_the_keys() {
    let settings = |text: &str| {
        let endpoint = configured("", text).unwrap();
        let shown = endpoint.new_secrets.iter().map(|setting| {
            format!("{}={}", setting.name, setting.value.as_deref().unwrap_or(setting.default))
        });
        shown.collect::<Vec<_>>().join(" ")
    };
    for (text, shown) in [
        ("aws:us-east-1", "kms_key_id=the service's own key tags=none replica_regions=none"),
        (
            r#"aws:us-east-1?kms_key_id=alias/a&tags={"owner":"data"}&replica_regions:=["eu-west-1","eu-west-2"]"#,
            "kms_key_id=alias/a tags=owner=data replica_regions=eu-west-1, eu-west-2",
        ),
        ("aws-ssm:us-east-1?tier=advanced", "tier=advanced kms_key_id=the service's own key tags=none"),
        (
            r#"gcp:acme?labels={"team":"data"}&locations=a,b"#,
            "locations=a,b kms_keys=Google's own keys labels=team=data",
        ),
        (r#"azure:acme?tags={"owner":"data"}"#, "tags=owner=data"),
        (r#"vault:?custom_metadata={"owner":"data"}"#, "custom_metadata=owner=data"),
        ("file:a.json", ""),
    ] {
        assert_eq!(settings(text), shown, "{text}");
    }
}

#[test]
fn named_endpoint_says_which_file_and_table_define_it() {
    let endpoint = configured("[endpoints.old]\nbackend = \"aws:us-east-1\"\n", "@old").unwrap();
    let configured_by = endpoint.configured_by.unwrap();
    assert!(configured_by.ends_with("airbridge.toml, [endpoints.old]"), "{configured_by}");
    assert_eq!(configured("", "aws:us-east-1").unwrap().configured_by, None);
}

#[test]
fn kwargs_that_cannot_be_honoured_are_rejected_with_a_message() {
    for (backend, kwarg, word) in [
        ("aws", "verify = false", "ca_file"),
        ("aws", "use_ssl = false", "endpoint_url"),
        ("aws", "assume_role_method = 'assume_role_with_saml'", "profile"),
        ("aws", "assume_role_kwargs = { Policy = 'canary' }", "ExternalId"),
        ("aws", "session_kwargs = { profile_name = 'x' }", "profile_name"),
        ("aws", "extra_conn_words = { login = ['x'] }", "user"),
        ("aws", "aws_access_key_id = 'canary'", "aws_secret_access_key"),
        ("aws", "connections_lookup_pattern = '('", "connections_lookup_pattern"),
        ("aws-ssm", "tier = 'gold'", "tier=advanced"),
        ("aws-ssm", "sep = '-'", "`sep`"),
        ("aws-ssm", "use_ssl = false", "endpoint_url"),
        ("gcp", "ca_file = 'a.pem'", "SSL_CERT_FILE"),
        ("gcp", "proxy = 'http://a'", "HTTPS_PROXY"),
        ("gcp", "labels = { team = 1 }", "`labels`"),
        ("gcp", "gcp_keyfile_dict = 1", "JSON object"),
        ("gcp", "connections_prefix = 'a/b'", "connections_prefix"),
        ("azure:acme", "verify_challenge_resource = false", "Microsoft"),
        (
            "azure",
            "vault_url = 'https://Acme.Vault.Azure.Net'\nverify_challenge_resource = false",
            "Microsoft",
        ),
        ("azure", "vault_url = 'http://acme.test'", "https"),
        ("azure", "client_secret = 'canary'", "vault"),
        ("azure:acme", "tags = { owner = 1 }", "`owner`"),
        ("vault", "auth_type = 'gcp'", "kubernetes"),
        ("vault", "kv_engine_version = 3", "1 or 2"),
        ("vault", "session = 'canary'", "hvac"),
        ("vault", "cert = ['a', 'b', 'c']", "cert"),
        ("vault", "url = 'https://a'\nendpoint_url = 'https://b'", "both set"),
        ("vault", "proxy = 'http://a'\nproxies = { https = 'http://b' }", "both set"),
        ("vault", "ca_file = 'a'\nverify = 'b'", "`verify`"),
        ("vault", "url = 'http://vault.acme.test'", "allow_http"),
        ("aws", "endpoint_url = 'HTTP://sm.acme.test'", "allow_http"),
        ("vault", "backend_kwarg = {}", "did you mean `backend_kwargs`?"),
    ] {
        let said = rejected(&format!("[endpoints.a]\nbackend = '{backend}'\n{kwarg}\n"), "@a");
        assert!(said.contains(word), "{kwarg}: {said}");
    }
}

#[test]
fn command_line_takes_precedence_over_configured_keys() {
    let toml = "[endpoints.a]\nbackend = 'aws:us-east-1'\nsep = '-'\n";
    assert!(configured(toml, "@a?sep=/&profile_name=x").is_ok());
    assert!(
        rejected("[endpoints.a]\nbackend = 'aws:us-east-1'\nregion_name = 'x'\n", "@a").contains("twice")
    );
}

#[test]
fn unknown_backend_is_rejected_with_the_nearest() {
    let said = rejected("[endpoints.a]\nbackend = 'valut'\n", "@a");
    assert!(said.contains("unknown backend `valut`; did you mean `vault`?"), "{said}");
    let said = rejected("[endpoints.a]\nbackend = \"\"\"x\nsecret_id = canary\"\"\"\n", "@a");
    assert!(said.contains("unknown backend") && !said.contains("canary"), "{said}");
}

#[test]
fn secret_of_any_kind_is_rejected_on_the_command_line_of_every_kind() {
    for kind in kinds() {
        for key in kinds().iter().flat_map(|kind| kind.keys()).filter(|key| key.secret.is_some()) {
            let place = if kind.place_key.is_some() { "x" } else { "" };
            let scheme = if kind.scheme == "-" { "-".to_owned() } else { format!("{}:{place}", kind.scheme) };
            let said = rejected("", &format!("{scheme}?{}=canary", key.name));
            assert!(said.contains("is a secret") && said.contains("airbridge.toml"), "{scheme}: {said}");
        }
    }
    let said = rejected("", "vault:?token=canary");
    assert!(said.contains("set `VAULT_TOKEN`") && said.contains("`token_path`"), "{said}");
    let said = rejected("", "azure:acme?client_secret=canary");
    assert!(said.contains("set `AZURE_CLIENT_SECRET`") && !said.contains("VAULT_TOKEN"), "{said}");
}

/// The keys that configuring an endpoint really reads.
fn read_keys(kind: &Kind) -> BTreeSet<&'static str> {
    let place = match kind.scheme {
        "-" => "-?format=dotenv".to_owned(),
        "airflow-db" => "airflow-db:postgresql://h/d".to_owned(),
        "airflow-api" => "airflow-api:https://acme.test".to_owned(),
        scheme => format!("{scheme}:{}", if kind.place_key.is_some() { "acme" } else { "" }),
    };
    configured("", &place).unwrap().asked.into_iter().collect()
}

#[test]
fn declared_keys_are_those_that_are_read() {
    // `airflow:` also reads the keys of the backend that it leads to.
    for kind in kinds().iter().filter(|kind| !kind.forwards_keys) {
        let declared: BTreeSet<&str> = kind.keys().chain(COMMON_KEYS).map(|key| key.name).collect();
        assert_eq!(read_keys(kind), declared, "{}", kind.scheme);
    }
}

/// A deployment's file of this text.
fn deployment(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, format!("airflow:{}", path.display()))
}

const VAULT: &str =
    "[secrets]\nbackend = airflow.providers.hashicorp.secrets.vault.VaultBackend\nbackend_kwargs = ";

#[test]
fn deployment_becomes_the_endpoint_that_it_configures() {
    let (_folder, endpoint) =
        deployment("airflow.cfg", &format!("{VAULT}{{\"token\": \"canary\", \"url\": \"https://a\"}}\n"));
    let vault = configured("", &endpoint).unwrap();
    assert_eq!(vault.scheme, "vault");
    assert!(messages(&vault).contains("the secret `token` is in plain text"), "{:?}", vault.notes);
    // `kv_engine_version` is what Airflow's class assumes, so it is not printed.
    assert!(vault.airflow.unwrap().kwargs(&|_| true).get("kv_engine_version").is_none());
    // The command line takes precedence, and a name in airbridge.toml may lead here.
    assert!(configured("", &format!("{endpoint}?kv_engine_version=1&auth_type=approle&role_id=r")).is_ok());
    let toml = format!("[endpoints.a]\nbackend = '{endpoint}'\nmount_point = 'm'\n");
    let named = configured(&toml, "@a").unwrap();
    let kwargs = named.airflow.unwrap().kwargs(&|_| true);
    assert_eq!(kwargs.get("mount_point").and_then(Json::as_str), Some("m"));
    assert!(kwargs.get("token").is_none());
    // A single kwarg is a string, and to Python a string is true.
    let single = "AIRFLOW__SECRETS__BACKEND_KWARG__USE_TEAM_SECRETS_PATH=false\n";
    let class = "AIRFLOW__SECRETS__BACKEND=airflow.providers.hashicorp.secrets.vault.VaultBackend\n";
    let (_folder, endpoint) = deployment(".env", &format!("{class}{single}VAULT_TOKEN=canary\n"));
    let kwargs = configured("", &endpoint).unwrap().airflow.unwrap().kwargs(&|_| true);
    assert_eq!(kwargs.get("use_team_secrets_path"), Some(&Json::Bool(true)));
}

#[test]
fn settings_without_a_usable_backend_are_rejected_with_a_message() {
    for (kwargs, word) in [
        ("{}", "there is no token"),
        ("{'token': 'canary'}", "fix this first: "),
        (
            "{\"token\": \"canary\", \"kv_engine_version\": \"2\"}",
            "line 3, [secrets] backend_kwargs: `kv_engine_version`",
        ),
        ("{\"token\": \"canary\", \"mount_pont\": \"canary\"}", "did you mean `mount_point`?"),
        ("{\"token\": \"canary\", \"ca_file\": \"canary\"}", "unknown kwarg `ca_file` of VaultBackend"),
        ("{\"token\": \"canary\", \"verify\": false}", "`verify=false` is not supported"),
        ("canary%", "`%"),
    ] {
        let (_folder, endpoint) = deployment("airflow.cfg", &format!("{VAULT}{kwargs}\n"));
        let said = rejected("", &endpoint);
        assert!(said.contains(word), "{kwargs}: {said}");
    }
    for (name, text, word) in [
        ("airflow.cfg", "[secrets]\nbackend =\n", "configures no secrets backend"),
        ("airflow.cfg", "[secrets]\nbackend = acme.VaultBackend\n", "use one of airflow.providers.hashicorp"),
        (
            "airflow.cfg",
            "[secrets]\nbackend = airflow.secrets.metastore.MetastoreBackend\n",
            "metadata database",
        ),
        (".env", "AIRFLOW__SECRETS__BACKEND=a # canary\n", "line 1: the value of AIRFLOW__SECRETS__BACKEND"),
        ("settings", "\u{feff}[secrets]\n", "configures no"),
    ] {
        let (_folder, endpoint) = deployment(name, text);
        let said = rejected("", &endpoint);
        assert!(said.contains(word), "{text}: {said}");
    }
    assert!(rejected("", "airflow:/nowhere/airflow.cfg").contains("does not exist"));
}

#[test]
fn kwargs_that_airflow_ignores_are_a_warning() {
    let aws = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend";
    for (kwargs, word) in [
        ("{\"connection_prefix\": \"canary\"}", "did you mean `connections_prefix`?"),
        ("{'a': 1}", "Airflow ignores it"),
        ("{\"region_name\": \"$NOWHERE\", \"region_name\": \"eu-west-1\"}", "names no variable that is set"),
    ] {
        let (_folder, endpoint) =
            deployment("airflow.cfg", &format!("[secrets]\nbackend = {aws}\nbackend_kwargs = {kwargs}\n"));
        let notes = messages(&configured("", &endpoint).unwrap());
        assert!(notes.contains(word) && !notes.contains("canary"), "{kwargs}: {notes}");
    }
}

#[test]
fn environment_as_target_is_rejected() {
    let error = configure(&options(""), "env:", &[], Access::Write).unwrap_err();
    assert_eq!(error.class, Class::Usage);
}

#[tokio::test]
async fn file_opened_to_read_is_a_source_and_not_a_target() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("variables.json");
    std::fs::write(&path, "{\"a\": \"1\"}").unwrap();
    let open = super::open(&path.display().to_string(), Access::Read, &options("")).await.unwrap();
    assert_eq!(open.source().endpoint().label, path.display().to_string());
    assert_eq!(open.into_target().unwrap_err().class, Class::Usage);
}
