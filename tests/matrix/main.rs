//! Every endpoint to every other: entries that the target can hold are copied and read the same by Airflow, the others
//! are refused by name and reason, and a second copy has nothing to do. `docs/matrix.md` shows the results.

#![cfg(test)]

mod entries;
#[path = "../key_vault.rs"]
mod key_vault;
#[path = "../location.rs"]
mod location;
mod page;
mod pair;

use std::collections::BTreeMap;

use airbridge_tests::{Airbridge, Ids, Judge, Place};
use location::{Kind, TEAM};
use page::Set;
use pair::{CopyCase, Pair, run_all};
use serde_json::{Map, Value};

#[test]
fn entries_copied_between_all_endpoints_read_the_same_or_are_refused() {
    let user = Airbridge::new();
    let (connections, variables, config) = (entries::connections(), entries::variables(), entries::config());
    let environment = entries::environment(&connections, &variables);
    let shared = write(&user, "shared", connections, variables, config);
    let count = environment.len();
    let shared = Set { pairs: copy_all(&user, &Kind::ALL, environment, None), ..shared };
    account(&shared, count);

    let (connections, variables) = entries::of_a_team();
    let team = write(&user, TEAM, connections, variables, Map::new());
    let team = Set { pairs: copy_all(&user, &Kind::WITH_TEAMS, Vec::new(), Some(TEAM)), ..team };
    account(&team, 0);
    page::check(&shared, &team);
}

/// Writes the folder that everything starts from.
fn write(
    user: &Airbridge,
    name: &str,
    connections: Map<String, Value>,
    variables: Map<String, Value>,
    config: Map<String, Value>,
) -> Set {
    let set = Set {
        connections: connections.len(),
        variables: variables.len(),
        config: config.len(),
        pairs: Vec::new(),
    };
    for (file, entries) in [("connections", connections), ("variables", variables), ("config", config)] {
        user.write(&format!("{name}/{file}.json"), Value::Object(entries).to_string());
    }
    set
}

/// Copies between all of these kinds, starting from a folder, and compares what Airflow reads.
fn copy_all(
    user: &Airbridge,
    kinds: &[Kind],
    environment: Vec<(String, String)>,
    team: Option<&'static str>,
) -> Vec<Pair> {
    let name = team.unwrap_or("shared");
    let to = |from: Kind| {
        let targets = kinds.iter().filter(move |kind| from.is_copied_to(**kind));
        targets.map(move |to| (*to, to.location(user, &format!("{name}-copies/{from:?}/{to:?}"))))
    };
    let mut sources = BTreeMap::from([(Kind::Folder, Place::folder(user.home(), name))]);
    let cases =
        to(Kind::Folder).map(|to| CopyCase { from: (Kind::Folder, &sources[&Kind::Folder]), to, team });
    let mut pairs = run_all(user, cases.collect());
    let filled =
        pairs.iter().filter(|pair| pair.to != Kind::Folder).map(|pair| (pair.to, pair.target.place.clone()));
    let mut others: BTreeMap<Kind, Place> = filled.collect();
    if kinds.contains(&Kind::Bundle) {
        others.insert(Kind::Bundle, bundle(user, name));
    }
    if kinds.contains(&Kind::Environment) {
        others.insert(Kind::Environment, Place::environment(environment));
    }
    // Other copies into it would empty it.
    if let Some(place) = others.remove(&Kind::Api2) {
        let cases = to(Kind::Api2).map(|to| CopyCase { from: (Kind::Api2, &place), to, team });
        pairs.extend(run_all(user, cases.collect()));
        sources.insert(Kind::Api2, place.clone());
    }
    let cases = others
        .iter()
        .flat_map(|(kind, place)| to(*kind).map(|to| CopyCase { from: (*kind, place), to, team }));
    pairs.extend(run_all(user, cases.collect()));
    sources.extend(others);
    judge(user, &sources, &pairs, team);
    pairs
}

/// The folder that everything starts from, exported.
fn bundle(user: &Airbridge, folder: &str) -> Place {
    user.write_keys();
    let (from, file) = (format!("file:{folder}/"), format!("{folder}.age"));
    user.run(["export", &from, &file, "--recipient", "@team.txt"]).code(0);
    Place { endpoint: format!("file:{file}"), ..Place::folder(user.home(), folder) }
}

/// Checks that each pair copies or refuses every entry of its source.
fn account(set: &Set, environment: usize) {
    for pair in &set.pairs {
        let from_folder =
            || set.pairs.iter().find(|other| (other.from, other.to) == (Kind::Folder, pair.from));
        let held = match pair.from {
            Kind::Folder | Kind::Bundle => set.count(),
            Kind::Environment => environment,
            _ => from_folder().map_or(0, Pair::carried),
        };
        let seen = pair.carried() + pair.refusals();
        assert_eq!(seen, held, "{}: some entry is neither copied nor refused", pair.result.between);
    }
}

/// Lets Airflow read every place once, and checks that it reads the same from each target and its source.
fn judge(user: &Airbridge, sources: &BTreeMap<Kind, Place>, pairs: &[Pair], team: Option<&str>) {
    let mut places: BTreeMap<String, (Place, Ids)> = BTreeMap::new();
    let mut ask = |place: &Place, kind: Kind, ids: &Ids| {
        let (_, asked) = places
            .entry(place.endpoint.clone())
            .or_insert_with(|| (location::as_airflow_reads(user, place, kind), Ids::default()));
        asked.connections.extend(ids.connections.iter().cloned());
        asked.variables.extend(ids.variables.iter().cloned());
        asked.config.extend(ids.config.iter().cloned());
    };
    for pair in pairs {
        ask(&sources[&pair.from], pair.from, &pair.result.ids());
        ask(&pair.target.place, pair.to, &pair.result.ids());
    }
    let mut judge = Judge::new();
    for (place, ids) in places.values() {
        judge.read(place, ids, team);
    }
    let answers: BTreeMap<&String, Value> = places.keys().zip(judge.answers()).collect();
    let different: Vec<_> = pairs
        .iter()
        .flat_map(|pair| {
            pair.result
                .differences(&answers[&sources[&pair.from].endpoint], &answers[&pair.target.place.endpoint])
        })
        .collect();
    assert!(different.is_empty(), "{}:\n{}", different.len(), different.join("\n"));
}
