//! `endpoints`: the types of endpoint, and the keys of each.

use airbridge_endpoints::{BACKENDS, Backend, COMMON_KEYS, Key};
use anstyle::Style;
use serde_json::{Value, json};

use crate::failure::{Exit, Failure, Outcome, nearest};
use crate::output::Screen;
use crate::output::style::{BOLD, DIM, paint};
use crate::output::table::{Cell, rows};

/// Keys of one owner.
struct Group {
    /// The word in machine output.
    word: &'static str,
    title: &'static str,
    keys: Vec<Key>,
}

pub(super) fn run(screen: &Screen, scheme: Option<&str>) -> Outcome<Exit> {
    let backends: Vec<&Backend> = match scheme {
        Some(scheme) => vec![named(scheme)?],
        None => BACKENDS.iter().collect(),
    };
    if screen.is_json() {
        screen.document(&document(&backends))?;
    } else if scheme.is_some() {
        screen.result(&backends.into_iter().map(page).collect::<String>())?;
    } else {
        screen.result(&table(&backends))?;
    }
    Ok(Exit::Done)
}

/// The type called `scheme`; a colon and a place after it are ignored.
fn named(scheme: &str) -> Outcome<&'static Backend> {
    let word = scheme.split(':').next().unwrap_or_default();
    BACKENDS.iter().find(|backend| backend.scheme == word).ok_or_else(|| {
        let near = nearest(word, BACKENDS.iter().map(|backend| backend.scheme));
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        Failure::usage(format!("unknown endpoint type `{word}`"))
            .hint(format!("{near}run `airbridge endpoints` to see all types"))
    })
}

/// The keys in the order in which they are shown.
fn groups(backend: &Backend) -> Vec<Group> {
    let own = |key: &&Key| backend.own.contains(&key.0) || backend.class.is_none();
    let airflow = backend.keys.iter().filter(|key| !own(key)).copied().collect();
    let airbridge = backend.keys.iter().filter(own).copied().collect();
    let groups = [
        Group { word: "airflow", title: "Keys of Airflow's class (`backend_kwargs`)", keys: airflow },
        Group { word: "airbridge", title: "Keys that only airbridge has", keys: airbridge },
        Group { word: "common", title: "Keys of every endpoint", keys: COMMON_KEYS.to_vec() },
    ];
    groups.into_iter().filter(|group| !group.keys.is_empty()).collect()
}

fn table(backends: &[&Backend]) -> String {
    let mut table: Vec<Vec<Cell>> =
        backends.iter().map(|backend| row(backend.spelling, backend.what)).collect();
    table.push(row("@NAME", "an endpoint from airbridge.toml"));
    format!(
        "{}\n{}\nRun `airbridge endpoints SCHEME` for the keys of one type, such as `airbridge endpoints aws`.\n",
        paint(BOLD, "Types of endpoint"),
        rows("  ", &table)
    )
}

fn page(backend: &Backend) -> String {
    let mut text = format!("{}  {}\n", paint(BOLD, backend.spelling), backend.what);
    if let Some(class) = backend.class {
        text.extend(["\nAirflow's class: ", class, "\n"]);
    }
    text.push_str(&format!(
        "\nExample:\n  airbridge list {0}\n  airbridge list {0} --from KEY=VALUE\n",
        backend.spelling
    ));
    for group in groups(backend) {
        let keys: Vec<Vec<Cell>> = group.keys.iter().map(|(key, help)| row(key, help)).collect();
        text.extend(["\n", &paint(BOLD, group.title), "\n", &rows("  ", &keys)]);
    }
    text
}

fn row(word: &str, help: &str) -> Vec<Cell> {
    vec![(Style::new(), word.to_owned()), (DIM, help.to_owned())]
}

fn document(backends: &[&Backend]) -> Value {
    let entries: Vec<Value> = backends
        .iter()
        .map(|backend| {
            let groups = groups(backend);
            let keys: Vec<Value> = groups
                .iter()
                .flat_map(|group| group.keys.iter().map(|(key, help)| (group.word, key, help)))
                .map(|(group, key, help)| json!({ "key": key, "group": group, "help": help }))
                .collect();
            json!({
                "scheme": backend.scheme,
                "spelling": backend.spelling,
                "description": backend.what,
                "class": backend.class,
                "place_key": backend.place_key,
                "keys": keys,
            })
        })
        .collect();
    json!({
        "schema": "airbridge.endpoints/1",
        "summary": { "entries": entries.len() },
        "entries": entries,
    })
}
