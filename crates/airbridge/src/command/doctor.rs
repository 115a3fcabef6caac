//! `doctor`: who acts at an endpoint, what is allowed there, and how Airflow finds one entry. It writes nothing.

use airbridge_airflow::EntryId;
use airbridge_core::{Finding, Health, Warning};
use airbridge_endpoints::{Access, EndpointConfig, OpenEndpoint, configure};
use airbridge_engine::{self as engine, Asked, EndpointDocument, Place, Source};

use super::bundles;
use super::session::Session;
use super::setup::Setup;
use crate::cli::DoctorArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Screen;
use crate::output::findings::findings;
use crate::output::side::side;
use crate::output::style::{BOLD, paint, plain};

/// What was found at an endpoint, and the endpoint if it could be opened.
struct Diagnosis {
    findings: Vec<Finding>,
    source: Option<Source>,
}

pub(super) async fn run(setup: &Setup, screen: &Screen, args: DoctorArgs) -> Outcome<Exit> {
    let options = setup.open_options(args.team.as_ref(), &args.rates, args.bundle.options())?;
    let id = args.entry.as_deref().map(entry).transpose()?;
    let prepared = configure(&options, &args.endpoint, &args.from.from, Access::Read)?;
    bundles::check(&options.bundle, &[&prepared], None)?;
    let label = prepared.label.clone();
    let session = Session::new(screen.clone());
    let diagnosing = async { Ok(diagnose(&session, prepared, id.as_ref()).await) };
    let Diagnosis { findings, source } = session.signals.guard(diagnosing).await?;
    show(screen, &label, source.as_ref(), id.as_ref(), &findings)?;
    let is_sound = findings.iter().all(|finding| finding.result != Health::Problem);
    Ok(if is_sound { Exit::Done } else { Exit::Differs })
}

fn entry(text: &str) -> Outcome<EntryId> {
    EntryId::parse(text).ok_or_else(|| {
        Failure::usage(format!("`{}` is not a valid entry", plain(text)))
            .hint("write conn:ID, var:KEY or config:KEY")
    })
}

async fn diagnose(session: &Session, mut prepared: EndpointConfig, id: Option<&EntryId>) -> Diagnosis {
    let mut findings: Vec<_> = std::mem::take(&mut prepared.notes).into_iter().map(noted).collect();
    let source = match opened(prepared, &mut findings).await {
        Ok(open) => open.into_source(),
        Err(problem) => {
            findings.push(problem);
            return Diagnosis { findings, source: None };
        }
    };
    match id {
        None => findings.extend(engine::examine(&source, &session.progress).await),
        Some(id) => findings.extend(follow(session, &source, id).await),
    }
    Diagnosis { findings, source: Some(source) }
}

/// Opens an endpoint; what it warns of becomes a finding, and so does a failure.
async fn opened(prepared: EndpointConfig, findings: &mut Vec<Finding>) -> Result<OpenEndpoint, Finding> {
    let label = prepared.label.clone();
    match prepared.open().await {
        Ok(mut open) => {
            let place = open.source().endpoint().place().to_owned();
            findings.push(Finding::ok("open", format!("{place} can be opened")));
            findings.extend(std::mem::take(&mut open.notes).into_iter().map(noted));
            Ok(open)
        }
        Err(error) => Err(unopened(&label, &error)),
    }
}

/// An endpoint that cannot be opened.
fn unopened(label: &str, error: &airbridge_endpoints::Error) -> Finding {
    let message = format!("{label} cannot be opened: {}", error.message);
    Finding::problem("open", message).maybe_hint(error.hint.clone())
}

/// A warning as a finding, in the check that is called like the warning.
fn noted(warning: Warning) -> Finding {
    Finding::warning(warning.code.word(), warning.message).maybe_hint(warning.hint)
}

/// Follows the lookup of one entry at one endpoint.
async fn follow(session: &Session, source: &Source, id: &EntryId) -> Vec<Finding> {
    let label = source.endpoint().label.clone();
    let mut findings: Vec<_> = engine::identity(source).into_iter().collect();
    let asked = match engine::ask(source, id).await {
        Ok(asked) => asked,
        Err(error) => {
            findings.push(engine::failure("lookup", source.endpoint().place(), &error));
            return findings;
        }
    };
    let names: Vec<_> = match &asked {
        Asked::Names(answers) => answers.iter().map(|answer| answer.name.clone()).collect(),
        Asked::Not(_) | Asked::Unknown(_) => Vec::new(),
    };
    findings.extend(engine::diagnosed(source, &names).await);
    let places = [Place::new(&label, asked)];
    let cause = cause(session, &[(label.as_str(), source)], id, &places).await;
    findings.extend(engine::lookup(id, &places, cause));
    findings
}

/// What probably keeps Airflow from finding an entry that no place has.
async fn cause(
    session: &Session,
    sources: &[(&str, &Source)],
    id: &EntryId,
    places: &[Place],
) -> Option<String> {
    if engine::is_found(places) {
        return None;
    }
    let mut known = Vec::new();
    let mut unlisted = Vec::new();
    for (label, source) in sources {
        match engine::known_ids(label, source, &session.progress).await {
            Ok(ids) => known.push(ids),
            Err(_) => unlisted.push(plain(label)),
        }
    }
    let near = engine::near_entry(id, &known);
    near.or_else(|| {
        (!unlisted.is_empty())
            .then(|| format!("check the id; {} cannot be listed for similar ones", unlisted.join(" and ")))
    })
}

fn show(
    screen: &Screen,
    label: &str,
    source: Option<&Source>,
    id: Option<&EntryId>,
    found: &[Finding],
) -> Outcome<()> {
    if screen.is_json() {
        let endpoint = source.map(EndpointDocument::of);
        return screen.document(engine::doctor_document(endpoint.as_ref(), id, found));
    }
    let place = match source {
        Some(source) => side(source.endpoint(), BOLD),
        None => paint(BOLD, &plain(label)),
    };
    let title = match id {
        Some(id) => format!("{} at {place}", paint(BOLD, &plain(&id.to_string()))),
        None => place,
    };
    screen.result(&findings(&title, found))
}
