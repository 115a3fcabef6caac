//! Servers that throttle are outlasted: every entry lands, none twice.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, VaultMount, server};
use serde_json::{Value, json};

fn variables(count: usize) -> String {
    let variable = |number: usize| (format!("key_{number:03}"), Value::from(format!("value {number}")));
    Value::from((0..count).map(variable).collect::<serde_json::Map<_, _>>()).to_string()
}

#[test]
fn aws_throttling_is_outlasted() {
    // Fifty a second are let through; two hundred are asked for.
    let aws = AwsUser::new(&server("AIRBRIDGE_TEST_MOTO_THROTTLED"));
    let user = Airbridge::new().with_all(aws.variables());
    user.write("variables.json", variables(300));
    let report = user
        .run(["copy", "variables.json", &aws.endpoint(), "--rate", "200", "--yes", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(report["summary"]["verified"], 300, "{}", report["summary"]);
    assert_eq!(report["summary"]["failed"], 0);
    let calls = aws.calls();
    assert!(calls.count("CreateSecret!") > 0, "the server did throttle: {calls:?}");
    assert_eq!(calls.count("CreateSecret"), 300, "none was made twice: {calls:?}");
    let versions = aws.versions();
    assert_eq!(versions.len(), 300);
    assert!(versions.iter().all(|(_, versions)| *versions == 1), "none was written twice");
}

#[test]
fn a_rate_limit_of_openbao_is_outlasted_with_and_without_its_delay() {
    // One test for both: the server's headers are one setting for all mounts.
    for told in [false, true] {
        let vault = VaultMount::counted(2);
        let user = Airbridge::new().with_all(vault.variables());
        user.write("variables.json", variables(60));
        vault.request(
            "POST",
            "sys/quotas/config",
            Some(json!({ "enable_rate_limit_response_headers": told })),
        );
        let quota = format!("sys/quotas/rate-limit/{}", vault.name);
        let limit = json!({ "path": format!("{}/", vault.name), "rate": 15, "interval": "1s" });
        vault.request("POST", &quota, Some(limit));
        let copy = ["copy", "variables.json", &vault.endpoint(), "--rate", "200", "--yes", "-o", "json"];
        let report = user.run(copy).code(0).json();
        vault.request("DELETE", &quota, None);
        vault.request(
            "POST",
            "sys/quotas/config",
            Some(json!({ "enable_rate_limit_response_headers": false })),
        );

        assert_eq!(report["summary"]["verified"], 60, "{}", report["summary"]);
        let calls = vault.calls();
        assert!(calls.iter().any(|(call, _)| call.ends_with('!')), "the server did throttle: {calls:?}");
        for name in vault.names("variables/") {
            let metadata = vault.request("GET", &format!("{}/metadata/variables/{name}", vault.name), None);
            assert_eq!(metadata["data"]["current_version"], 1, "{name}");
        }
        assert_eq!(vault.names("variables/").len(), 60);
    }
}
