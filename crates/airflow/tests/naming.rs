//! Compares [`Layout`] with the names that real Airflow installations request from real backend classes, and with the
//! examples in `docs/naming.md`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use airbridge_airflow::{AirflowVersion, EntryId, Kind, Layout, Parsed, Paths, PerKind, Prefix, Scheme};
use airbridge_core::SecretName;
use serde_json::{Map, Value};

type Kwargs = Map<String, Value>;

#[test]
fn layout_requests_the_same_names_as_airflow() {
    let document: Value = serde_json::from_str(include_str!("../../../tests/vectors/naming.json")).unwrap();
    let cases = document["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 371);
    let mut wrong = Vec::new();
    let mut answers = 0;
    for case in cases {
        for (airflow, answer) in case["results"].as_object().unwrap() {
            answers += 1;
            let expected = match &answer["requests"] {
                Value::Null => Err(()),
                requests => Ok(texts(requests)),
            };
            let ours = asked(&case["input"], version(airflow));
            let agrees = match (&ours, &expected) {
                (Ok(ours), Ok(expected)) => ours == expected,
                (Err(_), Err(())) => true,
                _ => false,
            };
            if !agrees {
                wrong.push(format!("{} in {airflow}: {ours:?}, Airflow {answer}", case["id"]));
            }
        }
    }
    assert_eq!(answers, 652);
    assert!(wrong.is_empty(), "{} answers differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The name to read and write is the first name that Airflow requests, or there is a reason why it has none.
#[test]
fn name_of_an_entry_is_the_first_that_airflow_requests() {
    let document: Value = serde_json::from_str(include_str!("../../../tests/vectors/naming.json")).unwrap();
    let (mut named, mut rejected) = (0, 0);
    for case in document["cases"].as_array().unwrap() {
        let input = &case["input"];
        if input["multi_team"] == true || input["team"].is_string() {
            continue;
        }
        let Ok(layout) = layout(input, AirflowVersion::V3_3) else { continue };
        let id = entry(input);
        match layout.name_of(&id) {
            Ok(name) => {
                assert_eq!(Some(&name), layout.requests(&id, false).first(), "{}", case["id"]);
                assert_ne!(layout.parse(&name), Parsed::Foreign, "{}", case["id"]);
                named += 1;
            }
            Err(error) => {
                let asked = layout.requests(&id, false);
                assert!(asked.is_empty() || error.reason == "id-not-reachable", "{}: {error}", case["id"]);
                rejected += 1;
            }
        }
    }
    assert_eq!((named, rejected), (232, 43));
}

/// The rows `| endpoint | settings | entry | name |` of `docs/naming.md`.
#[test]
fn documented_examples_are_correct() {
    let page = include_str!("../../../docs/naming.md");
    let mut rows = 0;
    for line in page.lines() {
        let cells: Vec<_> =
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
        let [backend, kwargs, id, names] = cells.as_slice() else { continue };
        let Ok(kwargs) = serde_json::from_str::<Kwargs>(kwargs) else { continue };
        let (team, kwargs): (Kwargs, Kwargs) = kwargs.into_iter().partition(|(key, _)| key == "team");
        let team = team.get("team").map(|team| team.as_str().unwrap());
        let layout = Layout::new(&scheme(backend, &kwargs), AirflowVersion::V3_3, team).unwrap();
        let ours = match layout.names_of(&EntryId::parse(id).unwrap()) {
            Ok(names) => names.iter().map(SecretName::as_str).collect::<Vec<_>>().join("`, then `"),
            Err(error) => format!("none: `{}", error.reason),
        };
        assert_eq!(&ours, names, "{line}");
        rows += 1;
    }
    assert_eq!(rows, 41);
}

fn asked(input: &Value, version: AirflowVersion) -> Result<Vec<String>, String> {
    let layout = layout(input, version)?;
    let names = layout.requests(&entry(input), input["multi_team"] == true);
    Ok(names.iter().map(|name| address(input, name)).collect())
}

fn layout(input: &Value, version: AirflowVersion) -> Result<Layout, String> {
    let kwargs = input["kwargs"].as_object().unwrap();
    let scheme = scheme(input["backend"].as_str().unwrap(), kwargs);
    Layout::new(&scheme, version, input["team"].as_str()).map_err(|error| error.to_string())
}

fn entry(input: &Value) -> EntryId {
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == input["kind"]).unwrap();
    EntryId::new(kind, input["id"].as_str().unwrap())
}

fn version(airflow: &str) -> AirflowVersion {
    match airflow {
        "2.11.2" => AirflowVersion::V2_11,
        "3.3.2" => AirflowVersion::V3_3,
        other => panic!("no layout for Airflow {other}"),
    }
}

/// The scheme of a backend with these kwargs.
fn scheme(backend: &str, kwargs: &Kwargs) -> Scheme {
    let prefixes = per_kind(|kind| prefix(kwargs, &format!("{kind}_prefix")));
    let lookup = per_kind(|kind| text(kwargs, &format!("{kind}_lookup_pattern")));
    let sep = text(kwargs, "sep");
    match backend {
        "aws_secrets_manager" | "aws" => Scheme::AwsSecretsManager { prefixes, sep, lookup },
        "aws_ssm" | "aws-ssm" => Scheme::AwsSsm { prefixes, lookup },
        "gcp_secret_manager" | "gcp" => Scheme::GcpSecretManager { prefixes, sep },
        "azure_key_vault" | "azure" => Scheme::AzureKeyVault { prefixes, sep },
        "vault" => Scheme::Vault {
            paths: per_kind(|kind| match kwargs.get(&format!("{kind}_path")) {
                None => Paths::Default,
                Some(Value::Null) => Paths::Off,
                Some(Value::String(path)) => Paths::Text(path.clone()),
                Some(list) => Paths::List(texts(list)),
            }),
            mount_point: prefix(kwargs, "mount_point"),
            global_secrets_path: text(kwargs, "global_secrets_path"),
            use_team_secrets_path: kwargs.get("use_team_secrets_path").and_then(Value::as_bool),
        },
        "env" => Scheme::Environment,
        "file" => Scheme::Files { kinds: Kind::ALL.to_vec() },
        other => panic!("no scheme for {other}"),
    }
}

fn per_kind<T>(make: impl Fn(&str) -> T) -> PerKind<T> {
    PerKind { connections: make("connections"), variables: make("variables"), config: make("config") }
}

fn prefix(kwargs: &Kwargs, key: &str) -> Prefix {
    match kwargs.get(key) {
        None => Prefix::Default,
        Some(Value::Null) => Prefix::Off,
        Some(text) => Prefix::Text(text.as_str().unwrap().to_owned()),
    }
}

fn text(kwargs: &Kwargs, key: &str) -> Option<String> {
    kwargs.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The request to the store, as the recordings show it.
fn address(input: &Value, name: &SecretName) -> String {
    let kwargs = &input["kwargs"];
    match input["backend"].as_str() {
        Some("gcp_secret_manager") => {
            let project = kwargs["project_id"].as_str().unwrap_or("cred-project");
            format!("projects/{project}/secrets/{name}/versions/latest")
        }
        Some("vault") => {
            let (mount, path) =
                match kwargs.get("mount_point").map(|mount| mount.as_str().unwrap_or_default()) {
                    None => ("secret", name.as_str()),
                    Some("") => name.as_str().split_once('/').unwrap(),
                    Some(mount) => (mount.trim_matches('/'), name.as_str()),
                };
            let data = if kwargs["kv_engine_version"] == 1 { "" } else { "data/" };
            format!("GET /v1/{}/{data}{}", percent_encoded(mount), percent_encoded(path))
        }
        _ => name.as_str().to_owned(),
    }
}

fn percent_encoded(path: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(path, &KEPT).to_string()
}
