//! The run of a transfer, from the endpoints to the exit code.

use std::io::IsTerminal;
use std::path::PathBuf;

use airbridge_airflow::Kind;
use airbridge_core::{Warning, WarningCode};
use airbridge_endpoints::{EndpointConfig, NewBackup, UsedFile};
use airbridge_engine::{EndpointDocument, Marker, OnConflict, Rules};

use super::decide::decide;
use super::job::{Finished, Job, Mode};
use super::policy::policy;
use super::run::Run;
use super::target::OpenTarget;
use crate::command::ours::Ours;
use crate::command::recording::{Recorder, arguments};
use crate::command::saved::Asked;
use crate::command::session::{Session, ids};
use crate::confirm::Confirmation;
use crate::failure::{Failure, Outcome};
use crate::output::human::Origin;
use crate::output::stdout_is_terminal;
use crate::output::style::plain;

/// The endpoints and rules of a job, checked but not open.
pub(super) struct Endpoints {
    pub(super) source: EndpointConfig,
    pub(super) target: EndpointConfig,
    pub(super) rules: Rules,
    /// The losses that `airbridge.toml` allows.
    pub(super) allow_loss: Vec<String>,
    /// What the user should know about all of these.
    pub(super) notes: Vec<Warning>,
    /// The files that the run uses.
    pub(super) files: Vec<UsedFile>,
    /// Keeps the record of a run that writes.
    pub(super) recorder: Option<Recorder>,
    /// The backup to write before the first change.
    pub(super) backup: Option<NewBackup>,
    /// The configuration file that the user named.
    pub(super) config: Option<PathBuf>,
    /// Where it is known what earlier runs wrote, if that counts.
    pub(super) ours: Option<Ours>,
}

/// Runs a job. An error is one before there are entries; later failures are in the result.
pub(super) async fn run(
    session: &Session,
    job: &Job,
    endpoints: Endpoints,
    marker: Option<Marker>,
) -> Outcome<Finished> {
    let Endpoints { source, target, rules, allow_loss, notes, files: _, recorder, backup, config, ours } =
        endpoints;
    session.warn_all(notes);
    check_export(job, &target)?;
    if source.is_stream() && job.select.ids_from_stdin() {
        return Err(Failure::usage("standard input can be read only once")
            .hint("use a file for the source or for --ids"));
    }
    let given = match &job.saved {
        Some(saved) => saved.ids(),
        None => ids(&job.select)?,
    };
    let confirmation = confirmation(job, &source, &target)?;
    let at_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let ask = confirmation == Some(Confirmation::Ask)
        || (job.mode.dry() && !job.creates_file() && at_terminal && !session.screen.is_json());
    let ask = job.saved.as_ref().map_or(ask, |saved| saved.asked.asks_for_losses);
    let mut policy = policy(&job.copying, &allow_loss, ask)?;
    policy.marker = marker.or_else(|| job.saved.as_ref().map(|saved| saved.marker.clone()));
    let asked = match job.mode.save() {
        Some(_) => Some(Asked::new(job, config.as_deref(), &given, policy.losses)?),
        None => None,
    };
    let to_stream = target.is_stream();
    let reading = async {
        let (source, target) = futures::join!(session.open(source), session.open(target));
        // Problems of the target come first: then the source need not be read.
        let target = target?;
        let source = source?.into_source();
        let target = OpenTarget::new(target.made_from(&source))?;
        if let Some(ours) = &ours {
            policy.on_conflict = OnConflict::Ours(ours.written(target.endpoint())?);
        }
        let decided = decide(session, job, &rules, given, &source, &target, &policy).await?;
        Ok((source, target, decided))
    };
    let (source, target, decided) = session.signals.guard(reading).await?;
    let endpoints = vec![EndpointDocument::of(&source), EndpointDocument::of(target.source())];
    let run = Run {
        session,
        job,
        allowed: &policy.allowed,
        origin: Origin::Endpoint(source.endpoint()),
        target: &target,
        to_stream,
        endpoints,
        only_in_target: decided.plan.only_in_target,
        estimate: airbridge_engine::estimate(
            &decided.plan,
            &target.target,
            &target.rates,
            job.mode.verifies() && !to_stream,
        ),
        recorder: recorder.as_ref(),
        arguments: arguments(job, config.as_deref(), backup.as_ref().map(NewBackup::path)),
    };
    if let Some(saved) = &job.saved {
        saved.check(&run.saved_plan(&decided.plan))?;
    }
    run.show(&decided, confirmation);
    let steps = decided.plan.steps.iter().filter(|step| step.decision.write().is_some());
    let written: Vec<Kind> = steps.map(|step| step.id.kind).collect();
    if job.copying.print_airflow_config && target.airflow.is_none() {
        let label = plain(&target.endpoint().label);
        let message =
            format!("no secrets backend of Airflow reads {label}, so there is no [secrets] section to print");
        session.screen.warn(Warning::new(WarningCode::NoAirflowConfig, message));
    }
    let mut finished = if let (Mode::Write(options), Some(confirmation)) = (&job.mode, confirmation) {
        run.write(decided.plan, options, confirmation, backup).await?
    } else {
        let saved = asked.map(|asked| asked.with(run.saved_plan(&decided.plan)));
        Finished { saved, ..run.planned(&decided.plan) }
    };
    if job.copying.print_airflow_config {
        run.print_airflow_config(&mut finished, &written);
    }
    Ok(finished)
}

fn check_export(job: &Job, target: &EndpointConfig) -> Outcome<()> {
    if job.verb == "export" && !matches!(target.scheme, "file" | "-") {
        return Err(Failure::usage(format!("export writes files, and {} is not a file", target.label))
            .hint(format!("use `airbridge copy {} {}`", plain(&job.source.text), plain(&job.target.text))));
    }
    Ok(())
}

/// Whether to ask before writing; `None` if nothing will be written. Decided before anything is read. A new file of
/// `export` needs no question: nothing can be overwritten.
fn confirmation(
    job: &Job,
    source: &EndpointConfig,
    target: &EndpointConfig,
) -> Outcome<Option<Confirmation>> {
    let Mode::Write(options) = &job.mode else { return Ok(None) };
    if options.dry_run {
        return Ok(None);
    }
    if target.is_stream() && stdout_is_terminal() && !options.reveal {
        return Err(Failure::usage("values would be shown, because standard output is a terminal")
            .hint("redirect it to a file, or use --reveal"));
    }
    let stdin = if source.is_stream() {
        Some("the source")
    } else if job.select.ids_from_stdin() {
        Some("the list of ids")
    } else {
        None
    };
    Confirmation::of(options.yes || job.creates_file(), stdin).map(Some)
}
