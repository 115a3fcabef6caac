//! `list`: ids and kinds, never values.

use airbridge_airflow::{EntryId, Kind};
use airbridge_core::{Header, State};
use airbridge_endpoints::{Access, configure};
use airbridge_engine::{
    self as engine, Endpoint, EndpointDocument, Evidence, Extent, Inventory, Selection, Side,
};
use anstyle::Style;

use super::bundles;
use super::session::{Session, ids, selection};
use super::setup::Setup;
use crate::cli::ListArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Screen;
use crate::output::side::side;
use crate::output::style::{BOLD, CHANGE, DIM, kind_count, plain};
use crate::output::table::{Cell, rows};

pub(super) async fn run(setup: &Setup, screen: &Screen, args: ListArgs) -> Outcome<Exit> {
    if args.ids_only && screen.is_json() {
        return Err(Failure::usage("--ids-only cannot be used with --output json").hint("remove one of them"));
    }
    let options = setup.open_options(args.select.team.as_ref(), &args.rates, args.bundle.options())?;
    let mut prepared = configure(&options, &args.endpoint, &args.from.from, Access::Read)?;
    bundles::check(&options.bundle, &[&prepared], None)?;
    let session = Session::new(screen.clone());
    session.warn_all(std::mem::take(&mut prepared.notes));
    let selection = selection(&args.select)?;
    let evidence = Evidence { given: ids(&args.select)?, ..Evidence::default() };
    let reading = async {
        let source = session.open(prepared).await?.into_source();
        let kinds = selection.kinds();
        let extent = if args.all { Extent::Everything } else { Extent::Entries };
        let listing = engine::list(&source, Side::Source, kinds, extent, &session.progress).await?;
        let mut inventory = engine::resolve_names(&source, &listing, kinds, &evidence);
        engine::mark_unusable(&source, &mut inventory);
        session.check_not_empty(args.select.caution, &source, kinds, &inventory)?;
        session.check_patterns(&args.select, &selection, None, &[&inventory])?;
        Ok((source, inventory))
    };
    let (source, inventory) = session.signals.guard(reading).await?;
    let selected = narrowed(&inventory, &selection);
    if args.ids_only {
        screen.verbatim(&ids_only(&selected))?;
    } else if screen.is_json() {
        screen.document(engine::list_document(&EndpointDocument::of(&source), &selected))?;
    } else {
        screen.result(&human(source.endpoint(), &selected))?;
    }
    Ok(session.end(args.select.caution, Exit::Done))
}

/// One entry per line. Names that could be several ids are left out: they are what `--ids` resolves.
fn ids_only(inventory: &Inventory) -> String {
    let lines = inventory.found.iter().map(|found| format!("{}\n", found.id));
    lines.collect()
}

fn narrowed(inventory: &Inventory, selection: &Selection) -> Inventory {
    let mut inventory = inventory.clone();
    inventory.found.retain(|found| selection.takes(&found.id));
    inventory.ambiguous.retain(|name| name.candidates.iter().any(|id| selection.takes(id)));
    inventory
}

fn human(endpoint: &Endpoint, inventory: &Inventory) -> String {
    let mut table: Vec<Vec<Cell>> = Vec::new();
    for found in &inventory.found {
        let mut remarks = state(&found.header);
        if found.guessed {
            remarks.push("case-from-env".to_owned());
        }
        table.push(row(Style::new(), &entry(&found.id), &found.header, &remarks.join(", ")));
    }
    for name in &inventory.ambiguous {
        let candidates: Vec<_> = name.candidates.iter().map(ToString::to_string).collect();
        let remark = format!("could be {}; use --ids to resolve it", candidates.join(" or "));
        table.push(row(CHANGE, "ambiguous", &name.header, &plain(&remark)));
    }
    for header in &inventory.foreign {
        table.push(row(DIM, "foreign", header, ""));
    }
    let mut text = format!("{}\n", side(endpoint, BOLD));
    text.push_str(&rows("  ", &table));
    text.push_str(&counts(inventory));
    text.push('\n');
    text
}

fn row(style: Style, what: &str, header: &Header, remark: &str) -> Vec<Cell> {
    vec![(style, plain(what)), (DIM, plain(header.name.as_str())), (CHANGE, remark.to_owned())]
}

fn entry(id: &EntryId) -> String {
    match &id.team {
        Some(team) => format!("{id} (team {team})"),
        None => id.to_string(),
    }
}

fn state(header: &Header) -> Vec<String> {
    let word = match &header.state {
        State::Live => return Vec::new(),
        State::Disabled => "disabled",
        State::Deleted { .. } => "deleted",
        State::NoValue => "no value",
        State::Binary => "binary",
        State::Masked { .. } => "masked",
        State::Damaged { .. } => "unreadable",
    };
    vec![word.to_owned()]
}

fn counts(inventory: &Inventory) -> String {
    let mut parts = Vec::new();
    for kind in Kind::ALL {
        let number = inventory.found.iter().filter(|found| found.id.kind == kind).count();
        if number > 0 {
            parts.push(kind_count(kind, number));
        }
    }
    if parts.is_empty() {
        parts.push("no entries".to_owned());
    }
    for (number, word) in [(inventory.ambiguous.len(), "ambiguous"), (inventory.foreign.len(), "foreign")] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    parts.join(", ")
}
