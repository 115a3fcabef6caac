//! The parts of `docs/` that are written from the declared kinds, keys and warnings. `AIRBRIDGE_UPDATE_DOCS=1` writes them anew.

#![cfg(test)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use airbridge_airflow::Loss;
use airbridge_core::WarningCode;
use airbridge_endpoints::{COMMON_KEYS, Key, Kind, kinds};
use airbridge_engine::{Flag, PRICES_OF, REASONS, SERVICES};

const END: &str = "<!-- end -->";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// Compares a file with what it should contain, or writes it.
fn compare(path: &Path, expected: &str) {
    if std::env::var_os("AIRBRIDGE_UPDATE_DOCS").is_some() {
        fs::write(path, expected).unwrap();
        return;
    }
    let found = fs::read_to_string(path).unwrap();
    let line = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(
        found == expected,
        "{} differs from the declared kinds and keys; run \
         AIRBRIDGE_UPDATE_DOCS=1 cargo test -p airbridge-endpoints --test generated\n{line:#?}",
        path.display()
    );
}

fn start(name: &str) -> String {
    format!("<!-- generated: {name} -->\n")
}

/// `page` with `content` between the markers of `name`; `None` if it has none.
fn replace(page: &str, name: &str, content: &str) -> Option<String> {
    let start = start(name);
    let from = page.find(&start)? + start.len();
    let to = from + page[from..].find(END)?;
    Some(format!("{}{content}{}", &page[..from], &page[to..]))
}

/// The schemes whose keys one table shows: `-` has some of those of `file:`.
fn sections() -> impl Iterator<Item = &'static Kind> {
    kinds().iter().copied().filter(|kind| kind.scheme != "-" && kind.keys().next().is_some())
}

fn list_of_kinds() -> String {
    let mut text = "| endpoint | what it is |\n| --- | --- |\n".to_owned();
    for kind in kinds() {
        writeln!(text, "| `{}` | {} |", kind.spelling, kind.label).unwrap();
    }
    text.push_str("| `@NAME` | an endpoint that is defined in `airbridge.toml` |\n");
    text
}

fn table(keys: impl Iterator<Item = &'static Key>) -> String {
    let mut text = "| key | what it does |\n| --- | --- |\n".to_owned();
    for key in keys {
        writeln!(text, "| `{}` | {} |", key.name, key.describe()).unwrap();
    }
    text
}

fn keys_of(kind: &'static Kind) -> String {
    let mut text = table(kind.described_keys());
    for (why, names) in kind.ignored_keys() {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        writeln!(text, "| {} | Ignored, because {why} |", names.join(", ")).unwrap();
    }
    text
}

#[test]
fn page_for_users_lists_every_kind_and_key() {
    let path = docs().join("endpoints.md");
    let mut page = fs::read_to_string(&path).unwrap();
    let missing = |name: &str| format!("docs/endpoints.md lacks the lines {}{END}", start(name));
    page = replace(&page, "kinds", &list_of_kinds()).unwrap_or_else(|| panic!("{}", missing("kinds")));
    let common = table(COMMON_KEYS.iter());
    page = replace(&page, "keys of every endpoint", &common)
        .unwrap_or_else(|| panic!("{}", missing("keys of every endpoint")));
    for kind in sections() {
        let name = format!("keys of {}:", kind.scheme);
        page = replace(&page, &name, &keys_of(kind)).unwrap_or_else(|| {
            // A new kind gets a section before that of `airflow:`, which stands for all of them.
            let at = page.find("## `airflow:PATH`").expect("a section about airflow:");
            let (before, after) = page.split_at(at);
            let (spelling, label, start) = (kind.spelling, kind.label, start(&name));
            format!("{before}## `{spelling}`\n\n{label}\n\n{start}{}{END}\n\n{after}", keys_of(kind))
        });
    }
    compare(&path, &page);
}

#[test]
fn page_about_errors_lists_every_warning_reason_and_remark() {
    let path = docs().join("troubleshooting.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut table = "| code | with `--quiet` | meaning |\n| --- | --- | --- |\n".to_owned();
    for code in WarningCode::ALL {
        let shown = if code.changes_the_run() { "yes" } else { "no" };
        writeln!(table, "| `{}` | {shown} | {} |", code.word(), code.meaning()).unwrap();
    }
    let page = replace(&page, "warnings", &table).expect("the table of warnings");
    let mut reasons = "| reason | meaning |\n| --- | --- |\n".to_owned();
    for (reason, meaning) in REASONS {
        writeln!(reasons, "| `{reason}` | {meaning} |").unwrap();
    }
    let mut remarks = "| remark | named by the question | meaning |\n| --- | --- | --- |\n".to_owned();
    for flag in Flag::ALL {
        let named = if flag.needs_attention() { "yes" } else { "no" };
        writeln!(remarks, "| `{}` | {named} | {} |", flag.word(), flag.meaning()).unwrap();
    }
    let page = replace(&page, "reasons", &reasons).expect("the table of reasons");
    compare(&path, &replace(&page, "remarks", &remarks).expect("the table of remarks"));
}

#[test]
fn page_about_costs_lists_every_price() {
    let path = docs().join("costs.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut table = format!(
        "In US dollars, as of {PRICES_OF}:\n\n| service | storage, each month | requests |\n| --- | --- | --- |\n"
    );
    for service in SERVICES {
        let (name, backend) = (service.name, service.backend);
        let (storage, requests) = (service.storage.describe(), service.requests);
        writeln!(table, "| {name}, `{backend}:` | {storage} | {requests} |").unwrap();
    }
    compare(&path, &replace(&page, "prices", &table).expect("the table of prices"));
}

#[test]
fn estimate_knows_every_service_and_the_keys_that_its_price_depends_on() {
    // Of these, files and databases are written at once.
    let others = ["file", "-", "env", "airflow", "airflow-db"];
    let services = kinds().iter().filter(|kind| !others.contains(&kind.scheme));
    for kind in services {
        let service = SERVICES.iter().find(|service| service.backend == kind.scheme);
        let service = service.unwrap_or_else(|| panic!("{} is not in SERVICES", kind.scheme));
        for name in service.keys() {
            let key = kind.key(name).unwrap_or_else(|| panic!("{} has no key {name}", kind.scheme));
            assert!(key.of_new_secrets, "{}: {name}", kind.scheme);
        }
    }
}

#[test]
fn page_about_values_lists_every_loss() {
    let page = fs::read_to_string(docs().join("values.md")).unwrap();
    let (_, losses) = page.split_once("\n## Losses\n").expect("the section about losses");
    for loss in Loss::ALL {
        let row = format!("\n| `{}` | ", loss.word());
        assert!(losses.contains(&row), "docs/values.md has no row for the loss {}", loss.word());
    }
}

#[test]
fn schemas_list_every_kind_of_place() {
    // A stream is a file, and `airflow:` leads to one of the others.
    let places = kinds().iter().map(|kind| kind.scheme).filter(|scheme| !["-", "airflow"].contains(scheme));
    let places: Vec<_> = places.map(|scheme| format!("            \"{scheme}\"")).collect();
    let list = format!("\"enum\": [\n{}\n          ]", places.join(",\n"));
    for name in ["list", "show", "plan", "report", "diff"] {
        let path = docs().join(format!("schemas/{name}-1.json"));
        let schema = fs::read_to_string(&path).unwrap();
        let at = schema.find("\"The kind of place.\"").expect("the property `backend` of an endpoint");
        let from = at + schema[at..].find("\"enum\": [").expect("its list");
        let to = from + schema[from..].find(']').expect("the end of its list") + 1;
        compare(&path, &format!("{}{list}{}", &schema[..from], &schema[to..]));
    }
}
