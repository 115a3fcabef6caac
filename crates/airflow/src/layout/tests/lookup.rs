use crate::layout::lookup::Pattern;

fn matches(pattern: &str, id: &str) -> bool {
    Pattern::new(pattern).unwrap().matches(id)
}

fn refusal(pattern: &str) -> String {
    Pattern::new(pattern).unwrap_err()
}

#[test]
fn a_match_begins_at_the_start_and_ignores_case() {
    assert!(matches("^prod", "PROD_db") && !matches("^prod", "my_prod"));
    assert!(matches("db", "db_main") && !matches("db", "main_db"));
    assert!(matches("a|b", "beta") && !matches("a|b", "gamma"));
    assert!(matches("", "anything"));
    assert!(matches("(?i:Ü)", "ü"));
}

#[test]
fn python_syntax_works() {
    for (pattern, yes, no) in [
        (r"(?!tmp_).*", "x", "tmp_x"),
        (r".*(?<!_old)$", "x", "x_old"),
        (r"(?P<q>['_])x(?P=q)$", "_x_", "_x'"),
        (r"(\w)\1", "aa", "ab"),
        (r"(?x) prod  # production", "prod_x", "dev"),
        (r"(?:a{2,3})+\Z", "aaaa", "a"),
        (r"\d+$", "12\n", "12\nx"),
        (r"\<x\>", "<x>", "x"),
        (r"[[a]x", "[x", "bx"),
        (r"[a&&b]+$", "a&b", "c"),
        (r"[]a]+$", "]a", "[a"),
        (r"[^]a]+$", "[b", "]"),
        (r"[\w.-]+$", "a-b.c", "a b"),
        (r"[\]\\]+$", r"]\", "x"),
        (r"\é\u00fc\x61", "éüa", "éua"),
        (r"[~~x]+$", "~x", "y"),
    ] {
        assert!(matches(pattern, yes), "{pattern} should match {yes:?}");
        assert!(!matches(pattern, no), "{pattern} should not match {no:?}");
    }
}

#[test]
fn what_does_not_compile_is_refused_with_its_place() {
    for (pattern, place) in [
        ("é(a|b", "character 5"),
        ("a(?P<n>x)(?P<n", "character 11"),
        ("*a", "character 1"),
        ("ab\\", "character 3"),
        (r"ab\K", "character 3"),
        (r"[a\Z]", "character 3"),
        ("[+--]", "character 3"),
        ("$(", "character 2"),
    ] {
        let refusal = refusal(pattern);
        assert!(refusal.contains(place), "{pattern}: {refusal}");
    }
    for pattern in ["[a", "a)", "[z-a]", "(?L)a"] {
        assert!(refusal(pattern).starts_with("no usable regular expression: "), "{pattern}");
    }
}

#[test]
fn a_pattern_that_never_ends_does_not_match() {
    let id = format!("{}!", "a".repeat(60));
    assert!(!matches(r"(a|aa|\1)+(?<!b)$", &id));
}
