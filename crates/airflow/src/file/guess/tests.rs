use super::{Format, guess};

#[test]
fn format_is_detected_by_name_then_by_content() {
    for (name, content, format) in [
        ("connections.json", None, Format::ConnectionsJson),
        ("Connections.YML", None, Format::ConnectionsYaml),
        ("variables.env", Some("a=b"), Format::VariablesEnv),
        ("variables.env", Some("AIRFLOW_VAR_A=b"), Format::Dotenv),
        ("config.yaml", None, Format::ConfigYaml),
        (".env", None, Format::Dotenv),
        ("prod.env", Some("# x\nexport AIRFLOW_CONN_A=t://h"), Format::Dotenv),
        ("airflow_settings.yaml", None, Format::Astro),
        ("local.yaml", Some("airflow:\n  pools: []\n"), Format::Astro),
        ("prod.json", Some(r#"{"a": {"conn_type": "t"}, "b": "t://h"}"#), Format::ConnectionsJson),
        ("prod.yaml", Some("a:\n  conn_type: t\n"), Format::ConnectionsYaml),
        ("prod.json", Some(r#"{"a": {"x": 1}}"#), Format::VariablesJson),
        ("entries.jsonl", Some("{\"probe\": 1, \"airflow\": \"3.3.2\"}\n"), Format::Probe),
        ("connections.json", Some("{\"probe\": 1, \"airflow\""), Format::Probe),
    ] {
        assert_eq!(guess(name, content), Ok(format), "{name}");
    }
}

#[test]
fn format_that_is_not_clear_is_an_error_with_the_candidates() {
    for (name, content, message) in [
        (
            "prod.json",
            Some(r#"{"a": "b"}"#),
            "the format could be variables-json or config-json; set `format=`",
        ),
        (
            "prod.env",
            Some("a=https://example.test"),
            "the format could be connections-env or variables-env or config-env; set `format=`",
        ),
        (
            "prod.env",
            None,
            "the format could be connections-env or variables-env or config-env or dotenv; set `format=`",
        ),
        (
            "prod.yaml",
            None,
            "the format could be connections-yaml or variables-yaml or config-yaml; set `format=`",
        ),
    ] {
        assert_eq!(guess(name, content).unwrap_err().to_string(), message, "{name}");
    }
    assert!(
        guess("secrets.toml", None)
            .unwrap_err()
            .to_string()
            .starts_with("cannot detect the format by the file name")
    );
}
