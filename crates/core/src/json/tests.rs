use super::{Fields, Json, JsonStyle};

fn respell(text: &str) -> String {
    Json::parse(text).expect(text).to_text(JsonStyle::LINE).expose().to_owned()
}

#[test]
fn output_is_that_of_python() {
    for (text, python) in [
        (
            r#"{"a":1.50,"b":1e5,"c":1e-7,"d":1E400,"e":-0.0,"f":-0}"#,
            r#"{"a": 1.5, "b": 100000.0, "c": 1e-07, "d": Infinity, "e": -0.0, "f": 0}"#,
        ),
        (
            r"[1e16, 1e15, 123456789012345678901234567890, 0.0001, 0.00001]",
            r"[1e+16, 1000000000000000.0, 123456789012345678901234567890, 0.0001, 1e-05]",
        ),
        (
            r#"["é", "😀", "\u007f", "\/", "\u0000"]"#,
            r#"["\u00e9", "\ud83d\ude00", "\u007f", "/", "\u0000"]"#,
        ),
        (r#"{"a": 1, "b": 2, "a": 3}"#, r#"{"a": 3, "b": 2}"#),
        ("[NaN, -Infinity, true, false, null, [], {}]", "[NaN, -Infinity, true, false, null, [], {}]"),
    ] {
        assert_eq!(respell(text), python);
    }
}

#[test]
fn indented_and_sorted_output_is_that_of_python() {
    let value = Json::parse(r#"{"b": [1, {}], "a": {"d": 1, "c": []}}"#).unwrap();
    let text = value.to_text(JsonStyle::indented(2).sorted());
    assert_eq!(
        text.expose(),
        "{\n  \"a\": {\n    \"c\": [],\n    \"d\": 1\n  },\n  \"b\": [\n    1,\n    {}\n  ]\n}"
    );
}

#[test]
fn text_that_python_refuses_is_refused_with_its_position() {
    for (text, line, column) in [
        ("", 1, 1),
        ("{\"a\": 1,}", 1, 9),
        ("[1 2]", 1, 4),
        ("01", 1, 2),
        ("1.", 1, 2),
        ("{'a': 1}", 1, 2),
        ("[\n\"é\u{1}\"]", 2, 3),
        ("\u{feff}{}", 1, 1),
        ("{} x", 1, 4),
        (r#""\x""#, 1, 3),
        ("+1", 1, 1),
    ] {
        let error = Json::parse(text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{text:?}: {error}");
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let text = "[".repeat(100_000);
    assert_eq!(Json::parse(&text).expect_err("too deep").message, "nested too deeply");
}

#[test]
fn truthiness_is_that_of_python() {
    for (text, truth) in [
        ("0", false),
        ("0.0", false),
        ("NaN", true),
        ("\"\"", false),
        ("[]", false),
        ("[0]", true),
        ("-0", false),
    ] {
        assert_eq!(Json::parse(text).unwrap().is_truthy(), truth, "{text}");
    }
}

#[test]
fn fields_are_equal_in_any_order_and_debug_shows_no_value() {
    let a: Fields = [("x", Json::integer(1)), ("y", Json::string("canary"))].into_iter().collect();
    let b: Fields = [("y", Json::string("canary")), ("x", Json::integer(1))].into_iter().collect();
    assert_eq!(a, b);
    assert_eq!(format!("{a:?} {:?}", Json::Object(b.clone())), "Fields(2) Json(object)");
}

#[test]
fn fields_that_are_kept_or_removed_leave_other_objects_as_they_are() {
    let Ok(Json::Array(items)) = Json::parse(
        r#"[{"a": 1, "b": null, "c": 3}, {"a": 4, "b": null, "c": 6}, {"a": 7, "b": 8, "c": null}]"#,
    ) else {
        panic!("a list")
    };
    let kept = |item: &Json| {
        let mut fields = item.as_object().cloned().unwrap_or_default();
        fields.retain(|_, value| !value.is_null());
        Json::Object(fields).to_text(JsonStyle::LINE).expose().to_owned()
    };
    let texts: Vec<_> = items.iter().map(kept).collect();
    assert_eq!(texts, [r#"{"a": 1, "c": 3}"#, r#"{"a": 4, "c": 6}"#, r#"{"a": 7, "b": 8}"#]);
    let mut fields = items[1].as_object().cloned().unwrap_or_default();
    fields.insert("d", Json::integer(9));
    assert!(fields.remove("a").is_some() && fields.remove("a").is_none());
    let text = |fields: Fields| Json::Object(fields).to_text(JsonStyle::LINE).expose().to_owned();
    assert_eq!(text(fields), r#"{"b": null, "c": 6, "d": 9}"#);
    assert_eq!(items[0].as_object().map(|fields| fields.get("a").is_some()), Some(true));
}

#[test]
fn many_fields_are_found_after_changes() {
    let name = |number: usize| format!("name-{number}");
    let mut fields: Fields =
        (0..40_i64).map(|number| (format!("name-{number}"), Json::integer(number))).collect();
    fields.retain(|name, _| name != "name-3");
    assert!(fields.remove(&name(5)).is_some());
    fields.insert(name(40), Json::integer(40));
    for number in 0..41 {
        let found = fields.get(&name(number)).map(|value| value.to_text(JsonStyle::LINE).expose().to_owned());
        let expected = (![3, 5].contains(&number)).then(|| number.to_string());
        assert_eq!(found, expected, "{number}");
    }
    assert_eq!(fields.len(), 39);
}

#[test]
fn value_at_the_limit_of_nesting_fits_the_stack_of_a_thread() {
    for (begin, end) in [("[", "]"), ("{\"a\":", "}")] {
        let text = format!("{}1{}", begin.repeat(900), end.repeat(900));
        let thread = std::thread::Builder::new().stack_size(3 << 19).spawn(move || {
            let json = Json::parse(&text).expect("as deep as allowed");
            assert!(json.clone() == json);
            json.to_text(JsonStyle::LINE).len()
        });
        assert!(thread.expect("a thread").join().expect("no overflow") >= 1801);
    }
}
