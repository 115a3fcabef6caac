//! `docs/matrix.md`: what the matrix found, and that the committed page says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use airbridge_tests::repository;

use crate::location::Kind;
use crate::pair::{Pair, Words};

const UPDATE: &str = "AIRBRIDGE_UPDATE_DOCS";

/// What was copied.
pub(crate) struct Set {
    pub(crate) connections: usize,
    pub(crate) variables: usize,
    pub(crate) config: usize,
    pub(crate) pairs: Vec<Pair>,
}

impl Set {
    pub(crate) fn count(&self) -> usize {
        self.connections + self.variables + self.config
    }
}

/// Compares the page with what was found, or writes it anew where the environment says so.
pub(crate) fn check(shared: &Set, team: &Set) {
    let path = repository("docs").join("matrix.md");
    let found = page(shared, team);
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, found).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let changed = found.lines().find(|line| !committed.lines().any(|known| known == *line));
    assert!(
        committed == found,
        "docs/matrix.md says something else than what was found, such as\n{}\nIf that is as it should be, renew it:\n\
         {UPDATE}=1 python3 tests/servers/servers.py run -- cargo test -p airbridge-tests --test matrix",
        changed.unwrap_or("(lines that are gone)")
    );
}

fn page(shared: &Set, team: &Set) -> String {
    let Set { connections, variables, config, .. } = shared;
    let parts = [
        INTRODUCTION.to_owned(),
        EVIDENCE.to_owned(),
        format!(
            "## What was carried\n\n{connections} connections, {variables} variables and {config} config options start in a \
             folder of JSON files. Each row is a source, which holds\nwhat the folder's row says has arrived there (`env:`: what \
             an environment can hold). A cell is *carried*, or *carried* − *refused*.\n"
        ),
        table(&shared.pairs),
        format!(
            "## What each target refuses\n\nOf the folder's {} entries, by [reason](troubleshooting.md#entries-are-refused); long \
             ids are shortened.\n",
            shared.count()
        ),
        refusals(&shared.pairs),
        "## What is lost, as stated\n\nOf the folder's entries, with [`--allow-loss`](values.md#losses):\n"
            .to_owned(),
        losses(&shared.pairs),
        flagged(&shared.pairs),
        format!(
            "## A team's entries\n\n{} connections and {} variables of one team, with `--team`. Airflow read them in multi-team \
             mode.\n",
            team.connections, team.variables
        ),
        table(&team.pairs),
        refusals(&team.pairs),
    ];
    parts.map(|part| part.trim_end().to_owned() + "\n").join("\n")
}

const INTRODUCTION: &str = "\
<!-- Written by tests/matrix. To renew it, run that test with AIRBRIDGE_UPDATE_DOCS=1. -->
# Every endpoint to every other

One awkward set of entries was copied between every two kinds of endpoint; this page is what the test found. For each pair the
plan named what the target cannot hold, the rest was copied with `--partial` and verified, and a second copy wrote nothing. Then
one Airflow 3.3.2 read both sides through its own backends, as core and as a task: all that was carried reads the same, but for
the losses below. An empty description counts as none.

The set has every host, schema, login, password, type and extra of the recorded vectors; line breaks, quotes, control characters
and letters of many scripts; values at every size limit and one byte more; ids at every length limit and one letter more; and ids
that differ in case, `_` or `-` alone.
";

const EVIDENCE: &str = "\
## What stood in

| endpoint | what it ran on | who judged |
| --- | --- | --- |
| JSON folder, YAML files | files | Airflow's local-filesystem backend |
| `.env` | a file | Airflow's environment backend, with the variables that the file makes |
| `airflow_settings.yaml` | a file | no backend of Airflow's reads it: airbridge copied it to a folder, which Airflow read |
| `env:` | the environment | Airflow's environment backend |
| `aws:`, `aws-ssm:` | an **emulator** (moto), which is laxer than the service: limits are airbridge's own checks | Airflow's Amazon backends |
| `gcp:` | an **emulator** (drongo), laxer likewise | Airflow's Google backend, over gRPC |
| `azure:` | a **double** of this repository's own: no server can be had | Airflow's Azure backend |
| `vault:` | OpenBao 2.7.2, the real server | Airflow's HashiCorp backend |
";

/// Rows are sources, columns targets.
fn table(pairs: &[Pair]) -> String {
    let sources: BTreeSet<Kind> = pairs.iter().map(|pair| pair.from).collect();
    let targets: BTreeSet<Kind> = pairs.iter().map(|pair| pair.to).collect();
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = |first: &str, rest: Vec<String>| row([vec![first.to_owned()], rest].concat());
    let titles = targets.iter().map(|kind| kind.title().to_owned());
    let mut text = head("from ╲ to", titles.collect());
    text += &head("---", vec!["---".to_owned(); targets.len()]);
    for from in sources {
        let cell = |to: &Kind| {
            let pair = pairs.iter().find(|pair| (pair.from, pair.to) == (from, *to));
            pair.map_or_else(String::new, |pair| match pair.refusals() {
                0 => pair.carried().to_string(),
                refused => format!("{} − {refused}", pair.carried()),
            })
        };
        text += &head(from.title(), targets.iter().map(cell).collect());
    }
    text
}

/// The reasons of each target, with how many entries and which: of the folder, and what only others bring.
fn refusals(pairs: &[Pair]) -> String {
    let targets: BTreeSet<Kind> = pairs.iter().map(|pair| pair.to).collect();
    let mut text = String::new();
    for to in targets {
        let of_folder = pairs.iter().find(|pair| (pair.from, pair.to) == (Kind::Folder, to));
        let of_folder = of_folder.map(|pair| pair.refused.clone()).unwrap_or_default();
        let mut lines = String::new();
        for (reason, entries) in &of_folder {
            let _ = writeln!(lines, "- `{reason}`, {}: {}", entries.len(), names(entries));
        }
        for (reason, (entries, sources)) in of_others(pairs, to, &of_folder) {
            let sources: Vec<_> = sources.into_iter().map(Kind::title).collect();
            let _ = writeln!(lines, "- `{reason}`, only from {}: {}", sources.join(", "), names(&entries));
        }
        if !lines.is_empty() {
            let _ = writeln!(text, "To {}:\n\n{lines}", to.title());
        }
    }
    text
}

/// What is refused for a reason from other sources, and not from the folder.
fn of_others(
    pairs: &[Pair],
    to: Kind,
    known: &Words,
) -> BTreeMap<String, (BTreeSet<String>, BTreeSet<Kind>)> {
    let mut found: BTreeMap<String, (BTreeSet<String>, BTreeSet<Kind>)> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| pair.to == to && pair.from != Kind::Folder) {
        for (reason, entries) in &pair.refused {
            // An environment gives ids in lower case.
            let listed = |entry: &String| {
                known.get(reason).is_some_and(|known| {
                    known.iter().any(|known| known.to_lowercase() == entry.to_lowercase())
                })
            };
            for entry in entries.iter().filter(|entry| !listed(entry)) {
                let (entries, sources) = found.entry(reason.clone()).or_default();
                entries.insert(entry.clone());
                sources.insert(pair.from);
            }
        }
    }
    found
}

fn losses(pairs: &[Pair]) -> String {
    let mut text = String::new();
    for pair in pairs.iter().filter(|pair| pair.from == Kind::Folder && !pair.lost.is_empty()) {
        let lost = pair.lost.iter().map(|(word, entries)| format!("`{word}` of {}", names(entries)));
        let _ = writeln!(text, "- to {}: {}", pair.to.title(), lost.collect::<Vec<_>>().join("; "));
    }
    text
}

/// What core and tasks read differently, over all pairs.
fn flagged(pairs: &[Pair]) -> String {
    let flagged = pairs.iter().flat_map(|pair| pair.hop.reader_dependent());
    let flagged: BTreeSet<String> = flagged.map(|id| format!("conn:{id}")).collect();
    let names = if flagged.is_empty() { "none".to_owned() } else { names(&flagged) };
    format!("Flagged `reader-dependent` on some way, and there compared as tasks read it alone: {names}.\n")
}

/// Entries in a line: those of one numbered series as a range, long ids shortened.
fn names(entries: &BTreeSet<String>) -> String {
    let short = |entry: &String| {
        let length = entry.chars().count();
        if length <= 40 {
            return format!("`{entry}`");
        }
        let start: String = entry.chars().take(12).collect();
        let id = entry.split_once(':').map_or(length, |(_, id)| id.chars().count());
        format!("`{start}…` ({id} letters)")
    };
    let (series, others): (BTreeSet<&String>, BTreeSet<&String>) =
        entries.iter().partition(|entry| entry.starts_with("conn:vector_"));
    let mut names: Vec<String> = others.into_iter().map(short).collect();
    if let Some(one) = series.first() {
        names.push(if series.len() == 1 { short(one) } else { format!("{} of the vectors", series.len()) });
    }
    names.join(", ")
}
