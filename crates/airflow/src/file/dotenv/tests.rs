//! The expected values come from running docker/cli's `kvfile` and compose-go 2.16.

use airbridge_core::{Content, Document, Edit, Payload, SecretName, State};

use super::DotenvFile;
use crate::file::DotenvDialect::{Astro, Compose, Docker};

const ALL: DotenvFile = DotenvFile(None);

fn parse(file: DotenvFile, text: &str) -> Vec<(String, String)> {
    let shown = |content: Content| match content {
        Content::Payload(Payload::Text(text)) => text.expose().to_owned(),
        Content::Hidden(State::Damaged { message } | State::Masked { message }) => format!("! {message}"),
        other => panic!("{other:?}"),
    };
    let records = file.parse(text.as_bytes()).unwrap();
    records.into_iter().map(|record| (record.name.as_str().to_owned(), shown(record.content))).collect()
}

#[test]
fn line_is_read_by_each_tool_with_its_own_rules() {
    for (line, astro, docker, compose) in [
        ("plain", "plain", "plain", "plain"),
        ("{\"a\": \"b\"}", "{\"a\": \"b\"}", "{\"a\": \"b\"}", "{\"a\": \"b\"}"),
        ("\"q\"", "q", "\"q\"", "q"),
        ("'q'", "q", "'q'", "q"),
        ("\"a\\n\\\"\\$b\\\\\"", "a\\n\\\"\\$b\\\\", "\"a\\n\\\"\\$b\\\\\"", "a\n\"$b\\"),
        ("'a\\n'", "a\\n", "'a\\n'", "a\\n"),
        ("x # c", "x # c", "x # c", "x"),
        ("x#c", "x#c", "x#c", "x#c"),
        (" x ", " x", " x ", "x"),
        ("a$$b", "a$$b", "a$$b", "a$b"),
        ("a$b", "a$b", "a$b", "! line 1: `$` inserts a value from the environment of the tool"),
        ("a$", "a$", "a$", "a$"),
        ("", "", "", ""),
        ("\"\\0101\\a\"", "\\0101\\a", "\"\\0101\\a\"", "A\u{7}"),
    ] {
        let text = format!("AIRFLOW_VAR_A={line}\n");
        for (dialect, value) in [(Astro, astro), (Docker, docker), (Compose, compose)] {
            let read = parse(DotenvFile(Some(dialect)), &text);
            assert_eq!(read, [("AIRFLOW_VAR_A".to_owned(), value.to_owned())], "{dialect:?} {line}");
        }
        let alike = astro == docker && docker == compose;
        assert_eq!(
            parse(ALL, &text)[0].1.starts_with("! line 1: Astro, Docker and Compose"),
            !alike,
            "{line}"
        );
    }
}

#[test]
fn only_airflow_variables_are_entries() {
    let text = "# AIRFLOW_VAR_NO=1\nPATH=x y\nexport FOO=1\n  AIRFLOW_CONN_A=t://h\r\nAIRFLOW_VAR_=1\nAIRFLOW__CORE__X=1\n";
    assert_eq!(parse(ALL, text), [("AIRFLOW_CONN_A".to_owned(), "t://h".to_owned())]);
}

#[test]
fn redacted_value_of_the_astro_cli_is_masked() {
    for line in ["AIRFLOW_VAR_A= # secret\n", "AIRFLOW_VAR_A=  # secret, use --include-secrets\n"] {
        for file in [ALL, DotenvFile(Some(Astro)), DotenvFile(Some(Compose))] {
            let records = file.parse(line.as_bytes()).unwrap();
            assert!(matches!(&records[0].content, Content::Hidden(State::Masked { .. })), "{line}");
        }
    }
}

#[test]
fn multi_line_value_is_supported_only_by_compose() {
    let text = "AIRFLOW_VAR_A='x\nAIRFLOW_VAR_B=1'\nAIRFLOW_VAR_C=2\n";
    let value = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        parse(DotenvFile(Some(Compose)), text),
        [value("AIRFLOW_VAR_A", "x\nAIRFLOW_VAR_B=1"), value("AIRFLOW_VAR_C", "2")]
    );
    let states: Vec<_> = parse(ALL, text).into_iter().map(|(_, value)| value.starts_with('!')).collect();
    assert_eq!(states, [true, true, false]);
}

#[test]
fn file_that_the_tool_rejects_is_an_error_with_the_line() {
    for (dialect, text, message) in [
        (
            Docker,
            "A=1\nexport B=2\n",
            "line 2: Docker rejects the file: the name of a variable contains a space",
        ),
        (Docker, "=2\n", "line 1: Docker rejects the file: expected a name before the `=`"),
        (Compose, "A=1\nB=\"canary\n", "line 2: Docker Compose rejects the file: unterminated quote"),
        (
            Compose,
            "A%B=canary\n",
            "line 1: Docker Compose rejects the file: the name of a variable contains an invalid character",
        ),
    ] {
        let error = DotenvFile(Some(dialect)).parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let error = ALL.parse(b"AIRFLOW_VAR_A=1\nAIRFLOW_VAR_A=canary\n").unwrap_err();
    assert_eq!(error.to_string(), "line 2: AIRFLOW_VAR_A: defined twice, first on line 1");
    assert_eq!(ALL.parse(b"A=1\nB=\xff\n").unwrap_err().to_string(), "line 2: the file is not valid UTF-8");
}

#[test]
fn value_is_written_in_the_simplest_form_that_reads_back() {
    for (dialect, value, line) in [
        (None, "t://u:p@h", Some("t://u:p@h")),
        (None, "a b", Some("a b")),
        (None, "a ", None),
        (None, "a$b", None),
        (None, "a\nb", None),
        (Some(Docker), "a ", Some("a ")),
        (Some(Docker), "a\nb", None),
        (Some(Astro), "a ", Some("'a '")),
        (Some(Astro), "a\nb", None),
        (Some(Compose), "a ", Some("'a '")),
        (Some(Compose), "a'$b\n", Some("\"a'\\$b\\n\"")),
        (Some(Docker), " # secret", None),
    ] {
        let file = DotenvFile(dialect);
        let (name, payload) = (SecretName::new("AIRFLOW_VAR_A"), Payload::text(value));
        let fits = file.check(&name, &payload).map_err(|rejection| rejection.reason);
        assert_eq!(fits, line.map(|_| ()).ok_or("value-invalid"), "{dialect:?} {value:?}");
        if let Some(line) = line {
            let rendered = file.render(None, &[Edit { name: &name, payload: Some(&payload) }]).unwrap();
            let text = std::str::from_utf8(&rendered.bytes).unwrap();
            assert_eq!(text, format!("AIRFLOW_VAR_A={line}\n"));
        }
    }
}

#[test]
fn payload_that_the_file_cannot_hold_is_rejected_with_a_reason() {
    let text = Payload::text("x");
    for (name, payload, reason) in [
        ("variables/a", &text, "kind-not-held"),
        ("AIRFLOW_VAR_A B", &text, "name-invalid"),
        ("AIRFLOW_VAR_A%", &text, "name-invalid"),
        ("AIRFLOW_VAR_A", &Payload::text("\0"), "value-invalid"),
        ("AIRFLOW_VAR_A", &Payload::Fields(airbridge_core::Fields::new()), "shape"),
    ] {
        assert_eq!(ALL.check(&SecretName::new(name), payload).unwrap_err().reason, reason, "{name}");
    }
}

#[test]
fn edit_changes_only_its_own_lines() {
    let before = "\u{feff}# head\r\nAIRFLOW_VAR_B=1\r\n\r\nFOO='x\ny'\r\nAIRFLOW_VAR_A=old\r\nBAR=2";
    let (a, b, c) = (
        SecretName::new("AIRFLOW_VAR_A"),
        SecretName::new("AIRFLOW_VAR_B"),
        SecretName::new("AIRFLOW_CONN_C"),
    );
    let (new, uri) = (Payload::text("new"), Payload::text("t://h"));
    let edits = [
        Edit { name: &c, payload: Some(&uri) },
        Edit { name: &a, payload: Some(&new) },
        Edit { name: &b, payload: None },
    ];
    let rendered = ALL.render(Some(before.as_bytes()), &edits).unwrap();
    assert_eq!(
        std::str::from_utf8(&rendered.bytes).unwrap(),
        "\u{feff}# head\r\n\r\nFOO='x\ny'\r\nAIRFLOW_VAR_A=new\nBAR=2\nAIRFLOW_CONN_C=t://h\n"
    );
}
