use super::environment::ProcessEnvironment;
use super::{Access, Context, Prepared, RateOptions, prepare};
use crate::config::Config;
use crate::error::{Class, Error};

/// A context with an `airbridge.toml` of this text.
fn context(toml: &str) -> Context {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("airbridge.toml");
    std::fs::write(&path, toml).unwrap();
    let config = Config::load(Some(&path)).unwrap();
    let variables = [("THE_TOKEN", "canary")].into_iter().collect();
    let env = ProcessEnvironment { variables, ..ProcessEnvironment::default() };
    Context { config, env, team: None, pace: RateOptions::default(), allow_commands: false }
}

fn prepared(toml: &str, text: &str) -> Result<Prepared, Error> {
    prepare(&context(toml), text, &[], Access::Read)
}

fn refused(toml: &str, text: &str) -> String {
    let failure = prepared(toml, text).map(|_| ()).unwrap_err();
    assert_eq!(failure.class, Class::Usage, "{failure:?}");
    let text = format!("{}; {}", failure.message, failure.hint.unwrap_or_default());
    assert!(!text.contains("canary"), "{text}");
    text
}

#[test]
fn kwargs_of_a_deployment_can_be_pasted() {
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
    let old = prepared(toml, "@old").unwrap();
    assert_eq!(old.scheme, "aws");
    let said = old.notes.join("\n");
    assert!(said.contains("`full_url_mode`") && said.contains("`config_kwargs`"), "{said}");
    assert_eq!(prepared(toml, "@parameters").unwrap().scheme, "aws-ssm");
    assert_eq!(prepared(toml, "@google").unwrap().scheme, "gcp");
    assert_eq!(prepared(toml, "@key_vault").unwrap().scheme, "azure");
    let new = prepared(toml, "@new").unwrap();
    assert_eq!(new.scheme, "vault");
    assert!(new.notes.iter().all(|note| note.contains("`gcp_scopes`")), "{:?}", new.notes);
}

#[test]
fn kwargs_that_cannot_be_honoured_are_refused_with_a_sentence() {
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
        ("azure", "client_secret = 'canary'", "no vault is named"),
        ("azure:acme", "tags = { owner = 1 }", "`owner`"),
        ("vault", "auth_type = 'gcp'", "kubernetes"),
        ("vault", "kv_engine_version = 3", "1 or 2"),
        ("vault", "session = 'canary'", "client"),
        ("vault", "cert = ['a', 'b', 'c']", "cert"),
        ("vault", "url = 'https://a'\nendpoint_url = 'https://b'", "say the same"),
        ("vault", "proxy = 'http://a'\nproxies = { https = 'http://b' }", "say the same"),
        ("vault", "ca_file = 'a'\nverify = 'b'", "`verify`"),
        ("vault", "backend_kwarg = {}", "did you mean `backend_kwargs`?"),
    ] {
        let said = refused(&format!("[endpoints.a]\nbackend = '{backend}'\n{kwarg}\n"), "@a");
        assert!(said.contains(word), "{kwarg}: {said}");
    }
}

#[test]
fn a_configured_endpoint_takes_more_keys_and_the_command_line_wins() {
    let toml = "[endpoints.a]\nbackend = 'aws:us-east-1'\nsep = '-'\n";
    assert!(prepared(toml, "@a?sep=/&profile_name=x").is_ok());
    assert!(refused("[endpoints.a]\nbackend = 'aws:us-east-1'\nregion_name = 'x'\n", "@a").contains("twice"));
}

#[test]
fn what_is_not_built_yet_says_so_in_the_configuration_too() {
    for backend in ["airflow-db", "airflow.secrets.metastore.MetastoreBackend"] {
        assert!(refused(&format!("[endpoints.a]\nbackend = '{backend}'\n"), "@a").contains("not built yet"));
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
fn a_deployment_is_the_endpoint_that_it_configures() {
    let (_folder, endpoint) =
        deployment("airflow.cfg", &format!("{VAULT}{{\"token\": \"canary\", \"url\": \"https://a\"}}\n"));
    let vault = prepared("", &endpoint).unwrap();
    assert_eq!(vault.scheme, "vault");
    assert!(vault.notes.join(" ").contains("`token` stands there in plain text"), "{:?}", vault.notes);
    // The command line wins, and a name in airbridge.toml may lead here.
    assert!(prepared("", &format!("{endpoint}?kv_engine_version=1&auth_type=approle&role_id=r")).is_ok());
    let toml = format!("[endpoints.a]\nbackend = '{endpoint}'\nmount_point = 'm'\n");
    let named = prepared(&toml, "@a").unwrap();
    let kwargs = named.airflow.unwrap().kwargs(&|_| true);
    assert_eq!(kwargs.get("mount_point").and_then(airbridge_core::Json::as_str), Some("m"));
    assert!(kwargs.get("token").is_none());
    // A single kwarg is a text, and to Python a text is true.
    let single = "AIRFLOW__SECRETS__BACKEND_KWARG__USE_TEAM_SECRETS_PATH=false\n";
    let class = "AIRFLOW__SECRETS__BACKEND=airflow.providers.hashicorp.secrets.vault.VaultBackend\n";
    let (_folder, endpoint) = deployment(".env", &format!("{class}{single}VAULT_TOKEN=canary\n"));
    let kwargs = prepared("", &endpoint).unwrap().airflow.unwrap().kwargs(&|_| true);
    assert_eq!(kwargs.get("use_team_secrets_path"), Some(&airbridge_core::Json::Bool(true)));
}

#[test]
fn settings_that_lead_nowhere_are_refused_with_a_sentence() {
    for (kwargs, word) in [
        ("{}", "there is no token"),
        ("{'token': 'canary'}", "is no JSON; Airflow goes on without any kwargs: mend that first"),
        (
            "{\"token\": \"canary\", \"kv_engine_version\": \"2\"}",
            "line 3, [secrets] backend_kwargs: `kv_engine_version`",
        ),
        ("{\"token\": \"canary\", \"mount_pont\": \"canary\"}", "did you mean `mount_point`?"),
        ("{\"token\": \"canary\", \"ca_file\": \"canary\"}", "`ca_file` is no kwarg of VaultBackend"),
        ("{\"token\": \"canary\", \"verify\": false}", "`verify` is false"),
        ("canary%", "a `%`"),
    ] {
        let (_folder, endpoint) = deployment("airflow.cfg", &format!("{VAULT}{kwargs}\n"));
        let said = refused("", &endpoint);
        assert!(said.contains(word), "{kwargs}: {said}");
    }
    for (name, text, word) in [
        ("airflow.cfg", "[secrets]\nbackend =\n", "configures no secrets backend"),
        ("airflow.cfg", "[secrets]\nbackend = acme.VaultBackend\n", "it knows airflow.providers.hashicorp"),
        (
            "airflow.cfg",
            "[secrets]\nbackend = airflow.secrets.metastore.MetastoreBackend\n",
            "metadata database",
        ),
        (
            ".env",
            "AIRFLOW__SECRETS__BACKEND=a # canary\n",
            "line 1: the value of AIRFLOW__SECRETS__BACKEND has a ` #`",
        ),
        ("settings", "\u{feff}[secrets]\n", "configures no"),
    ] {
        let (_folder, endpoint) = deployment(name, text);
        let said = refused("", &endpoint);
        assert!(said.contains(word), "{text}: {said}");
    }
    assert!(refused("", "airflow:/nowhere/airflow.cfg").contains("does not exist"));
}

#[test]
fn kwargs_that_airflow_passes_over_are_said() {
    let aws = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend";
    for (kwargs, word) in [
        ("{\"connection_prefix\": \"canary\"}", "did you mean `connections_prefix`?"),
        ("{'a': 1}", "goes on without any kwargs"),
        ("{\"region_name\": \"$NOWHERE\", \"region_name\": \"eu-west-1\"}", "stands for no variable"),
    ] {
        let (_folder, endpoint) =
            deployment("airflow.cfg", &format!("[secrets]\nbackend = {aws}\nbackend_kwargs = {kwargs}\n"));
        let notes = prepared("", &endpoint).unwrap().notes.join(" ");
        assert!(notes.contains(word) && !notes.contains("canary"), "{kwargs}: {notes}");
    }
}

#[test]
fn the_environment_cannot_be_written() {
    let failure = prepare(&context(""), "env:", &[], Access::Write).map(|_| ()).unwrap_err();
    assert_eq!(failure.class, Class::Usage);
}
