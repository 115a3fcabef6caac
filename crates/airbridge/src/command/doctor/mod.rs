//! `doctor`: who acts at an endpoint, what is allowed there, and how Airflow finds one entry. It writes nothing.

mod one;
mod order;
mod parts;

use airbridge_airflow::EntryId;
use airbridge_core::{Finding, Health};
use airbridge_endpoints::{
    Access, Class, EndpointConfig, Error, LookupOrder, OpenOptions, configure, lookup_order,
};
use airbridge_engine::{self as engine, EndpointDocument, Source};

use super::bundles;
use super::session::Session;
use super::setup::Setup;
use crate::cli::DoctorArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Screen;
use crate::output::findings::findings;
use crate::output::side::side;
use crate::output::style::{BOLD, paint, plain};
use parts::Diagnosis;

/// What is examined.
enum Prepared {
    /// One endpoint.
    Endpoint(Box<EndpointConfig>),
    /// The places of a deployment in the order of its Airflow, for one entry.
    Order(LookupOrder, EntryId),
}

pub(super) async fn run(setup: &Setup, screen: &Screen, args: DoctorArgs) -> Outcome<Exit> {
    let options = setup.open_options(args.team.as_ref(), &args.rates, args.bundle.options())?;
    let id = args.entry.as_deref().map(entry).transpose()?;
    let prepared = match prepare(&options, &args, id.clone()) {
        Ok(prepared) => prepared,
        Err(error) if is_finding(&args.endpoint, &error) => {
            let finding = Finding::problem("settings", error.message).maybe_hint(error.hint);
            return show(screen, &args.endpoint, id.as_ref(), Diagnosis::of(vec![finding]));
        }
        Err(error) => return Err(error.into()),
    };
    if let Prepared::Endpoint(config) = &prepared {
        bundles::check(&options.bundle, &[config], None)?;
    }
    let session = Session::new(screen.clone());
    let diagnosing = async {
        Ok(match prepared {
            Prepared::Endpoint(config) => one::diagnose(&session, *config, id.as_ref()).await,
            Prepared::Order(order, id) => order::follow(&session, order, &id).await,
        })
    };
    let diagnosis = session.signals.guard(diagnosing).await?;
    show(screen, &args.endpoint, id.as_ref(), diagnosis)
}

fn prepare(options: &OpenOptions, args: &DoctorArgs, id: Option<EntryId>) -> Result<Prepared, Error> {
    let (text, more) = (&args.endpoint, &args.from.from);
    if let Some(id) = id
        && let Some(order) = lookup_order(options, text, more)?
    {
        return Ok(Prepared::Order(order, id));
    }
    let config = configure(options, text, more, Access::Read)?;
    Ok(Prepared::Endpoint(Box::new(config)))
}

/// Whether an error is about the settings of a deployment, which are what is examined. Mistakes in the command are not.
fn is_finding(endpoint: &str, error: &Error) -> bool {
    let is_deployment = ["airflow:", "airflow-db:"].iter().any(|scheme| endpoint.starts_with(scheme));
    is_deployment && matches!(error.class, Class::Config | Class::Failed)
}

fn entry(text: &str) -> Outcome<EntryId> {
    EntryId::parse(text).ok_or_else(|| {
        Failure::usage(format!("`{}` is not a valid entry", plain(text)))
            .hint("write conn:ID, var:KEY or config:KEY")
    })
}

/// Prints what was found. `label` is what the user called the endpoint.
fn show(screen: &Screen, label: &str, id: Option<&EntryId>, diagnosis: Diagnosis) -> Outcome<Exit> {
    let Diagnosis { findings: found, source } = diagnosis;
    if screen.is_json() {
        let endpoint = source.as_ref().map(EndpointDocument::of);
        screen.document(engine::doctor_document(endpoint.as_ref(), id, &found))?;
    } else {
        screen.result(&findings(&title(label, source.as_ref(), id), &found))?;
    }
    let is_sound = found.iter().all(|finding| finding.result != Health::Problem);
    Ok(if is_sound { Exit::Done } else { Exit::Differs })
}

fn title(label: &str, source: Option<&Source>, id: Option<&EntryId>) -> String {
    let place = match source.filter(|source| id.is_none() || source.endpoint().label == label) {
        Some(source) => side(source.endpoint(), BOLD),
        // Keys may stand after the `?`.
        None => paint(BOLD, &plain(label.split('?').next().unwrap_or_default())),
    };
    match id {
        Some(id) => format!("{} at {place}", paint(BOLD, &plain(&id.to_string()))),
        None => place,
    }
}
