use airbridge_core::{Environment, Fields, Json, SecretText};

use super::{
    Cfg, Configured, Deployment, Endless, Fault, KwargSource, Kwargs, Section, cannot_start, env_file,
    expand, kwargs, split_command,
};
use crate::AirflowVersion;

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}

fn deployment(cfg: &str, variables: &[(&str, &str)]) -> Deployment {
    Deployment {
        cfg: Some(Cfg::parse(cfg).unwrap()),
        settings: environment(variables),
        environment: environment(variables),
        version: AirflowVersion::V3_3,
    }
}

fn found(cfg: &str, variables: &[(&str, &str)]) -> Option<Configured> {
    deployment(cfg, variables).backend(None).unwrap()
}

fn class(cfg: &str, variables: &[(&str, &str)]) -> Option<String> {
    found(cfg, variables).map(|found| found.class.text.expose().to_owned())
}

fn text(cfg: &str, variables: &[(&str, &str)]) -> String {
    match found(cfg, variables).unwrap().kwargs {
        KwargSource::Nowhere => "nowhere".to_owned(),
        KwargSource::Text(given) => given.text.expose().to_owned(),
        KwargSource::Command(given) => format!("command {}", given.text.expose()),
    }
}

fn rejected(result: Result<impl Sized, Fault>) -> String {
    let fault = result.err().unwrap();
    format!(
        "{}: {}; {}",
        fault.spot.map(|spot| spot.to_string()).unwrap_or_default(),
        fault.message,
        fault.hint
    )
}

#[test]
fn cfg_file_is_parsed_like_configparser() {
    assert_eq!(class("[secrets]\nbackend = a.B\n", &[]).as_deref(), Some("a.B"));
    assert_eq!(class("[secrets]\r\nbackend:  a=b\r\n", &[]).as_deref(), Some("a=b"));
    assert_eq!(class("[secrets] what follows\nbackend : a\n", &[]).as_deref(), Some("a"));
}

#[test]
fn multi_line_value_keeps_blank_lines_and_drops_comments() {
    let cfg =
        "[secrets]\nbackend = a.B\nbackend_kwargs =\n  {\"a\": 1,\n# a comment\n\n   \"b\": 2}\n\nx = y\n";
    assert_eq!(text(cfg, &[]), "\n{\"a\": 1,\n\n\"b\": 2}");
}

#[test]
fn names_are_case_sensitive_and_default_section_applies_only_to_existing_sections() {
    assert_eq!(class("[secrets]\nBackend = a.B\n", &[]), None);
    assert_eq!(class("[Secrets]\nbackend = a.B\n", &[]), None);
    assert_eq!(class("[DEFAULT]\nbackend = a.B\n[secrets]\n", &[]).as_deref(), Some("a.B"));
    assert_eq!(class("[DEFAULT]\nbackend = a.B\n", &[]), None);
}

#[test]
fn percent_references_are_resolved_and_invalid_ones_are_rejected() {
    let cfg =
        "[DEFAULT]\nd = 1%%\n[secrets]\nbackend = a.B\np = q%(d)s\nbackend_kwargs = %(p)s %% %(backend)s\n";
    assert_eq!(text(cfg, &[]), "q1% % a.B");
    for value in ["100%", "%x", "%(nothing)s", "%(open", "%()s", "%(backend_kwargs)s"] {
        let cfg = format!("[secrets]\nbackend = a.B\nbackend_kwargs = canary {value}\n");
        let message = rejected(deployment(&cfg, &[]).backend(None));
        assert!(message.starts_with("line 3, [secrets] backend_kwargs: "), "{message}");
        assert!(!message.contains("canary"), "{message}");
    }
}

#[test]
fn invalid_cfg_file_is_rejected_with_the_line() {
    for (cfg, words) in [
        ("canary = 1\n[secrets]\n", "line 1: expected a [section] first"),
        ("[a]\n[a]\n", "line 2: duplicate section [a]"),
        ("[a]\nx = 1\nx = 2\n", "line 3: duplicate option in [a]"),
        ("[a]\ncanary\n", "line 2: expected a [section] or"),
        ("[a]\n = canary\n", "line 2: expected the name of an option"),
        ("\u{feff}[a]\n", "line 1: expected a [section] first"),
    ] {
        let message = rejected(Cfg::parse(cfg));
        assert!(message.contains(words) && !message.contains("canary"), "{message}");
    }
}

#[test]
fn environment_takes_precedence_even_if_empty_and_commands_follow_airflows_order() {
    let cfg = "[secrets]\nbackend = a.B\nbackend_kwargs = cfg\nbackend_kwargs_cmd = run\n";
    let kwargs = "AIRFLOW__SECRETS__BACKEND_KWARGS";
    assert_eq!(class(cfg, &[("AIRFLOW__SECRETS__BACKEND", "")]), None);
    assert_eq!(text(cfg, &[]), "cfg");
    assert_eq!(text(cfg, &[(kwargs, "env")]), "env");
    assert_eq!(text(cfg, &[("AIRFLOW__SECRETS__BACKEND_KWARGS_CMD", "x $Y")]), "command x $Y");
    assert_eq!(text(cfg, &[("AIRFLOW__SECRETS__BACKEND_KWARGS_CMD", "x"), (kwargs, "")]), "");
    assert_eq!(text("[secrets]\nbackend = a.B\nbackend_kwargs_cmd = run\n", &[]), "command run");
    assert_eq!(text("[secrets]\nbackend = a.B\nbackend_kwargs =\nbackend_kwargs_cmd = run\n", &[]), "");
    for (cfg, variables) in [
        ("[secrets]\nbackend = a.B\nbackend_kwargs_secret = x\n", &[][..]),
        (cfg, &[("AIRFLOW__SECRETS__BACKEND_KWARGS_SECRET", "x")]),
    ] {
        assert!(rejected(deployment(cfg, variables).backend(None)).contains("in the backend itself"));
    }
}

#[test]
fn workers_backend_takes_precedence_and_is_ignored_in_airflow_2() {
    let cfg = "[secrets]\nbackend = a.B\n[workers]\nsecrets_backend = c.D\n";
    let single =
        [("AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__A", "$X"), ("AIRFLOW__SECRETS__BACKEND_KWARG__B", "b")];
    let of = |section, version| {
        Deployment { version, ..deployment(cfg, &single) }.backend(section).unwrap().map(|found| {
            let keys: Vec<_> =
                found.single.iter().map(|(key, text, _)| format!("{key}={}", text.expose())).collect();
            (found.class.text.expose().to_owned(), keys.join(" "), found.ahead_of_version)
        })
    };
    let is = |class: &str, keys: &str, ahead| Some((class.to_owned(), keys.to_owned(), ahead));
    assert_eq!(of(None, AirflowVersion::V3_3), is("c.D", "a=$X", false));
    assert_eq!(of(Some(Section::Secrets), AirflowVersion::V3_3), is("a.B", "b=b", false));
    assert_eq!(of(Some(Section::Workers), AirflowVersion::V3_3), is("c.D", "a=$X", false));
    assert_eq!(of(None, AirflowVersion::V2_11), is("a.B", "", true));
    let none = deployment("[secrets]\nbackend = a.B\n", &[]).backend(Some(Section::Workers)).unwrap();
    assert!(none.is_none());
}

#[test]
fn variables_are_expanded_repeatedly_and_a_cycle_is_an_error() {
    let all = environment(&[("A", "$B"), ("B", "${C}/x"), ("C", "~"), ("HOME", "/h/"), ("E", "")]);
    for (text, expanded) in [
        ("$A", "/h/x"),
        ("a$A", "a~/x"),
        ("~", "/h"),
        ("~/x", "/h/x"),
        ("~other/x", "~other/x"),
        ("x~", "x~"),
        ("$NONE ${NONE} ${} $ $$E- ${E", "$NONE ${NONE} ${} $ $- ${E"),
        ("{\"a\": \"$C\"}", "{\"a\": \"~\"}"),
    ] {
        assert_eq!(expand(text, &all).unwrap().expose(), expanded, "{text}");
    }
    let circle = environment(&[("A", "x$A")]);
    assert_eq!(expand("$A", &circle), Err(Endless));
    assert_eq!(expand("$A", &environment(&[("A", "$A")])), Ok(SecretText::new("$A")));
}

#[test]
fn command_is_split_like_shlex() {
    for (command, words) in [
        ("a  b\tc\n", &["a", "b", "c"][..]),
        ("a 'b c' \"d 'e\" f\"g\"h", &["a", "b c", "d 'e", "fgh"]),
        (r#"a\ b "c\"d\e" '\x' "" #not"#, &["a b", "c\"d\\e", "\\x", "", "#not"]),
    ] {
        assert_eq!(split_command(command).unwrap(), words, "{command}");
    }
    assert!(split_command("a 'b").is_err() && split_command("a\\").is_err());
}

#[test]
fn env_file_values_that_tools_read_differently_are_errors() {
    let file = concat!(
        "# comment\n; comment\nA={\"a\": \"b c\"}\nexport B='{\"a\": 1}' # comment\n",
        "C=\"{\\\"a\\\": \\\"\\\\n$X\\\"}\"\r\n\nD=\nnothing\nE='{\n \"a\": 1}'\nF = x \nG=a #b\nH='x'y\nI='open\n",
    );
    let found: Vec<(String, Option<String>, usize)> = env_file(file)
        .into_iter()
        .map(|line| (line.name, line.value.ok().map(|value| value.expose().to_owned()), line.line))
        .collect();
    let is = |name: &str, value: Option<&str>, line| (name.to_owned(), value.map(str::to_owned), line);
    assert_eq!(
        found,
        [
            is("A", Some("{\"a\": \"b c\"}"), 3),
            is("B", Some("{\"a\": 1}"), 4),
            is("C", Some("{\"a\": \"\\n$X\"}"), 5),
            is("D", Some(""), 7),
            is("E", Some("{\n \"a\": 1}"), 9),
            is("F", Some("x"), 11),
            is("G", None, 12),
            is("H", None, 13),
            is("I", None, 14),
        ]
    );
}

#[test]
fn kwargs_that_are_not_an_object_are_empty_or_ignored() {
    for text in ["", "{}", "null", "[]", "0", "false", "\"\""] {
        assert_eq!(kwargs(text), Kwargs::Given(Fields::new()), "{text}");
    }
    for text in ["{", "[1]", "1", "\"x\"", "{'a': 1}", " "] {
        assert!(matches!(kwargs(text), Kwargs::Ignored(_)), "{text}");
    }
    assert!(matches!(kwargs(r#"{"a": "\ud800"}"#), Kwargs::Unreadable(_)));
}

#[test]
fn kwarg_with_which_airflow_does_not_start_is_returned() {
    let vault = "airflow.providers.hashicorp.secrets.vault.VaultBackend";
    let google = "airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend";
    let files = "airflow.secrets.local_filesystem.LocalFilesystemBackend";
    for (class, given, key) in [
        (vault, r#"{"token": "t", "kv_engine_version": "2"}"#, Some("kv_engine_version")),
        (vault, r#"{"token": "t", "kv_engine_version": 3}"#, Some("kv_engine_version")),
        (vault, r#"{"token": "t", "kv_engine_version": null}"#, None),
        (vault, r#"{"token": "t", "kv_engine_version": 2.0}"#, None),
        (vault, "{}", Some("auth_type")),
        (vault, r#"{"token_path": "t"}"#, None),
        (vault, r#"{"auth_type": "tokne"}"#, Some("auth_type")),
        (vault, r#"{"auth_type": "approle", "secret_id": "s"}"#, Some("role_id")),
        (vault, r#"{"auth_type": "jwt", "jwt_role": "r"}"#, Some("jwt_token")),
        (vault, r#"{"auth_type": "userpass"}"#, None),
        (google, r#"{"sep": null}"#, Some("sep")),
        (google, r#"{"connections_prefix": null}"#, None),
        (google, r#"{"config_prefix": 1}"#, Some("config_prefix")),
        (files, r#"{"configs_file_path": "c"}"#, Some("configs_file_path")),
    ] {
        let Ok(Json::Object(fields)) = Json::parse(given) else { panic!("{given}") };
        let fault = cannot_start(class, AirflowVersion::V2_11, &|key| fields.get(key), false);
        assert_eq!(fault.map(|(key, _)| key), key, "{given}");
    }
    assert!(cannot_start(vault, AirflowVersion::V3_3, &|_| None, true).is_none());
}
