//! `check`: the entries that DAG code uses and an endpoint lacks, and the other way round.

mod code;
mod document;
mod human;
mod row;

use std::collections::BTreeSet;

use airbridge_airflow::{EntryId, Kind};
use airbridge_core::{Warning, WarningCode};
use airbridge_endpoints::{Access, EndpointConfig, OpenOptions, configure};
use airbridge_engine::{
    self as engine, EndpointDocument, Evidence, Extent, Selection, Side, Source, Usage, mark_unusable,
};

use super::bundles;
use super::caution::check_globs;
use super::session::{Session, ids, selection};
use super::setup::Setup;
use crate::cli::CheckArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Screen;
use crate::output::style::count;
use code::Code;
pub(super) use document::SCHEMA;
use row::{Row, Use};

pub(super) async fn run(setup: &Setup, screen: &Screen, args: CheckArgs) -> Outcome<Exit> {
    if args.ids_only && screen.is_json() {
        return Err(Failure::usage("--ids-only cannot be used with --output json").hint("remove one of them"));
    }
    let selection = of_code(&selection(&args.select)?)?;
    let options = setup.open_options(args.select.team.as_ref(), &args.rates, args.bundle.options())?;
    let prepared = args.endpoint.as_ref().map(|endpoint| prepared(&options, endpoint, &args)).transpose()?;
    let given = ids(&args.select)?;
    let mut code = Code::scan(&args.dags)?;
    let session = Session::new(screen.clone());
    session.warn_all(code.warnings());
    let exit = match prepared {
        None => {
            check_globs(&args.select, &selection, &code.ids().collect::<Vec<_>>())?;
            code.keep(&selection);
            Exit::Done
        }
        Some(prepared) => {
            let reading = compared(&session, &args, &selection, prepared, given, &mut code);
            let (source, usage) = session.signals.guard(reading).await?;
            let rows = row::rows(&code, &usage);
            if screen.is_json() {
                screen.document(document::document(&EndpointDocument::of(&source), &code, &rows))?;
            } else if !args.ids_only && !screen.quiet {
                screen.result(&human::human(source.endpoint(), &code, &rows, screen.verbose))?;
            }
            exit(&rows)
        }
    };
    if args.ids_only {
        let lines: Vec<String> = code.ids().map(|id| format!("{id}\n")).collect();
        screen.verbatim(&lines.concat())?;
    }
    Ok(session.end(args.select.caution, exit))
}

/// The kinds that DAG code uses by id.
fn of_code(selection: &Selection) -> Outcome<Selection> {
    let selection = selection.narrowed(|kind| kind != Kind::Config);
    if selection.kinds().is_empty() {
        return Err(Failure::usage("DAG code uses connections and variables, and no config options by id")
            .hint("use --only connections or --only variables"));
    }
    Ok(selection)
}

fn prepared(options: &OpenOptions, endpoint: &str, args: &CheckArgs) -> Outcome<EndpointConfig> {
    let prepared = configure(options, endpoint, &args.from.from, Access::Read)?;
    bundles::check(&options.bundle, &[&prepared], None)?;
    if prepared.is_stream() && args.select.ids_from_stdin() {
        return Err(Failure::usage("standard input can be read only once")
            .hint("use a file for the endpoint or for --ids"));
    }
    Ok(prepared)
}

/// Lists the endpoint and looks up what the code uses.
async fn compared(
    session: &Session,
    args: &CheckArgs,
    selection: &Selection,
    mut prepared: EndpointConfig,
    given: BTreeSet<EntryId>,
    code: &mut Code,
) -> Outcome<(Source, Usage)> {
    session.warn_all(std::mem::take(&mut prepared.notes));
    let source = session.open(prepared).await?.into_source();
    let selection = &held(session, selection, &source, code)?;
    let kinds = selection.kinds();
    let team = source.endpoint().layout.team().map(Into::into);
    let ids = |code: &Code| -> BTreeSet<EntryId> {
        code.ids().map(|id| id.clone().with_team(Clone::clone(&team))).collect()
    };
    let known = ids(code);
    let listing = engine::list(&source, Side::Source, kinds, Extent::Entries, &session.progress).await?;
    let evidence =
        Evidence { given: given.into_iter().chain(known.iter().cloned()).collect(), ..Evidence::default() };
    let mut inventory = engine::resolve_names(&source, &listing, kinds, &evidence);
    mark_unusable(&source, &mut inventory);
    session.check_not_empty(args.select.caution, &source, kinds, &inventory)?;
    check_globs(&args.select, selection, &inventory.ids().chain(&known).collect::<Vec<_>>())?;
    code.keep(selection);
    let mut usage = engine::usage(&source, &inventory, &ids(code));
    usage.unused.retain(|(id, _)| selection.takes(id));
    Ok((source, usage))
}

/// The selected kinds that the endpoint can hold. Warns if the code uses other kinds.
fn held(session: &Session, selection: &Selection, source: &Source, code: &Code) -> Outcome<Selection> {
    let endpoint = source.endpoint();
    let held = selection.narrowed(|kind| endpoint.layout.holds(kind));
    if held.kinds().is_empty() {
        let kinds: Vec<_> = selection.kinds().iter().map(|kind| kind.plural()).collect();
        return Err(Failure::usage(format!("{} cannot hold {}", endpoint.label, kinds.join(" or ")))
            .hint("name the endpoint that Airflow reads them from"));
    }
    let left =
        selection.kinds().iter().filter(|kind| !held.kinds().contains(kind) && code.ids_of(**kind) > 0);
    let left: Vec<_> = left.map(|kind| kind.plural()).collect();
    if !left.is_empty() {
        let message = format!("not checked: {}, which {} cannot hold", left.join(", "), endpoint.label);
        let hint = "check the place that holds them, too";
        session.screen.warn(Warning::new(WarningCode::KindLeftOut, message).with_hint(hint));
    }
    Ok(held)
}

fn exit(rows: &[Row<'_>]) -> Exit {
    let fails = |row: &Row<'_>| matches!(row.used, Use::Missing { required: true });
    if rows.iter().any(fails) { Exit::Differs } else { Exit::Done }
}

impl Code {
    /// What the user should know about the files themselves.
    fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.files == 0 {
            let message = format!("{} has no file of DAG code", self.folders());
            let hint = "name the folder of the DAGs: it is read with all folders below it";
            warnings.push(Warning::new(WarningCode::DagsUnread, message).with_hint(hint));
        }
        if !self.broken.is_empty() {
            let files = count(self.broken.len(), "file", "files");
            let message = format!(
                "{files} of {} cannot be read completely, so uses in them can be missed",
                self.folders()
            );
            let hint = "correct the files that are listed";
            warnings.push(Warning::new(WarningCode::DagsUnread, message).with_hint(hint));
        }
        warnings
    }
}
