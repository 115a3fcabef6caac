//! `probe`: prints a Python file that hands over what Airflow itself reads.

mod literal;

use std::collections::BTreeSet;
use std::path::Path;

use airbridge_airflow::{EntryId, Kind};
use airbridge_endpoints::{Access, configure};
use airbridge_engine::{self as engine, Evidence, Extent, Side};

use super::bundles;
use super::session::{Session, ids};
use super::setup::Setup;
use crate::cli::{ProbeArgs, SelectOptions};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Screen;
use crate::output::style::plain;
use literal::list_of_strings;

/// The file, without entries.
const TEMPLATE: &str = include_str!("probe.py");

/// The line of the file that lists the entries.
const ENTRIES: &str = "\nIDS = []\n";

/// What stands for every entry of a kind that can be listed where the file runs.
const EVERY: &str = "*";

pub(super) async fn run(setup: &Setup, screen: &Screen, args: ProbeArgs) -> Outcome<Exit> {
    if screen.is_json() {
        return Err(
            Failure::usage("the probe is a Python file, so it has no JSON form").hint("remove --output json")
        );
    }
    let mut wanted = args.entries.iter().map(|entry| named(entry)).collect::<Outcome<BTreeSet<_>>>()?;
    let select = SelectOptions { ids: args.ids.clone(), ..SelectOptions::default() };
    match &args.ids_from {
        Some(label) => {
            let listed = listed(setup, screen, &args, label).await?;
            wanted.extend(ids(&select)?);
            wanted.extend(listed);
        }
        None if !args.from.from.is_empty() => {
            return Err(Failure::usage(
                "--from sets a key of the endpoint of --ids-from, which is not given",
            )
            .hint("add --ids-from ENDPOINT, or remove --from"));
        }
        None => wanted.extend(ids(&select)?),
    }
    if wanted.is_empty() {
        let option = if args.ids_from.is_some() { "--ids-from" } else { "--ids" };
        if args.ids_from.is_some() || args.ids.is_some() {
            return Err(Failure::refused(format!(
                "{option} gives no entries, so the probe would read nothing"
            ))
            .hint("name entries, or leave the option out for conn:* var:*"));
        }
        wanted.extend([Kind::Connection, Kind::Variable].map(|kind| EntryId::new(kind, EVERY)));
    }
    screen.verbatim(&printed(&wanted))?;
    Ok(Exit::Done)
}

/// An entry on the command line.
fn named(entry: &str) -> Outcome<EntryId> {
    let id = EntryId::parse(entry).ok_or_else(|| {
        Failure::usage(format!("`{}` is not a valid entry", plain(entry)))
            .hint("write conn:ID, var:KEY or config:KEY")
    })?;
    let is_glob = id.key.contains('*');
    if is_glob && &*id.key != EVERY {
        return Err(Failure::usage(format!("`{}`: the probe does not match globs", plain(entry)))
            .hint("name the entries, or write conn:* or var:* for all that can be listed"));
    }
    if is_glob && id.kind == Kind::Config {
        return Err(Failure::usage("Airflow cannot list the config options of a secrets backend")
            .hint("name them as config:KEY"));
    }
    Ok(id)
}

/// The ids that an endpoint lists. A name that could be several ids stands for all of them: the probe says which exist.
async fn listed(setup: &Setup, screen: &Screen, args: &ProbeArgs, label: &str) -> Outcome<BTreeSet<EntryId>> {
    let options = setup.open_options(None, &args.rates, args.bundle.options())?;
    let mut prepared = configure(&options, label, &args.from.from, Access::Read)?;
    bundles::check(&options.bundle, &[&prepared], None)?;
    if prepared.is_stream() && args.ids.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("standard input can be read only once")
            .hint("use a file for --ids or for --ids-from"));
    }
    let session = Session::new(screen.clone());
    session.warn_all(std::mem::take(&mut prepared.notes));
    let reading = async {
        let source = session.open(prepared).await?.into_source();
        let listing =
            engine::list(&source, Side::Source, &Kind::ALL, Extent::Entries, &session.progress).await?;
        Ok(engine::resolve_names(&source, &listing, &Kind::ALL, &Evidence::default()))
    };
    let inventory = session.signals.guard(reading).await?;
    let candidates = inventory.ambiguous.iter().flat_map(|name| &name.candidates).cloned();
    Ok(inventory.found.iter().map(|found| found.id.clone()).chain(candidates).collect())
}

/// The file with these entries.
fn printed(wanted: &BTreeSet<EntryId>) -> String {
    let entries: Vec<String> = wanted.iter().map(EntryId::to_string).collect();
    TEMPLATE.replacen(ENTRIES, &format!("\nIDS = {}\n", list_of_strings(&entries)), 1)
}

#[cfg(test)]
mod tests {
    use super::{ENTRIES, TEMPLATE, named, printed};
    use airbridge_airflow::{EntryId, Kind};

    #[test]
    fn file_has_one_place_for_its_entries_and_no_long_line() {
        assert_eq!(TEMPLATE.matches(ENTRIES).count(), 1);
        let wanted = [EntryId::new(Kind::Connection, "a"), EntryId::new(Kind::Variable, "x".repeat(1000))];
        let file = printed(&wanted.into());
        assert!(file.contains("IDS = [\n    \"conn:a\",\n"), "{file}");
        assert!(file.is_ascii());
        assert_eq!(file.lines().find(|line| line.len() > 100), None);
    }

    #[test]
    fn star_alone_stands_for_every_entry_and_other_globs_are_refused() {
        for entry in ["conn:*", "var:*", "conn:a", "var:a/b", "config:x"] {
            assert_eq!(named(entry).unwrap().to_string(), entry);
        }
        for entry in ["conn:a*", "config:*", "x", "conn:", "pool:a"] {
            assert!(named(entry).is_err(), "{entry}");
        }
    }
}
