//! Texts of the help that belong to no single option.

use airbridge_endpoints::{BACKENDS, COMMON_KEYS};

pub(super) const ABOUT: &str =
    "Moves Apache Airflow connections, variables and config options between secrets backends";

pub(super) const LONG_ABOUT: &str = "\
Moves Apache Airflow connections, variables and config options between secrets backends.

After a copy, Airflow pointed at the target reads every entry as it read it from the source. What cannot be carried \
whole is named before anything is written.";

const EXIT_CODES: &str = "\
Exit codes:
  0 done or nothing to do   1 failed    2 usage, nothing was tried   3 it differs
  4 refused before writing  5 done but for what --partial left alone
  130 interrupted           143 terminated";

/// The kinds of endpoint, for help.
pub(super) fn endpoints() -> String {
    let mut text = "Endpoints:\n".to_owned();
    let width = BACKENDS.iter().map(|backend| backend.spelling.len() + 1).max().unwrap_or_default();
    for backend in BACKENDS {
        text.push_str(&line(backend.spelling, width, backend.what));
    }
    text.push_str(&line("@NAME", width, "one that is written in airbridge.toml"));
    text.push_str("\nKeys follow a `?` (vault:airflow?namespace=team) or stand in --from and --to.\n\n");
    text.push_str(EXIT_CODES);
    text
}

/// The same with every key.
pub(super) fn endpoints_with_keys() -> String {
    let mut text = endpoints();
    text.push_str("\n\nKeys of every endpoint:\n");
    text.extend(COMMON_KEYS.iter().map(|(key, what)| line(key, 28, what)));
    for backend in BACKENDS.iter().filter(|backend| !backend.keys.is_empty()) {
        text.extend(["\nKeys of ", backend.spelling, ":\n"]);
        text.extend(backend.keys.iter().map(|(key, what)| line(key, 28, what)));
    }
    text
}

fn line(word: &str, width: usize, what: &str) -> String {
    format!("  {word:<width$} {what}\n")
}
