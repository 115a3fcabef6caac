use std::io::Write;
use std::process::{Command, Stdio};

use crate::layout::lookup::Pattern;

fn matches(pattern: &str, id: &str) -> bool {
    Pattern::new(pattern).unwrap().matches(id)
}

fn refusal(pattern: &str) -> String {
    Pattern::new(pattern).unwrap_err()
}

#[test]
fn match_starts_at_the_first_character_and_ignores_case() {
    assert!(matches("^prod", "PROD_db") && !matches("^prod", "my_prod"));
    assert!(matches("db", "db_main") && !matches("db", "main_db"));
    assert!(matches("a|b", "beta") && !matches("a|b", "gamma"));
    assert!(matches("", "anything"));
    assert!(matches("(?i:Ü)", "ü"));
}

#[test]
fn python_syntax_is_supported() {
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
fn invalid_pattern_is_rejected_with_the_position() {
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
        assert!(refusal(pattern).starts_with("not a valid regular expression: "), "{pattern}");
    }
}

#[test]
fn pattern_that_takes_too_long_does_not_match() {
    let id = format!("{}!", "a".repeat(60));
    assert!(!matches(r"(a|aa|\1)+(?<!b)$", &id));
}

/// Patterns with every construct of Python's syntax.
const PATTERNS: &[&str] = &[
    r"prod_",
    r"^prod",
    r"prod$",
    r"(?!tmp_).*",
    r"(?!.*_old$)\w+$",
    r"(?=.*db)prod",
    r".*(?<!_old)$",
    r".*(?<=_db)$",
    r"(?P<part>\w+)_(?P=part)$",
    r"(\w)\1",
    r"(a)(b)?(?(2)c|d)$",
    r"(?P<x>a)?(?(x)b|c)$",
    r"(?i:PROD)_db$",
    r"(?s).+\Z",
    r"(?m)^.*$\Z",
    r"(?x) prod _ # comment",
    r"(?#comment)prod",
    r"(?:prod|dev)_[a-z]+$",
    r"[^_]+_[^_]+$",
    r"\bprod\b",
    r"\Bd",
    r"a*?b",
    r"a*+b",
    r"(?>a+)b",
    r"a{2}$",
    r"a{,2}$",
    r"a{2,}$",
    r"\w+$",
    r"[\w]+$",
    r"\W",
    r"[^\w]",
    r"\d+$",
    r"\D+$",
    r"\s",
    r"[\s]",
    r"\S+$",
    r".",
    r"x|prod",
    r"",
    r"(?-i:prod)",
    r"[a-c\d_]+$",
    r"\x70rod",
    r"\u0070rod",
    r"ü$",
    r"ß$",
    r"k$",
    r"(?=(a+))a*b\1",
    r"(a|ab)(c|bcd)(d*)$",
    r"\.\-\_",
    r"[\]\[]",
    r"[!-/]",
    r"\A\Aprod",
    r"(?i)PROD",
    r"((a))\2",
    r"(?P<n>.)(?P<m>.)(?P=m)(?P=n)",
    r"prod_db\n?$",
    r"[\b]",
    r"\0",
    r"\07",
    r"\141",
    r"[\141]",
    r"(?<!a)(?<=p)r",
    r"p(?<=p)rod",
    r"(?<=a|b)c",
    r"(?:(?:a)*)*b",
    r"a\Z|prod",
    r"é",
    r"\xe9",
    r"i$",
    r"s$",
    r"[[:alpha:]",
    r"(?P<a>x)?(?(a)y|p)",
    r"[\W]",
    r"[^\W]+$",
    r"[\S]+$",
    r"[^\s]+$",
    r"\bdb\b|prod_db\b",
    r"(?#a\)b)x|prod",
    r"pr(?#c)*o",
    r"(?i)(?s)prod",
    r"(?is)prod.",
    r"(?P<a>x)?(?(1)y|p)",
    r"(?i-s:prod)",
    r"a\b\Wb",
    r"(\w+)_(\w+)(?<!_old)$",
    r"(?:prod|dev)(?!_old)_.*",
    r"a$\nb",
    r"(?m)a$\nb",
    r"[^\n]+$",
    r".*\n",
];

const REJECTED: &[&str] = &[
    r"(?<=a+)b",
    r"a**",
    r"(?P<1>a)",
    r"(?P=x)",
    r"\1",
    r"(?z)",
    r"(?P<n>a)(?P<n>b)",
    r"\p{L}",
    r"\z",
    r"\h",
    r"\Ka",
    r"a(?i)b",
    r"(?<n>a)",
    r"\k<n>",
    r"(?|a|b)",
    r"\R",
    r"\X",
    r"\G",
    r"(?R)",
    r"\g<1>a",
];

/// Patterns that only Python supports.
const NOT_SUPPORTED: &[&str] = &[r"\N{DIGIT ONE}", r"(?a:\w+)$", r"(?u)a", r"(?ai)a"];

/// Ids for the patterns. Without `İ` and `ı`, which Python matches with `i` if case is ignored.
const IDS: &[&str] = &[
    "prod_db",
    "PROD_DB",
    "prod",
    "prod\n",
    "dev_db",
    "tmp_x",
    "my_prod",
    "x_old",
    "red_red",
    "aab",
    "aa",
    "aaa",
    "ab",
    "abc",
    "abcd",
    "ad",
    "abba",
    "b",
    "c",
    "ac",
    "bc",
    "a b",
    "a-b",
    ".-_",
    "[x]",
    "ünï",
    "Ü",
    "ß",
    "ẞ",
    "½x",
    "e\u{301}",
    "a‿b",
    "\u{1f}",
    "\u{a0}",
    "٣",
    "K",
    "ſ",
    "é",
    "É",
    "\u{8}",
    "\0",
    "\u{7}",
    "a\nb",
    "prod_db\n",
    "a{2}",
    "",
    "aabaa",
    "pr",
];

const PYTHON: &str = r#"
import json, re, sys
job = json.load(sys.stdin)
def answers(pattern):
    try:
        return [bool(re.match(pattern, id, re.IGNORECASE)) for id in job["ids"]]
    except Exception:
        return None
json.dump([answers(pattern) for pattern in job["patterns"]], sys.stdout)
"#;

/// Python's results: for each pattern whether it matches each id, or `None` if Python rejects the pattern.
fn python(patterns: &[&str]) -> Vec<Option<Vec<bool>>> {
    let program = std::env::var("AIRBRIDGE_TEST_AIRFLOW_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut python = Command::new(&program)
        .args(["-W", "ignore", "-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let job = serde_json::json!({ "patterns": patterns, "ids": IDS }).to_string();
    python.stdin.take().unwrap().write_all(job.as_bytes()).unwrap();
    serde_json::from_slice(&python.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn pattern_matches_the_same_ids_as_in_python() {
    let mut tried = 0;
    for (pattern, answers) in PATTERNS.iter().zip(python(PATTERNS)) {
        let ours = Pattern::new(pattern).unwrap_or_else(|refusal| panic!("{pattern}: {refusal}"));
        let answers = answers.unwrap_or_else(|| panic!("Python rejects {pattern}"));
        for (id, answer) in IDS.iter().zip(answers) {
            assert_eq!(ours.matches(id), answer, "{pattern} on {id:?}");
            tried += 1;
        }
    }
    assert!(tried > 2_000, "{tried} pairs");
}

#[test]
fn pattern_that_python_rejects_or_only_python_supports_is_rejected() {
    for (pattern, answers) in REJECTED.iter().zip(python(REJECTED)) {
        assert!(answers.is_none(), "Python accepts {pattern}");
        assert!(Pattern::new(pattern).is_err(), "{pattern}");
    }
    for (pattern, answers) in NOT_SUPPORTED.iter().zip(python(NOT_SUPPORTED)) {
        assert!(answers.is_some(), "Python rejects {pattern}");
        let message = refusal(pattern);
        assert!(message.contains("not supported here"), "{pattern}: {message}");
    }
}
