//! What the file makes of the readers. The readers themselves are held to the tools in `vectors.rs`.

use airbridge_core::{Content, Document, Edit, Payload, SecretName, State};

use super::DotenvFile;
use crate::file::DotenvDialect::{
    self, Astro, AstroDeployment, AstroDocker, AstroEnv, AstroStandalone, Compose, Docker, Shell,
};

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
fn line_that_tools_read_differently_is_damaged_unless_the_dialect_names_one() {
    const DIFFER: &str = "set `dialect=` to the tool that reads the file";
    for (line, readings) in [
        ("plain", vec![(None, "plain"), (Some(Astro), "plain"), (Some(Shell), "plain")]),
        (
            "'q'",
            vec![
                (
                    None,
                    "! line 1: Docker reads this line differently; set `dialect=` to the tool that reads the file",
                ),
                (Some(Docker), "'q'"),
                (Some(Astro), "q"),
                (Some(Shell), "q"),
                (Some(AstroDeployment), "q"),
            ],
        ),
        (
            "a#b",
            vec![
                (
                    None,
                    "! line 1: `astro env` reads this line differently; set `dialect=` to the tool that reads the file",
                ),
                (Some(Astro), "a#b"),
                (Some(AstroEnv), "a"),
            ],
        ),
        (
            "p$X",
            vec![
                (
                    Some(Astro),
                    "! line 1: `astro dev` in standalone mode reads this line differently; set `dialect=` to the tool \
                     that reads the file",
                ),
                (Some(AstroStandalone), "p$X"),
                (Some(AstroDocker), "! line 1: `$` inserts a value from the environment of the tool"),
                (Some(Shell), "! line 1: `$` inserts a value from the environment of the tool"),
            ],
        ),
        ("a #b", vec![(Some(Docker), "a #b"), (Some(Compose), "a"), (Some(AstroStandalone), "a #b")]),
        ("a b", vec![(Some(Docker), "a b"), (Some(Astro), "a b")]),
        (
            "",
            vec![
                (Some(Docker), ""),
                (Some(AstroDeployment), "! line 1: no value, so the Astro CLI skips the line"),
            ],
        ),
    ] {
        let text = format!("AIRFLOW_VAR_A={line}\n");
        for (dialect, value) in readings {
            let read = parse(DotenvFile(dialect), &text);
            assert_eq!(read, [("AIRFLOW_VAR_A".to_owned(), value.to_owned())], "{dialect:?} {line}");
        }
        assert_eq!(parse(ALL, &text)[0].1.ends_with(DIFFER), line != "plain", "{line}");
    }
}

#[test]
fn only_airflow_variables_are_entries() {
    let text = "# AIRFLOW_VAR_NO=1\nPATH=x y\nexport FOO=1\nAIRFLOW_CONN_A=t://h\nAIRFLOW_VAR_=1\nAIRFLOW__CORE__X=1\n";
    assert_eq!(parse(ALL, text), [("AIRFLOW_CONN_A".to_owned(), "t://h".to_owned())]);
}

#[test]
fn nothing_after_a_shell_construct_with_unknown_effect_is_accepted() {
    let text = "AIRFLOW_VAR_A=1\nif false; then\nAIRFLOW_VAR_B=2\nfi\n";
    let states: Vec<_> = parse(ALL, text).into_iter().map(|(_, value)| value.starts_with('!')).collect();
    assert_eq!(states, [false, true]);
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
        (Astro, "A=1\nB=\"canary\n", "line 2: Docker Compose rejects the file: unterminated quote"),
        (
            Compose,
            "A=canary${\n",
            "line 1: Docker Compose rejects the file: `${` without a valid name and a closing `}`",
        ),
        (AstroEnv, "canary\n", "line 1: `astro env` rejects the file: expected `NAME=VALUE`"),
        (Shell, "A=1\nB=1 canary\n", "line 2: a shell runs a command here, and airbridge runs nothing"),
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
        (None, "a b", None),
        (None, "{\"a\": 1}", None),
        (None, "a ", None),
        (None, "a#b", None),
        (None, "p$1", None),
        (None, "abc'", None),
        (None, "a$b", None),
        (None, "~", None),
        (None, "a\nb", None),
        (None, "", None),
        (Some(Docker), "a ", Some("a ")),
        (Some(Docker), "a\nb", None),
        (Some(Docker), "", Some("")),
        (Some(AstroStandalone), "a ", Some("'a '")),
        (Some(AstroStandalone), "a\nb", None),
        (Some(AstroStandalone), "'ab'", Some("''ab''")),
        (Some(Astro), "a ", Some("'a '")),
        (Some(Astro), "'ab'", Some("\"'ab'\"")),
        (Some(Astro), "p$X", Some("'p$X'")),
        (Some(Astro), "p$X #1", Some("'p$X #1'")),
        (Some(Astro), "a #b", Some("'a #b'")),
        (Some(Astro), "p'$X #1", None),
        (Some(Compose), "a ", Some("'a '")),
        (Some(Compose), "a'$b\n", Some("\"a'\\$b\\n\"")),
        (Some(AstroEnv), "a#\n", Some("\"a#\\n\"")),
        (Some(AstroEnv), "\\n#", Some("'\\n#'")),
        (Some(AstroDeployment), "a #\"b", Some("a #\"b")),
        (Some(AstroDeployment), "\"b", Some("'\"b'")),
        (Some(AstroDeployment), "'b", None),
        (Some(Shell), "a b", Some("'a b'")),
        (Some(Shell), "a'$b\n", Some("\"a'\\$b\n\"")),
        (Some(Shell), "`a'\\\"", Some("\"\\`a'\\\\\\\"\"")),
        (Some(Docker), " # secret", None),
    ] {
        let file = DotenvFile(dialect);
        let (name, payload) = (SecretName::new("AIRFLOW_VAR_A"), Payload::text(value));
        let fits = file.check(&name, &payload).map_err(|rejection| rejection.reason);
        assert_eq!(fits, line.map(|_| ()).ok_or("value-invalid"), "{dialect:?} {value:?}");
        if let Some(line) = line {
            let rendered =
                file.render(None, &[Edit { name: &name, payload: Some(&payload), metadata: None }]).unwrap();
            let text = std::str::from_utf8(&rendered.bytes).unwrap();
            assert_eq!(text, format!("AIRFLOW_VAR_A={line}\n"));
        }
    }
}

#[test]
fn payload_that_the_file_cannot_hold_is_rejected_with_a_reason() {
    let text = Payload::text("x");
    for (name, payload, reason) in [
        ("AIRFLOW_VAR_Ü", &text, "name-invalid"),
        ("AIRFLOW_VAR_A.B", &text, "name-invalid"),
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
fn name_that_only_some_tools_read_is_rejected_unless_the_dialect_names_one() {
    let name = SecretName::new("AIRFLOW_CONN_MY-CONN.A");
    let fits = |dialect| DotenvFile(dialect).check(&name, &Payload::text("t://h"));
    let rejection = fits(None).unwrap_err();
    assert_eq!(rejection.reason, "name-invalid");
    assert!(rejection.message.contains("set `dialect=`"), "{}", rejection.message);
    assert_eq!(fits(Some(Shell)).unwrap_err().message, "a shell cannot read this name from a .env file");
    for dialect in [Astro, Docker, Compose] {
        assert!(fits(Some(dialect)).is_ok(), "{dialect:?}");
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
        Edit { name: &c, payload: Some(&uri), metadata: None },
        Edit { name: &a, payload: Some(&new), metadata: None },
        Edit { name: &b, payload: None, metadata: None },
    ];
    let rendered = DotenvFile(Some(DotenvDialect::Compose)).render(Some(before.as_bytes()), &edits).unwrap();
    assert_eq!(
        std::str::from_utf8(&rendered.bytes).unwrap(),
        "\u{feff}# head\r\n\r\nFOO='x\ny'\r\nAIRFLOW_VAR_A=new\nBAR=2\nAIRFLOW_CONN_C=t://h\n"
    );
}

#[test]
fn line_with_several_assignments_is_replaced_only_if_all_of_them_are_edited() {
    let before = "# head\nAIRFLOW_VAR_A=1 AIRFLOW_VAR_B='2'\nexport AIRFLOW_VAR_C=3\n";
    let (a, b) = (SecretName::new("AIRFLOW_VAR_A"), SecretName::new("AIRFLOW_VAR_B"));
    let new = Payload::text("new");
    let file = DotenvFile(Some(Shell));
    let edit = |name, payload| Edit { name, payload, metadata: None };
    for (edits, after) in [
        (vec![edit(&a, Some(&new)), edit(&b, Some(&new))], Some("AIRFLOW_VAR_A=new\nAIRFLOW_VAR_B=new\n")),
        (vec![edit(&a, None), edit(&b, Some(&new))], Some("AIRFLOW_VAR_B=new\n")),
        (vec![edit(&a, None), edit(&b, None)], Some("")),
        (vec![edit(&a, Some(&new))], None),
        (vec![edit(&b, None)], None),
    ] {
        let rendered = file.render(Some(before.as_bytes()), &edits);
        let text = rendered.as_ref().ok().map(|rendered| std::str::from_utf8(&rendered.bytes).unwrap());
        let expected = after.map(|line| format!("# head\n{line}export AIRFLOW_VAR_C=3\n"));
        assert_eq!(text, expected.as_deref());
    }
}

#[test]
fn written_file_is_read_by_the_shell_of_this_machine() {
    let values = [
        "t://u:p%40ss@h:1/s?__extra__=%7B%22a%22%3A1%7D",
        "é",
        "a=b,c;d",
        "it's",
        "\"$HOME\" `x` \\",
        "a\nb\t",
        "~/{x,y}*",
    ];
    let names: Vec<_> = (0..values.len()).map(|at| SecretName::new(format!("AIRFLOW_VAR_{at}"))).collect();
    for dialect in [None, Some(Shell)] {
        let file = DotenvFile(dialect);
        let payloads: Vec<_> = values.iter().map(|value| Payload::text(*value)).collect();
        let edits: Vec<_> = names
            .iter()
            .zip(&payloads)
            .filter(|(name, payload)| file.check(name, payload).is_ok())
            .map(|(name, payload)| Edit { name, payload: Some(payload), metadata: None })
            .collect();
        assert_eq!(edits.len(), if dialect.is_some() { values.len() } else { 2 });
        let text = file.render(None, &edits).unwrap().bytes;
        // `"$0"` is the text of the file.
        let script = r#"eval "$0"; printf '%s|' "$AIRFLOW_VAR_0" "$AIRFLOW_VAR_1" "$AIRFLOW_VAR_6""#;
        let text = std::str::from_utf8(&text).unwrap();
        let output = std::process::Command::new("sh").args(["-c", script, text]).output().unwrap();
        let last = if dialect.is_some() { values[6] } else { "" };
        let expected = format!("{}|{}|{last}|", values[0], values[1]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{dialect:?}");
    }
}
