//! Loads the cases of a file and reports differences.

use serde_json::Value;

use super::answer::error;
use crate::reader::Reader;

/// The cases of `tests/vectors/<name>.json`.
fn load(name: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].take();
    let Value::Array(cases) = cases else { panic!("no cases in {path}") };
    assert_eq!(Some(cases.len() as u64), file["count"].as_u64(), "{path} is incomplete");
    cases
}

/// The reader with this name in the files.
fn reader(name: &str) -> Reader {
    match name {
        "2.11.2" => Reader::Core2,
        "3.3.2" => Reader::Core3,
        "3.3.2-sdk" => Reader::Task3,
        other => panic!("unknown reader {other}"),
    }
}

/// Calls `read` for every reader and case, and fails with all results that differ from Airflow's.
pub(crate) fn check(name: &str, read: impl Fn(&Value, Reader) -> Value) {
    let mut failures = Vec::new();
    let mut answers = 0;
    for case in load(name) {
        for (who, expected) in case["results"].as_object().unwrap() {
            let mut expected = expected.clone();
            hide_messages(&mut expected);
            let actual = read(&case["input"], reader(who));
            answers += 1;
            if actual != expected {
                let id = case["id"].as_str().unwrap();
                failures.push(format!(
                    "{id} {who}: {}\n  Airflow   {expected}\n  airbridge {actual}",
                    case["input"]
                ));
            }
        }
    }
    assert!(answers > 0, "no results in {name}");
    assert!(failures.is_empty(), "{} of {answers} results differ\n{}", failures.len(), failures.join("\n"));
}

/// Removes error messages, which change between releases of Airflow.
fn hide_messages(answer: &mut Value) {
    match answer {
        Value::Object(fields)
            if fields.len() == 1 && fields.get("error").is_some_and(|error| error.get("type").is_some()) =>
        {
            *answer = error();
        }
        Value::Object(fields) => {
            fields.remove("extra_dejson_note");
            fields.values_mut().for_each(hide_messages);
        }
        _ => {}
    }
}
