//! `diff`: the differences between two endpoints, by entry and field name; never a value.

use std::collections::BTreeSet;

use airbridge_airflow::{EntryId, Field};
use airbridge_core::{Warning, WarningCode};
use airbridge_endpoints::{Access, EndpointConfig, UsedFile, configure};
use airbridge_engine::{
    self as engine, DiffEntry, Difference, Endpoint, EndpointDocument, Evidence, Extent, Keep, Listing,
    Rules, Selection, Side, Source,
};
use anstyle::Style;

use super::bundles;
use super::outputs;
use super::page::{self, Page};
use super::session::{Session, ids, rules, selection};
use super::setup::Setup;
use crate::cli::DiffArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::side::side;
use crate::output::style::{BAD, BOLD, CHANGE, DIM, GOOD, count, paint, plain};
use crate::output::table::{Cell, rows};
use crate::output::{Screen, complain, error_document};

const SCHEMA: &str = "airbridge.diff/1";

/// The endpoints of a comparison, checked but not open.
struct Prepared {
    sides: [EndpointConfig; 2],
    rules: Rules,
    selection: Selection,
    given: BTreeSet<EntryId>,
    /// What the user should know about all of these.
    notes: Vec<Warning>,
}

/// What was compared.
struct Compared {
    sides: [Source; 2],
    number: usize,
    entries: Vec<DiffEntry>,
}

pub(super) async fn run(setup: &Setup, screen: &Screen, args: DiffArgs) -> Outcome<Exit> {
    let page = Page::prepare(args.html.as_deref())?;
    let prepared = prepared(setup, &args)?;
    let session = Session::new(screen.clone());
    let compared = match compared(&session, &args, prepared).await {
        Ok(compared) => compared,
        Err(failure) => {
            if let Err(second) = page.write(&screen.with_warnings(error_document(SCHEMA, &failure))) {
                complain(&second);
            }
            return Err(failure);
        }
    };
    let Compared { sides: [a, b], number, entries } = compared;
    let document = || {
        let endpoints = [EndpointDocument::of(&a), EndpointDocument::of(&b)];
        engine::diff_document(&endpoints, number, &entries)
    };
    // The page comes first: nothing that is printed can hold it up.
    let written = if page.is_wanted() { page.write(&screen.with_warnings(document())) } else { Ok(()) };
    if screen.is_json() {
        screen.document(document())?;
    } else if !screen.quiet {
        screen.result(&human(a.endpoint(), b.endpoint(), number, &entries))?;
    }
    let exit = session.end(args.sides.select.caution, exit(&entries));
    if let Err(failure) = written {
        complain(&failure);
        return Ok(if exit == Exit::Done { failure.exit } else { exit });
    }
    Ok(exit)
}

/// Parses and checks rules, ids and endpoints. Nothing is opened yet.
fn prepared(setup: &Setup, args: &DiffArgs) -> Outcome<Prepared> {
    let select = &args.sides.select;
    let options = setup.open_options(select.team.as_ref(), &args.sides.rates, args.sides.bundle.options())?;
    let mut files: Vec<UsedFile> = options.config.files().collect();
    files.extend(args.html.as_deref().map(page::file));
    files.extend(select.ids_file().map(|path| UsedFile::read(path, "the file of --ids")));
    let mut notes = Vec::new();
    let rules = rules(&options, args.sides.rules.as_deref(), &mut notes, &mut files)?;
    let mut a = configure(&options, &args.a, &args.sides.from.from, Access::Read)?;
    let mut b = configure(&options, &args.b, &args.sides.to.to, Access::Read)?;
    bundles::check(&options.bundle, &[&a, &b], None)?;
    if a.is_stream() && b.is_stream() {
        return Err(Failure::usage("standard input can be read only once")
            .hint("use a file for one of the two endpoints"));
    }
    let selection = selection(select)?;
    if (a.is_stream() || b.is_stream()) && select.ids_from_stdin() {
        return Err(Failure::usage("standard input can be read only once")
            .hint("use a file for the endpoint or for --ids"));
    }
    let given = ids(select)?;
    files.extend(a.files.drain(..).chain(b.files.drain(..)));
    outputs::check(&files, false)?;
    notes.extend(a.notes.drain(..).chain(b.notes.drain(..)));
    Ok(Prepared { sides: [a, b], rules, selection, given, notes })
}

/// Reads and compares both endpoints.
async fn compared(session: &Session, args: &DiffArgs, prepared: Prepared) -> Outcome<Compared> {
    let Prepared { sides: [a, b], rules, selection, given, notes } = prepared;
    session.warn_all(notes);
    let reading = async {
        let (a, b) = futures::join!(session.open(a), session.open(b));
        let a = a?.into_source();
        let b = match b {
            Ok(b) => b.into_source(),
            Err(failure) => {
                // A problem of the first endpoint is reported first, also one that only its listing shows.
                engine::list(&a, Side::Source, selection.kinds(), Extent::Entries, &session.progress).await?;
                return Err(failure);
            }
        };
        let selection = comparable(session, &selection, &a, &b)?;
        let evidence =
            Evidence { given, named: rules.named(a.endpoint().layout.team()), ..Evidence::default() };
        let progress = &session.progress;
        let mut survey = engine::survey(&a, Some(&b), selection.kinds(), &evidence, progress).await?;
        // Both sides are whole inventories already.
        survey.target_listing = Listing::default();
        let select = &args.sides.select;
        session.check_not_empty(select.caution, &a, selection.kinds(), &survey.source)?;
        session.check_not_empty(select.caution, &b, selection.kinds(), &survey.target)?;
        let with_rules = args.sides.rules.as_deref().map(|path| (&rules, path));
        session.check_patterns(select, &selection, with_rules, &[&survey.source, &survey.target])?;
        let (at_a, at_b) = futures::try_join!(
            engine::ruled_snapshot(
                &rules,
                &a,
                Side::Source,
                survey.source,
                &selection,
                Keep::Readings,
                progress
            ),
            engine::snapshot(&b, Side::Target, survey.target, &selection, Keep::Readings, progress),
        )?;
        Ok((a, b, at_a, at_b))
    };
    let (a, b, at_a, at_b) = session.signals.guard(reading).await?;
    for (side, items) in [(&a, &at_a.items), (&b, &at_b.items)] {
        session.warn_of_ignored(side, items, "not compared");
    }
    let entries = engine::diff(&at_a, &at_b);
    let ids: BTreeSet<&EntryId> = at_a.items.iter().chain(&at_b.items).map(|item| &item.id).collect();
    let number = ids.len();
    Ok(Compared { sides: [a, b], number, entries })
}

/// A difference of spelling is no difference in value. With an unreadable entry, the comparison is incomplete.
fn exit(entries: &[DiffEntry]) -> Exit {
    if entries.iter().any(|entry| entry.difference == Difference::Unreadable) {
        Exit::Failed
    } else if entries.iter().any(|entry| entry.difference != Difference::Spelling) {
        Exit::Differs
    } else {
        Exit::Done
    }
}

/// The selection without the kinds that one side cannot hold.
fn comparable(session: &Session, selection: &Selection, a: &Source, b: &Source) -> Outcome<Selection> {
    let holds = |source: &Source, kind| source.endpoint().layout.holds(kind);
    let narrowed = selection.narrowed(|kind| holds(a, kind) && holds(b, kind));
    if narrowed.kinds().is_empty() {
        return Err(Failure::usage(format!(
            "{} and {} have no kind of entry in common",
            a.endpoint().label,
            b.endpoint().label
        ))
        .hint("compare endpoints that can hold the same kind: connections, variables or config options"));
    }
    for (holder, other) in [(a, b), (b, a)] {
        let left = selection.kinds().iter().filter(|kind| holds(holder, **kind) && !holds(other, **kind));
        let left: Vec<_> = left.map(|kind| kind.plural()).collect();
        if !left.is_empty() {
            let message =
                format!("not compared: {}, which {} cannot hold", left.join(", "), other.endpoint().label);
            session.screen.warn(Warning::new(WarningCode::KindLeftOut, message));
        }
    }
    Ok(narrowed)
}

fn human(a: &Endpoint, b: &Endpoint, compared: usize, entries: &[DiffEntry]) -> String {
    let mut text = format!("first  {}\nsecond {}\n", side(a, BOLD), side(b, BOLD));
    let table: Vec<Vec<Cell>> = entries.iter().map(|entry| row(entry, &a.label, &b.label)).collect();
    if !table.is_empty() {
        text.push('\n');
        text.push_str(&rows("  ", &table));
        text.push('\n');
    }
    text.push_str(&counts(compared, entries));
    text.push('\n');
    text
}

fn row(entry: &DiffEntry, a: &str, b: &str) -> Vec<Cell> {
    let name = |field: &Field| match (field, entry.extra_keys.as_slice()) {
        (Field::Extra, keys @ [_, ..]) => format!("{} ({})", field.name(), plain(&keys.join(", "))),
        _ => field.name().to_owned(),
    };
    let fields = || entry.fields.iter().map(name).collect::<Vec<_>>().join(", ");
    let (style, mark, what) = match entry.difference {
        Difference::OnlyInA => (BAD, "<", format!("only in {}", plain(a))),
        Difference::OnlyInB => (GOOD, ">", format!("only in {}", plain(b))),
        Difference::Differs if entry.fields.is_empty() => {
            (CHANGE, "~", with_remark("different value".to_owned(), entry))
        }
        Difference::Differs => (CHANGE, "~", with_remark(fields(), entry)),
        Difference::Spelling => (DIM, "=", format!("same value, different spelling: {}", fields())),
        Difference::Unreadable => {
            (BAD, "!", format!("unreadable · {}", plain(entry.message.as_deref().unwrap_or_default())))
        }
    };
    vec![(style, mark.to_owned()), (Style::new(), plain(&entry.id.to_string())), (Style::new(), what)]
}

/// What differs, and what is remarkable about the entry.
fn with_remark(what: String, entry: &DiffEntry) -> String {
    match &entry.message {
        Some(message) => format!("{what} · {}", plain(message)),
        None => what,
    }
}

fn counts(compared: usize, entries: &[DiffEntry]) -> String {
    let number = |wanted| entries.iter().filter(|entry| entry.difference == wanted).count();
    let parts: Vec<_> = [
        (number(Difference::OnlyInA), BAD, "only in the first"),
        (number(Difference::OnlyInB), GOOD, "only in the second"),
        (number(Difference::Differs), CHANGE, "different"),
        (number(Difference::Spelling), DIM, "spelled differently"),
        (number(Difference::Unreadable), BAD, "unreadable"),
    ]
    .iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, style, words)| paint(*style, &format!("{number} {words}")))
    .collect();
    let compared = count(compared, "entry", "entries");
    if parts.is_empty() {
        format!("No differences ({compared} compared).")
    } else {
        format!("{compared} compared: {}", parts.join(", "))
    }
}
