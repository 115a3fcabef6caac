//! `policy`: the least permissions for the entries of an endpoint, in the language of its service.

mod document;
mod planned;

use std::collections::BTreeSet;

use airbridge_airflow::EntryId;
use airbridge_core::{ErrorKind, Policy, PolicyRequest, Right, SecretName, Warning, WarningCode};
use airbridge_endpoints::{Access, BundleOptions, OpenEndpoint, configure};
use airbridge_engine::{self as engine, EndpointDocument, Evidence, Extent, Selection, Side, Source};

use super::session::{Session, ids, selection};
use super::setup::Setup;
use crate::cli::{PolicyArgs, PurposeWord};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Screen;
use crate::output::style::{BOLD, count, paint, plain};
pub(super) use document::SCHEMA;
use planned::Planned;

pub(super) async fn run(setup: &Setup, screen: &Screen, args: PolicyArgs) -> Outcome<Exit> {
    let options = setup.open_options(args.select.team.as_ref(), &args.rates, BundleOptions::default())?;
    let mut prepared = configure(&options, &args.endpoint, &args.from.from, Access::Read)?;
    let selection = selection(&args.select)?;
    let given = ids(&args.select)?;
    let plan = args.plan.as_deref().map(planned::read).transpose()?;
    let session = Session::new(screen.clone());
    session.warn_all(std::mem::take(&mut prepared.notes));
    let asking = async {
        let opened = session.open(prepared).await?;
        let planned = plan.map(|plan| plan.of(opened.source().endpoint(), args.purpose)).transpose()?;
        let requests = requests(&session, &args, &opened, planned, &selection, given).await?;
        Ok::<_, Failure>((opened, requests))
    };
    let (opened, requests) = session.signals.guard(asking).await?;
    let source = opened.source();
    let store = &source.endpoint().store;
    let policies: Vec<Policy> = requests.iter().flat_map(|request| store.policies(request)).collect();
    if policies.is_empty() {
        return Err(nothing(&args, source));
    }
    if screen.is_json() {
        let endpoint = EndpointDocument::of(source);
        screen.document(document::document(&endpoint, args.purpose, &requests, &policies))?;
    } else {
        print(screen, &args, source, &requests, &policies)?;
    }
    Ok(session.end(args.select.caution, Exit::Done))
}

/// Prints the policies on standard output, and what is to be said about them on standard error.
fn print(
    screen: &Screen,
    args: &PolicyArgs,
    source: &Source,
    requests: &[PolicyRequest],
    policies: &[Policy],
) -> Outcome<()> {
    let names: usize = requests.iter().map(|request| request.names.len()).sum();
    let secrets = if names == 0 {
        "every secret below its prefixes".to_owned()
    } else {
        format!("exactly {}", count(names, "secret", "secrets"))
    };
    let mut notes: Vec<&str> = Vec::new();
    for policy in policies {
        let (title, place) = (paint(BOLD, &policy.title), plain(source.endpoint().place()));
        screen.aside(&format!("{title} for {} of {place}: {secrets}\n", args.purpose.word()));
        screen.result(&format!("{}\n", policy.text.trim_end()))?;
        let new = policy.notes.iter().map(String::as_str).filter(|note| !notes.contains(note));
        notes.extend(new.collect::<Vec<_>>());
    }
    for note in notes {
        screen.aside(&format!("note: {}\n", plain(note)));
    }
    Ok(())
}

fn nothing(args: &PolicyArgs, source: &Source) -> Failure {
    let label = plain(&source.endpoint().label);
    if args.plan.is_some() {
        return Failure::usage(format!("the plan changes nothing in {label}, so no permission is needed"))
            .hint("name the plan of another copy, or leave out --plan");
    }
    Failure::usage(format!("{label} has no policies: its files belong to the operating system"))
        .hint("name an endpoint of a service, such as vault:airflow")
}

/// What to ask the store for: once for all names, or once for the names of a plan that need the same.
async fn requests(
    session: &Session,
    args: &PolicyArgs,
    opened: &OpenEndpoint,
    planned: Option<Planned>,
    selection: &Selection,
    given: BTreeSet<EntryId>,
) -> Outcome<Vec<PolicyRequest>> {
    let source = opened.source();
    let endpoint = source.endpoint();
    let prefixes = endpoint.layout.prefixes(&endpoint.held(selection.kinds()));
    let lists = matches!(args.purpose, PurposeWord::Read | PurposeWord::Write);
    if let Some(planned) = planned {
        let mut requests: Vec<PolicyRequest> = planned
            .into_iter()
            .map(|(rights, names)| PolicyRequest { rights, names, prefixes: prefixes.clone() })
            .collect();
        // One listing serves all names.
        if let Some(first) = requests.first_mut().filter(|_| lists) {
            first.rights.insert(Right::List);
        }
        return Ok(requests);
    }
    let mut rights = rights(args.purpose, endpoint.store.descriptor().undo.restores);
    if endpoint.metadata {
        rights.insert(Right::Metadata);
    }
    let names = if !given.is_empty() {
        let selected = given.iter().filter(|id| selection.takes(id));
        let names = selected.filter_map(|id| endpoint.layout.names_of(id).ok()).flatten();
        names.collect::<BTreeSet<_>>().into_iter().collect()
    } else if args.purpose == PurposeWord::Read {
        listed(session, source, selection).await?
    } else {
        Vec::new()
    };
    if names.is_empty() && matches!(args.purpose, PurposeWord::Write | PurposeWord::Undo) {
        let message =
            "the policy allows every name below the prefixes, because the names of a run are not known";
        session.screen.warn(Warning::new(WarningCode::WidePolicy, message).with_hint(EXACT));
    }
    Ok(vec![PolicyRequest { rights, names, prefixes }])
}

/// The hint for a policy that allows more than the names of a run.
const EXACT: &str = "use --plan with a saved plan, or --ids, to allow exactly its names";

/// What each purpose takes. `undo` reads by name and lists nothing.
fn rights(purpose: PurposeWord, restores: bool) -> BTreeSet<Right> {
    match purpose {
        PurposeWord::Airflow => BTreeSet::from([Right::Read]),
        PurposeWord::Read => BTreeSet::from([Right::List, Right::Read]),
        PurposeWord::Write => BTreeSet::from([Right::List, Right::Read, Right::Create, Right::Replace]),
        PurposeWord::Undo => {
            let rights = [Right::Read, Right::ReadFormer, Right::Create, Right::Replace, Right::Delete];
            rights.into_iter().chain(restores.then_some(Right::Restore)).collect()
        }
    }
}

/// The names of the selected entries, or none with a warning if they may not be listed.
async fn listed(session: &Session, source: &Source, selection: &Selection) -> Outcome<Vec<SecretName>> {
    let kinds = selection.kinds();
    let listing = match engine::list(source, Side::Source, kinds, Extent::Entries, &session.progress).await {
        Ok(listing) => listing,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let message =
                format!("the policy allows every name below the prefixes, because listing failed: {error}");
            session.screen.warn(Warning::new(WarningCode::WidePolicy, message).with_hint(EXACT));
            return Ok(Vec::new());
        }
        Err(error) => return Err(error.into()),
    };
    let inventory = engine::resolve_names(source, &listing, kinds, &Evidence::default());
    let found =
        inventory.found.iter().filter(|found| selection.takes(&found.id)).map(|found| &found.header.name);
    let open = inventory.ambiguous.iter().filter(|name| name.candidates.iter().any(|id| selection.takes(id)));
    let names: BTreeSet<_> = found.chain(open.map(|name| &name.header.name)).cloned().collect();
    if names.is_empty() {
        return Err(Failure::refused(format!(
            "{} has no entries that are selected",
            source.endpoint().label
        ))
        .hint("use --ids or --plan to name entries that are not there yet"));
    }
    Ok(names.into_iter().collect())
}
