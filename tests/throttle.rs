//! Copies to servers that throttle at the services' published rates write every entry, and none twice.

#![cfg(test)]

mod key_vault;

use airbridge_tests::{Airbridge, AwsUser, Calls, GoogleProject, VaultMount, server};
use key_vault::KeyVault;
use serde_json::{Map, Value, json};

/// Copies `count` variables at a rate that the server does not accept.
fn copy(user: &Airbridge, endpoint: &str, count: usize) {
    let variable = |number: usize| (format!("key-{number:03}"), Value::from(format!("value {number}")));
    let variables: Map<_, _> = (0..count).map(variable).collect();
    user.write("variables.json", Value::from(variables).to_string());
    let report =
        user.run(["copy", "variables.json", endpoint, "--rate", "200", "--yes", "-o", "json"]).code(0).json();
    assert_eq!(report["summary"]["verified"], count, "{}", report["summary"]);
    assert_eq!(report["summary"]["failed"], 0);
}

fn assert_throttled(calls: &Calls) {
    assert!(calls.iter().any(|(call, _)| call.ends_with('!')), "the server did throttle: {calls:?}");
}

#[test]
fn copy_to_throttling_aws_loses_and_doubles_nothing() {
    // The server accepts 50 per second; 200 are requested.
    let aws = AwsUser::new(&server("AIRBRIDGE_TEST_MOTO_THROTTLED"));
    copy(&Airbridge::new().with_all(aws.variables()), &aws.endpoint(), 300);
    let calls = aws.calls();
    assert_throttled(&calls);
    assert_eq!(calls.count("CreateSecret"), 300, "none was made twice: {calls:?}");
    let versions = aws.versions();
    assert_eq!(versions.len(), 300);
    assert!(versions.iter().all(|(_, versions)| *versions == 1), "none was written twice");
}

#[test]
fn copy_to_throttling_parameter_store_loses_and_doubles_nothing() {
    // The server accepts 3 per second, so there are fewer entries; 100 per second are requested.
    let aws = AwsUser::new(&server("AIRBRIDGE_TEST_MOTO_THROTTLED"));
    copy(&Airbridge::new().with_all(aws.variables()), &aws.parameters(), 60);
    let calls = aws.calls();
    assert_throttled(&calls);
    assert_eq!(calls.count("PutParameter"), 60, "none was written twice: {calls:?}");
    let versions = aws.parameter_versions();
    assert_eq!(versions.len(), 60);
    assert!(versions.iter().all(|(.., version)| *version == 1), "none was written twice");
}

#[test]
fn copy_to_throttling_google_loses_and_doubles_nothing() {
    // The server accepts 10 writing requests per second, which create 5 secrets.
    let project = GoogleProject::throttled();
    copy(&Airbridge::new(), &project.endpoint(), 300);
    assert_throttled(&project.calls());
    let versions = project.versions();
    assert_eq!(versions.len(), 300);
    assert!(versions.iter().all(|(_, versions)| *versions == 1), "none was written twice");
}

#[test]
fn copy_to_azure_that_throttles_without_a_delay_loses_and_doubles_nothing() {
    let vault = KeyVault::new();
    vault.double.switch(|switches| switches.sets_per_second = Some(30.0));
    copy(&Airbridge::new().with_all(vault.variables()), &vault.endpoint(), 300);
    assert!(vault.double.count("throttled") > 0, "the double did throttle");
    for number in 0..300 {
        let (versions, _) = vault.double.seen(&format!("airflow-variables-key-{number:03}"));
        assert_eq!(versions, 1, "{number}");
    }
}

#[test]
fn copy_to_rate_limited_openbao_with_and_without_a_delay_loses_and_doubles_nothing() {
    // One test for both: the server's headers are one setting for all mounts.
    for told in [false, true] {
        let vault = VaultMount::counted(2);
        let headers = |told: bool| {
            let setting = json!({ "enable_rate_limit_response_headers": told });
            vault.request("POST", "sys/quotas/config", Some(setting));
        };
        headers(told);
        let quota = format!("sys/quotas/rate-limit/{}", vault.name);
        let limit = json!({ "path": format!("{}/", vault.name), "rate": 40, "interval": "1s" });
        vault.request("POST", &quota, Some(limit));
        copy(&Airbridge::new().with_all(vault.variables()), &vault.endpoint(), 300);
        vault.request("DELETE", &quota, None);
        headers(false);

        assert_throttled(&vault.calls());
        let names = vault.names("variables/");
        assert_eq!(names.len(), 300);
        for name in names {
            let metadata = vault.request("GET", &format!("{}/metadata/variables/{name}", vault.name), None);
            assert_eq!(metadata["data"]["current_version"], 1, "{name}");
        }
    }
}
