use std::collections::BTreeSet;

use super::{BACKENDS, Backend, COMMON_KEYS, configurable};
use crate::config::Config;
use crate::endpoint::environment::ProcessEnvironment;
use crate::endpoint::{Access, Context, asked_by};

fn context() -> Context {
    Context {
        config: Config::default(),
        env: ProcessEnvironment::default(),
        team: None,
        pace: crate::endpoint::RateOptions::default(),
        allow_commands: false,
    }
}

/// The keys that making an endpoint really asks for.
fn asked(backend: &'static Backend) -> BTreeSet<&'static str> {
    let place = match backend.scheme {
        "-" => "-?format=dotenv".to_owned(),
        scheme => format!("{scheme}:{}", if backend.place_key.is_some() { "acme" } else { "" }),
    };
    asked_by(&context(), &place, Access::Read).unwrap()
}

#[test]
fn every_key_that_is_asked_for_is_in_the_table_and_none_else() {
    // Of a deployment's settings, the keys of the backend that they configure are asked for, too.
    for backend in BACKENDS.iter().filter(|backend| backend.scheme != "airflow") {
        let table: BTreeSet<&str> = backend.keys.iter().chain(COMMON_KEYS).map(|(key, _)| *key).collect();
        assert_eq!(asked(backend), table, "{}", backend.scheme);
    }
}

#[test]
fn the_page_for_users_has_every_scheme_and_key() {
    let page = include_str!("../../../../docs/endpoints.md");
    for backend in BACKENDS {
        let row = format!("| `{}` | {} |", backend.spelling, backend.what);
        assert!(page.contains(&row), "docs/endpoints.md lacks\n{row}");
    }
    for (key, what) in BACKENDS.iter().flat_map(|backend| backend.keys).chain(COMMON_KEYS) {
        let row = format!("| `{key}` | {what} |");
        assert!(page.contains(&row), "docs/endpoints.md lacks\n{row}");
    }
}

#[test]
fn the_schemas_know_every_kind_of_place() {
    // A stream is a file, and a deployment's settings lead to one of the others.
    let places =
        BACKENDS.iter().map(|backend| backend.scheme).filter(|scheme| !["-", "airflow"].contains(scheme));
    let places: Vec<_> = places.collect();
    for name in ["list", "show", "plan", "report", "diff"] {
        let path = format!("{}/../../docs/schemas/{name}-1.json", env!("CARGO_MANIFEST_DIR"));
        let schema: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let known = schema.pointer("/$defs/endpoint/properties/backend/enum").unwrap();
        assert_eq!(*known, serde_json::json!(places), "{name}");
    }
}

/// The arguments of Airflow's classes, from Airflow itself.
fn signatures() -> serde_json::Value {
    let python = std::env::var("AIRBRIDGE_TEST_AIRFLOW_PYTHON");
    let python =
        python.expect("AIRBRIDGE_TEST_AIRFLOW_PYTHON is set by tests/servers/servers.py run -- cargo test");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/servers/settings.py");
    let output = std::process::Command::new(python).args([script, "signatures"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What earlier providers of Amazon's took, so that it may still stand in a deployment's settings.
const EARLIER: [&str; 3] = ["full_url_mode", "are_secret_values_urlencoded", "session_kwargs"];

#[test]
fn keys_that_are_not_our_own_are_kwargs_of_airflows_classes() {
    let signatures = signatures();
    let arguments = |signature: &serde_json::Value, list: &str| -> BTreeSet<String> {
        let list = signature[list].as_array().unwrap().iter();
        list.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let mut compared = 0;
    for (backend, class) in configurable() {
        let signature = &signatures[class];
        let kwargs: BTreeSet<String> = backend.kwargs().map(str::to_owned).collect();
        let own: BTreeSet<String> = backend.own.iter().map(|key| (*key).to_owned()).collect();
        let (named, handed_on) = (arguments(signature, "named"), arguments(signature, "handed_on"));
        assert!(named.is_subset(&kwargs), "{class} also takes {:?}", named.difference(&kwargs));
        assert!(own.is_disjoint(&named) && own.is_disjoint(&handed_on), "{class}: {own:?}");
        if signature["any"] == false || !handed_on.is_empty() {
            let earlier = EARLIER.map(str::to_owned);
            let taken = named.union(&handed_on).cloned().chain(earlier).collect();
            assert!(kwargs.is_subset(&taken), "{class} does not take {:?}", kwargs.difference(&taken));
        }
        compared += 1;
    }
    assert_eq!(compared, 6);
}

#[test]
fn what_new_secrets_get_is_no_matter_of_airflows() {
    // The classes of Amazon's backends take any kwarg, so Airflow cannot be asked.
    let of_new_secrets = [
        "kms_key_id",
        "kms_keys",
        "tags",
        "labels",
        "custom_metadata",
        "replica_regions",
        "locations",
        "tier",
    ];
    let mut found = BTreeSet::new();
    for (backend, class) in configurable() {
        for key in of_new_secrets.iter().filter(|key| backend.keys.iter().any(|(known, _)| known == *key)) {
            assert!(backend.own.contains(key), "{key} would be printed as a kwarg of {class}");
            found.insert(*key);
        }
    }
    assert_eq!(found.len(), of_new_secrets.len());
}
