//! What the program makes of the output of a probe: nothing of it is shown, and nothing that is not whole is used.

use airbridge_tests::{Airbridge, AirflowApi, Run};

const CANARY: &str = "c4n4ry-v4lu3";

fn stream() -> String {
    [
        r#"{"probe": 1, "airflow": "3.3.2", "context": "task", "reader": "sdk", "sources": ["backend", "environment", "execution-api"], "backend": "a.b.C"}"#,
        r#"{"kind": "connection", "id": "db", "source": "execution-api", "fields": {"conn_type": "http", "host": "h", "schema": null, "login": "CANARY", "password": "CANARY", "port": 80, "extra": "{\"k\": \"CANARY\"}"}}"#,
        r#"{"kind": "variable", "id": "v", "source": "environment", "value": "CANARY", "description": null, "also": [{"source": "execution-api", "same": false}]}"#,
        r#"{"kind": "config", "id": "c", "source": "backend", "value": "CANARY"}"#,
        r#"{"kind": "variable", "id": "gone", "error": "missing"}"#,
        r#"{"end": 4}"#,
    ]
    .map(|line| format!("{}\n", line.replace("CANARY", CANARY)))
    .concat()
}

fn clean(run: Run) -> Run {
    assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY), "{run}");
    run
}

/// A folder that holds one entry of each kind, other than in the stream.
fn user_with_a_target() -> Airbridge {
    let user = Airbridge::new();
    user.write("entries.jsonl", stream());
    user.write(
        "target/connections.json",
        r#"{"db": {"conn_type": "http", "host": "other"}, "only": "http://h"}"#,
    );
    user.write("target/variables.json", r#"{"v": "other"}"#);
    user
}

#[test]
fn values_of_a_stream_are_in_no_output_at_any_level() {
    let user = user_with_a_target();
    for arguments in [
        &["list", "entries.jsonl"][..],
        &[
            "plan",
            "entries.jsonl",
            "target/",
            "--save",
            "plan.json",
            "--html",
            "plan.html",
            "--allow-loss",
            "description",
            "--on-conflict",
            "overwrite",
        ],
        &["diff", "entries.jsonl", "target/", "--html", "diff.html"],
        &["copy", "entries.jsonl", "target/", "--yes", "--report", "refused.json"],
        &[
            "copy",
            "entries.jsonl",
            "target/",
            "--yes",
            "--report",
            "report.json",
            "--allow-loss",
            "description",
            "--on-conflict",
            "overwrite",
        ],
    ] {
        for format in ["human", "json"] {
            clean(user.run(arguments.iter().copied().chain(["-vvv", "--output", format])));
        }
    }
    for written in ["plan.json", "plan.html", "diff.html", "refused.json", "report.json"] {
        assert!(!user.read(written).contains(CANARY), "{written}");
    }
    clean(user.run(["show", "entries.jsonl", "var:v"]));
    assert!(user.read("target/variables.json").contains(CANARY), "it was copied");
}

#[test]
fn damaged_stream_copies_nothing_and_its_error_shows_no_value() {
    let whole = stream();
    let user = user_with_a_target();
    let before = [user.read("target/connections.json"), user.read("target/variables.json")];
    let lines: Vec<&str> = whole.lines().collect();
    let mut damaged =
        vec![String::new(), whole.replace("\"end\": 4", "\"end\": 5"), format!("{whole}{whole}")];
    for number in 0..lines.len() {
        let kept =
            lines.iter().enumerate().filter(|(at, _)| *at != number).map(|(_, line)| format!("{line}\n"));
        damaged.push(kept.collect());
        damaged.push(lines[..number].iter().flat_map(|line| [*line, "\n"]).collect());
        let logged = lines.iter().enumerate().map(|(at, line)| {
            if at == number { format!("[2026-01-01] INFO - {CANARY}\n{line}\n") } else { format!("{line}\n") }
        });
        damaged.push(logged.collect());
        damaged.push(whole.replace(lines[number], &lines[number][..lines[number].len() / 2]));
    }
    for text in damaged {
        let arguments = [
            "copy",
            "-?format=probe",
            "target/",
            "--yes",
            "--on-conflict",
            "overwrite",
            "--allow-loss",
            "description",
        ];
        let run = clean(user.run_with(arguments.into_iter().chain(["-vvv"]), &text));
        assert!(run.code == 1 || run.code == 2, "{run}");
        assert!(run.stderr.contains("standard input: line "), "{run}");
    }
    assert_eq!(before, [user.read("target/connections.json"), user.read("target/variables.json")]);
}

#[test]
fn stream_is_recognised_by_its_content_and_never_written_or_pruned_by() {
    let user = user_with_a_target();
    user.write("connections.json", stream());
    let listed = user.run(["list", "connections.json", "-o", "json"]).code(0).json();
    assert_eq!(listed["entries"].as_array().map(Vec::len), Some(4));
    let run = user.run(["copy", "target/", "entries.jsonl", "--yes"]).code(2);
    assert!(run.stderr.contains("the format `probe` can only be read"), "{run}");
    let run = user.run(["plan", "target/", "-?format=probe"]).code(2);
    assert!(run.stderr.contains("the format `probe` can only be read"), "{run}");
    let prune =
        ["plan", "entries.jsonl", "target/", "--prune", "--max-delete", "9", "--allow-loss", "description"];
    let run = user.run(prune).code(4);
    assert!(run.stderr.contains("a probe holds only the entries that it was asked for"), "{run}");
}

#[test]
fn unknown_description_is_a_loss_and_no_difference() {
    let user = user_with_a_target();
    let refused = user.run(["plan", "entries.jsonl", "new/"]).code(4);
    assert!(refused.stdout.contains("the source does not show whether it has a description"), "{refused}");
    assert!(refused.stderr.contains("--allow-loss description"), "{refused}");
    let allowed = ["copy", "entries.jsonl", "new/", "--yes", "--allow-loss", "description"];
    user.run(allowed).code(0);
    user.run(["diff", "entries.jsonl", "new/"]).code(0);
    user.run(allowed).code(0);
    let told =
        user.read("new/connections.json").replace("\"description\": null", "\"description\": \"told\"");
    user.write("new/connections.json", told);
    user.run(["diff", "entries.jsonl", "new/"]).code(0);
    // A rule that says what the description is leaves nothing unknown.
    user.write("rules.toml", "[[rule]]\nmatch = \"conn:db\"\nset = { description = \"told\" }\n");
    user.run(["copy", "entries.jsonl", "ruled/", "--yes", "--rules", "rules.toml"]).code(0);
}

#[test]
fn entry_that_another_place_shadows_is_named_by_diff() {
    let user = user_with_a_target();
    let run = user.run(["diff", "entries.jsonl", "target/", "--include", "var:v"]).code(3);
    let place = "Airflow reads it from the environment; the Execution API has a different value, which Airflow does not read";
    assert!(run.stdout.contains(&format!("var:v  different value · {place}")), "{run}");
    assert!(run.stderr.contains(&format!("warning: var:v: {place}")), "{run}");
    let document =
        user.run(["diff", "entries.jsonl", "target/", "--include", "var:v", "-o", "json"]).code(3).json();
    assert_eq!(document["entries"][0]["message"], place);
    assert_eq!(document["warnings"][0]["code"], "shadowed");
}

#[test]
fn ids_for_the_file_come_from_an_endpoint_without_its_values() {
    let api = AirflowApi::new("3");
    let name = AirflowApi::unique_name("probe");
    let user = Airbridge::new();
    let with = |user: Airbridge| {
        AirflowApi::user().into_iter().fold(user, |user, (name, value)| user.with(name, value))
    };
    let user = with(user);
    user.write("connections.json", format!(r#"{{"{name}": "http://u:{CANARY}@h"}}"#));
    user.run(["copy", "connections.json", &api.endpoint(), "--yes"]).code(0);
    let printed = clean(user.run(["probe", "--ids-from", &api.endpoint(), "var:one"]).code(0));
    assert!(
        printed.stdout.contains(&format!("    \"conn:{name}\",\n"))
            && printed.stdout.contains("    \"var:one\",\n")
    );
    let url = api.url();
    let keyed =
        user.run(["probe", "--ids-from", &format!("airflow-api:{url}"), "--from", "api_version=2"]).code(0);
    assert!(keyed.stdout.contains(&format!("\"conn:{name}\"")));
    user.write("none/connections.json", "{}");
    let none = user.run(["probe", "--ids-from", "file:none/"]).code(4);
    assert!(none.stderr.contains("--ids-from gives no entries, so the probe would read nothing"), "{none}");
    let both = user.run(["probe", "--ids", "-", "--ids-from", "-?format=dotenv"]).code(2);
    assert!(both.stderr.contains("standard input can be read only once"), "{both}");
}
