//! `diff`: what differs, by entry and field name; never a value.

use std::collections::BTreeSet;
use std::path::Path;

use airbridge_airflow::EntryId;
use airbridge_engine::{
    self as engine, DiffEntry, Difference, EndpointDocument, Evidence, Inventory, Listing, Rules, Selection,
    Side, Snapshot, Source,
};
use anstyle::Style;

use super::session::{Session, ids, selection, warn_if_empty};
use crate::cli::DiffArgs;
use crate::endpoint::{Access, Prepared};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::style::{BAD, BOLD, CHANGE, DIM, GOOD, count, paint, plain};
use crate::output::table::{Cell, rows};

pub(super) async fn run(session: Session, args: DiffArgs) -> Outcome<Exit> {
    let session = session.with(args.sides.select.team.clone(), &args.sides.pace);
    let a = session.prepare(&args.a, &args.sides.from.from, Access::Read)?;
    let b = session.prepare(&args.b, &args.sides.to.to, Access::Read)?;
    if a.is_stream() && b.is_stream() {
        return Err(
            Failure::usage("standard input can be read once only").hint("put one of the two into a file")
        );
    }
    let selection = selection(&args.sides.select)?;
    let given = ids(&args.sides.select)?;
    let rules = session.rules(args.sides.rules.as_deref())?;
    let reading = async {
        let (a, b) = futures::join!(
            look(&session, a, Side::Source, &selection),
            look(&session, b, Side::Target, &selection),
        );
        let (a, b) = (a?, b?);
        let selection = comparable(&session, &selection, &a.0, &b.0)?;
        let snapshots =
            snapshots(&session, &selection, given, (args.sides.rules.as_deref(), &rules), &a, &b).await?;
        Ok((a.0, b.0, snapshots))
    };
    let (a, b, [at_a, at_b]) = session.signals.guard(reading).await?;
    let entries = engine::diff(&at_a, &at_b);
    let compared: BTreeSet<&EntryId> = at_a.items.iter().chain(&at_b.items).map(|item| &item.id).collect();
    let screen = &session.screen;
    if screen.is_json() {
        let endpoints = [EndpointDocument::of(&a), EndpointDocument::of(&b)];
        screen.document(&engine::diff_document(&endpoints, compared.len(), &entries))?;
    } else {
        screen.result(&human(&a.endpoint().label, &b.endpoint().label, compared.len(), &entries))?;
    }
    Ok(exit(&entries))
}

/// Differing spellings mean the same; something unreadable leaves the question open.
fn exit(entries: &[DiffEntry]) -> Exit {
    if entries.iter().any(|entry| entry.difference == Difference::Unreadable) {
        Exit::Failed
    } else if entries.iter().any(|entry| entry.difference != Difference::Spelling) {
        Exit::Differs
    } else {
        Exit::Done
    }
}

/// Only what both sides can hold can be compared.
fn comparable(session: &Session, selection: &Selection, a: &Source, b: &Source) -> Outcome<Selection> {
    let holds = |source: &Source, kind| source.endpoint().layout.holds(kind);
    let narrowed = selection.narrowed(|kind| holds(a, kind) && holds(b, kind));
    if narrowed.kinds().is_empty() {
        return Err(Failure::usage(format!(
            "{} and {} hold no kind of entry in common",
            a.endpoint().label,
            b.endpoint().label
        ))
        .hint("compare places that both hold connections, variables or config options"));
    }
    for (holder, other) in [(a, b), (b, a)] {
        let left = selection.kinds().iter().filter(|kind| holds(holder, **kind) && !holds(other, **kind));
        let left: Vec<_> = left.map(|kind| kind.plural()).collect();
        if !left.is_empty() {
            let note =
                format!("not compared: {}, which {} cannot hold", left.join(", "), other.endpoint().label);
            session.screen.aside(&paint(DIM, &note));
        }
    }
    Ok(narrowed)
}

async fn look(
    session: &Session,
    side: Prepared,
    part: Side,
    selection: &Selection,
) -> Outcome<(Source, Listing)> {
    let ready = session.open(side).await?;
    let source = Source::new(ready.endpoint);
    let listing = engine::list(&source, part, selection.kinds(), &session.progress).await?;
    Ok((source, listing))
}

async fn snapshots(
    session: &Session,
    selection: &Selection,
    given: BTreeSet<EntryId>,
    (file, rules): (Option<&Path>, &Rules),
    (a, listed_a): &(Source, Listing),
    (b, listed_b): &(Source, Listing),
) -> Outcome<[Snapshot; 2]> {
    let kinds = selection.kinds();
    let settle = |source: &Source, listing, evidence: &Evidence| {
        engine::resolve_names(source, listing, kinds, evidence)
    };
    let certain = |inventory: &Inventory| inventory.certain().cloned().collect();
    let mut known_of_a = Evidence { named: rules.named(a.endpoint().layout.team()), ..Evidence::default() };
    known_of_a.given.clone_from(&given);
    let mut known_of_b = Evidence { given, ..Evidence::default() };
    // Each side's certain ids settle the other's open names.
    let at_a = certain(&settle(a, listed_a, &known_of_a));
    let at_b = certain(&settle(b, listed_b, &known_of_b));
    (known_of_a.elsewhere, known_of_b.elsewhere) = (at_b, at_a);
    let of_a = settle(a, listed_a, &known_of_a);
    let of_b = settle(b, listed_b, &known_of_b);
    for (source, inventory) in [(a, &of_a), (b, &of_b)] {
        warn_if_empty(&session.screen, source, inventory.found.is_empty() && inventory.ambiguous.is_empty());
    }
    session.warn_of_idle(file, &rules.idle(&of_a, selection));
    let progress = &session.progress;
    let (at_a, at_b) = futures::try_join!(
        engine::ruled_snapshot(rules, a, Side::Source, of_a, selection, progress),
        engine::snapshot(b, Side::Target, &of_b, selection, progress),
    )?;
    Ok([at_a, at_b])
}

fn human(a: &str, b: &str, compared: usize, entries: &[DiffEntry]) -> String {
    let mut text = format!("{} {}\n", paint(BOLD, &plain(a)), paint(BOLD, &format!("↔ {}", plain(b))));
    let table: Vec<Vec<Cell>> = entries.iter().map(|entry| row(entry, a, b)).collect();
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
    let fields = || entry.fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ");
    let (style, mark, what) = match entry.difference {
        Difference::OnlyInA => (BAD, "<", format!("only in {}", plain(a))),
        Difference::OnlyInB => (GOOD, ">", format!("only in {}", plain(b))),
        Difference::Differs if entry.fields.is_empty() => (CHANGE, "~", "another value".to_owned()),
        Difference::Differs => (CHANGE, "~", fields()),
        Difference::Spelling => (DIM, "=", format!("same meaning, other spelling: {}", fields())),
        Difference::Unreadable => {
            (BAD, "!", format!("unreadable · {}", plain(entry.message.as_deref().unwrap_or_default())))
        }
    };
    vec![(style, mark.to_owned()), (Style::new(), plain(&entry.id.to_string())), (Style::new(), what)]
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
        format!("No differences: {compared} compared.")
    } else {
        format!("{compared} compared: {}", parts.join(", "))
    }
}
