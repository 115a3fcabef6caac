//! `endpoints`: the types of endpoint, and the keys of each.

use airbridge_endpoints::{COMMON_KEYS, Effect, Key, Kind, Owner, kinds};
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
    keys: Vec<&'static Key>,
}

pub(super) fn run(screen: &Screen, scheme: Option<&str>) -> Outcome<Exit> {
    let kinds: Vec<&Kind> = match scheme {
        Some(scheme) => vec![named(scheme)?],
        None => kinds().to_vec(),
    };
    if screen.is_json() {
        screen.document(document(&kinds))?;
    } else if scheme.is_some() {
        screen.result(&kinds.into_iter().map(page).collect::<String>())?;
    } else {
        screen.result(&table(&kinds))?;
    }
    Ok(Exit::Done)
}

/// The type called `scheme`; a colon and a place after it are ignored.
fn named(scheme: &str) -> Outcome<&'static Kind> {
    let word = scheme.split(':').next().unwrap_or_default();
    kinds().iter().copied().find(|kind| kind.scheme == word).ok_or_else(|| {
        let near = nearest(word, kinds().iter().map(|kind| kind.scheme));
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        Failure::usage(format!("unknown endpoint type `{word}`"))
            .hint(format!("{near}run `airbridge endpoints` to see all types"))
    })
}

/// The keys in the order in which they are shown.
fn groups(kind: &Kind) -> Vec<Group> {
    let of = |owner| kind.keys().filter(|key| key.owner == owner).collect();
    let groups = [
        Group {
            word: "airflow",
            title: "Keys of Airflow's class (`backend_kwargs`)",
            keys: of(Owner::Airflow),
        },
        Group { word: "airbridge", title: "Keys that only airbridge has", keys: of(Owner::Airbridge) },
        Group { word: "common", title: "Keys of every endpoint", keys: COMMON_KEYS.iter().collect() },
    ];
    groups.into_iter().filter(|group| !group.keys.is_empty()).collect()
}

fn table(kinds: &[&Kind]) -> String {
    let mut table: Vec<Vec<Cell>> = kinds.iter().map(|kind| row(kind.spelling, kind.label)).collect();
    table.push(row("@NAME", "an endpoint from airbridge.toml"));
    format!(
        "{}\n{}\nRun `airbridge endpoints SCHEME` for the keys of one type, such as `airbridge endpoints aws`.\n",
        paint(BOLD, "Types of endpoint"),
        rows("  ", &table)
    )
}

fn page(kind: &Kind) -> String {
    let mut text = format!("{}  {}\n", paint(BOLD, kind.spelling), kind.label);
    if let Some(class) = kind.class {
        text.extend(["\nAirflow's class: ", class.path, "\n"]);
    }
    text.push_str("\nExamples:\n");
    for example in kind.examples {
        text.extend(["  airbridge list ", example, "\n"]);
    }
    for group in groups(kind) {
        let described = group.keys.iter().filter(|key| key.effect != Effect::Ignored);
        let keys: Vec<Vec<Cell>> = described.map(|key| row(key.name, &key.describe())).collect();
        text.extend(["\n", &paint(BOLD, group.title), "\n", &rows("  ", &keys)]);
    }
    for (why, names) in kind.ignored_keys() {
        text.extend(["\nIgnored, because ", why, ":\n  ", &names.join(", "), "\n"]);
    }
    text
}

fn row(word: &str, help: &str) -> Vec<Cell> {
    vec![(Style::new(), word.to_owned()), (DIM, help.to_owned())]
}

fn document(kinds: &[&Kind]) -> Value {
    let entries: Vec<Value> = kinds
        .iter()
        .map(|kind| {
            let groups = groups(kind);
            let keys: Vec<Value> = groups
                .iter()
                .flat_map(|group| group.keys.iter().map(|key| (group.word, key)))
                .map(|(group, key)| json!({ "key": key.name, "group": group, "help": key.describe() }))
                .collect();
            json!({
                "scheme": kind.scheme,
                "spelling": kind.spelling,
                "description": kind.label,
                "class": kind.class.map(|class| class.path),
                "place_key": kind.place_key,
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
