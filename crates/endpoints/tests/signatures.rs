//! Declared kwargs compared with the signatures of Airflow's classes.

#![cfg(test)]

use std::collections::BTreeSet;

use airbridge_endpoints::{Kind, Owner, kinds};

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

/// Kwargs of earlier Amazon providers, which deployments may still have.
const EARLIER: [&str; 3] = ["full_url_mode", "are_secret_values_urlencoded", "session_kwargs"];

/// The kinds whose class can be configured, with the class.
fn configurable() -> impl Iterator<Item = (&'static Kind, &'static str)> {
    let classes = kinds().iter().filter_map(|kind| Some((*kind, kind.class?.path)));
    classes.filter(|(kind, _)| kind.scheme != "env")
}

#[test]
fn kwargs_are_those_of_airflows_classes() {
    let signatures = signatures();
    let arguments = |signature: &serde_json::Value, list: &str| -> BTreeSet<String> {
        let list = signature[list].as_array().unwrap().iter();
        list.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let mut compared = 0;
    for (kind, class) in configurable() {
        let signature = &signatures[class];
        let kwargs: BTreeSet<String> = kind.kwargs().map(str::to_owned).collect();
        let own = kind.keys().filter(|key| key.owner == Owner::Airbridge);
        let own: BTreeSet<String> = own.map(|key| key.name.to_owned()).collect();
        let (named, passed_on) = (arguments(signature, "named"), arguments(signature, "handed_on"));
        assert!(named.is_subset(&kwargs), "{class} also takes {:?}", named.difference(&kwargs));
        assert!(own.is_disjoint(&named) && own.is_disjoint(&passed_on), "{class}: {own:?}");
        if signature["any"] == false || !passed_on.is_empty() {
            let earlier = EARLIER.map(str::to_owned);
            let accepted = named.union(&passed_on).cloned().chain(earlier).collect();
            assert!(kwargs.is_subset(&accepted), "{class} has no {:?}", kwargs.difference(&accepted));
        }
        compared += 1;
    }
    assert_eq!(compared, 6);
}

#[test]
fn keys_for_new_secrets_are_airbridges_own() {
    // Amazon's classes accept any kwarg, so their signatures do not show it.
    let for_new_secrets = [
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
    for (kind, class) in configurable() {
        for key in kind.keys().filter(|key| for_new_secrets.contains(&key.name)) {
            assert_eq!(key.owner, Owner::Airbridge, "{} would be printed as a kwarg of {class}", key.name);
            found.insert(key.name);
        }
    }
    assert_eq!(found.len(), for_new_secrets.len());
}
