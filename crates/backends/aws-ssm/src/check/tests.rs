use airbridge_core::{Fields, Payload, SecretName};

use super::{Rules, can_start_name};
use crate::settings::Tier;

fn reason_in(region: &str, tier: Tier, name: &str, payload: &Payload) -> Option<&'static str> {
    Rules::new(region, tier).check(&SecretName::new(name), payload).err().map(|rejection| rejection.reason)
}

fn of_name(name: &str) -> Option<&'static str> {
    reason_in("us-east-1", Tier::Standard, name, &Payload::text("x"))
}

fn of_text(tier: Tier, text: &str) -> Option<&'static str> {
    reason_in("us-east-1", tier, "/a", &Payload::text(text))
}

#[test]
fn name_with_an_invalid_character_or_level_is_rejected() {
    let deep = |levels: usize| "/l".repeat(levels);
    for valid in ["/airflow/connections/a", "/a_.-b", "/my/aws", "/as/ssm", "/..", &deep(15)] {
        assert_eq!(of_name(valid), None, "{valid}");
    }
    let invalid = [
        "",
        "/",
        "a",
        "a/b",
        "/a/",
        "/a//b",
        "//a",
        "/a b",
        "/ü",
        "/a:1",
        "/a+b",
        "/a=b",
        "/a@b",
        "/a\n",
        "aws",
        "/aws/a",
        "/AwsX",
        "ssm-a",
        "/SSM",
        &deep(16),
    ];
    for invalid in invalid {
        assert_eq!(of_name(invalid), Some("name-invalid"), "{invalid:?}");
    }
}

#[test]
fn name_length_is_measured_with_its_arn() {
    let name = |length: usize| format!("/{}", "n".repeat(length - 1));
    assert_eq!((of_name(&name(967)), of_name(&name(968))), (None, Some("name-too-long")));
    let china = |length| reason_in("cn-north-1", Tier::Standard, &name(length), &Payload::text("x"));
    assert_eq!((china(963), china(964)), (None, Some("name-too-long")));
}

#[test]
fn value_length_is_measured_in_bytes_for_the_tier() {
    let large = |bytes: usize| "é".repeat(bytes / 2) + if bytes % 2 == 1 { "x" } else { "" };
    assert_eq!(of_text(Tier::Standard, &large(4_096)), None);
    assert_eq!(of_text(Tier::Standard, &large(4_097)), Some("value-too-large"));
    for tier in [Tier::Advanced, Tier::Intelligent] {
        assert_eq!(of_text(tier, &large(8_192)), None);
        assert_eq!(of_text(tier, &large(8_193)), Some("value-too-large"));
    }
    let message = |bytes: usize| {
        let rules = Rules::new("us-east-1", Tier::Standard);
        rules.check(&SecretName::new("/a"), &Payload::text(large(bytes))).unwrap_err().message
    };
    assert!(message(8_192).contains("tier=advanced"), "{}", message(8_192));
    assert!(!message(8_193).contains("tier=advanced"), "no tier accepts it: {}", message(8_193));
}

#[test]
fn value_with_a_reference_or_control_character_is_rejected() {
    for valid in ["{{", "}} {{", "{ {a} }", "{\"a\": {\"b\": {}}}", "a\tb\r\n", "\u{feff}", " "] {
        assert_eq!(of_text(Tier::Standard, valid), None, "{valid:?}");
    }
    for invalid in
        ["{{ds}}", "a {{ ds }} b", "{{a\n}}", "}}{{}}", "{{{a}}}", "a\0b", "\u{7f}", "\u{1b}[0m", "\u{85}"]
    {
        assert_eq!(of_text(Tier::Standard, invalid), Some("value-invalid"), "{invalid:?}");
    }
    assert_eq!(of_text(Tier::Standard, ""), Some("value-empty"));
    assert_eq!(reason_in("us-east-1", Tier::Standard, "/a", &Payload::Fields(Fields::new())), Some("shape"));
}

#[test]
fn prefix_with_an_invalid_character_starts_no_name() {
    for valid in ["", "/", "/a/", "/a/b", "/aws"] {
        assert!(can_start_name(valid), "{valid}");
    }
    for invalid in ["/a b", "/é", "/a:1", "a", "a/", "//", "/a//b"] {
        assert!(!can_start_name(invalid), "{invalid}");
    }
    assert!(!can_start_name(&format!("/{}", "n".repeat(1_011))));
}
