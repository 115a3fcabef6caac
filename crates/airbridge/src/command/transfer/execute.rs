//! The run of a transfer, from the endpoints to the exit code.

use std::io::IsTerminal;

use airbridge_airflow::Kind;
use airbridge_core::{Warning, WarningCode};
use airbridge_endpoints::{EndpointConfig, UsedFile};
use airbridge_engine::{
    self as engine, Decision, EndpointDocument, Estimate, FinishedStep, Plan, Policy, ReadBack, Rules,
    Source, StepResult, Target, TargetFacts,
};

use serde_json::Value;

use super::decide::{Decided, decide};
use super::job::{Finished, Job, Mode};
use super::policy::policy;
use super::target::OpenTarget;
use crate::cli::WriteOptions;
use crate::command::recording::{Recorder, recorded};
use crate::command::session::{Session, ids};
use crate::confirm::Confirmation;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::style::plain;
use crate::output::{airflow_config, estimate, human, question, stdout_is_terminal, summary};

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
}

/// Runs a job. An error is one before there are entries; later failures are in the result.
pub(super) async fn run(session: &Session, job: &Job, endpoints: Endpoints) -> Outcome<Finished> {
    let Endpoints { source, target, rules, allow_loss, notes, files: _, recorder } = endpoints;
    session.warn_all(notes);
    check_export(job, &target)?;
    if source.is_stream() && job.select.ids_from_stdin() {
        return Err(Failure::usage("standard input can be read only once")
            .hint("use a file for the source or for --ids"));
    }
    let given = ids(&job.select)?;
    let confirmation = confirmation(job, &source, &target)?;
    let at_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let ask = confirmation == Some(Confirmation::Ask)
        || (job.mode.dry() && !job.creates_file() && at_terminal && !session.screen.is_json());
    let policy = policy(&job.copying, &allow_loss, ask)?;
    let to_stream = target.is_stream();
    let reading = async {
        let (source, target) = futures::join!(session.open(source), session.open(target));
        // Problems of the target come first: then the source need not be read.
        let target = target?;
        let source = source?.into_source();
        let target = OpenTarget::new(target.made_from(&source))?;
        let decided = decide(session, job, &rules, given, &source, &target, &policy).await?;
        Ok((source, target, decided))
    };
    let (source, target, decided) = session.signals.guard(reading).await?;
    let endpoints = [EndpointDocument::of(&source), EndpointDocument::of(target.source())];
    let run = Run {
        session,
        job,
        policy: &policy,
        source: &source,
        target: &target,
        to_stream,
        endpoints,
        only_in_target: decided.plan.only_in_target,
        estimate: engine::estimate(
            &decided.plan,
            &target.target,
            &target.rates,
            job.mode.verifies() && !to_stream,
        ),
        recorder: recorder.as_ref(),
    };
    run.show(&decided, confirmation);
    let steps = decided.plan.steps.iter().filter(|step| step.decision.write().is_some());
    let written: Vec<Kind> = steps.map(|step| step.id.kind).collect();
    if job.copying.print_airflow_config && target.airflow.is_none() {
        let label = plain(&target.endpoint().label);
        let message =
            format!("no secrets backend of Airflow reads {label}, so there is no [secrets] section to print");
        session.screen.warn(Warning::new(WarningCode::NoAirflowConfig, message));
    }
    let mut finished = match (&job.mode, confirmation) {
        (Mode::Write(options), Some(confirmation)) => run.write(decided.plan, options, confirmation).await?,
        _ => run.planned(&decided.plan),
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

/// A run whose endpoints are open.
struct Run<'a> {
    session: &'a Session,
    job: &'a Job,
    policy: &'a Policy,
    source: &'a Source,
    target: &'a OpenTarget,
    /// Whether the target is standard output.
    to_stream: bool,
    endpoints: [EndpointDocument; 2],
    /// How many of the selected entries only the target holds.
    only_in_target: usize,
    /// What writing will take.
    estimate: Option<Estimate>,
    recorder: Option<&'a Recorder>,
}

impl Run<'_> {
    /// What documents say about the target.
    fn facts(&self) -> TargetFacts<'_> {
        TargetFacts {
            only_in_target: self.only_in_target,
            new_secrets: &self.target.endpoint().new_secrets,
            estimate: self.estimate.as_ref(),
        }
    }

    /// Prints the plan for people. With --quiet only what a question or a refusal needs.
    fn show(&self, decided: &Decided, confirmation: Option<Confirmation>) {
        let screen = &self.session.screen;
        let view = human::View {
            all: screen.verbose,
            names: !matches!(self.target.endpoint().store.descriptor().backend, "file" | "-"),
        };
        let (from, to) = (self.source.endpoint(), self.target.endpoint());
        let asking = confirmation == Some(Confirmation::Ask) && decided.plan.changes();
        let estimate = self.estimate.as_ref().map(estimate::sentence);
        let shown = || human::plan(from, to, &decided.plan, view, estimate.as_deref());
        if !screen.is_json() && (!screen.quiet || asking) {
            // A closed standard output must not stop the copy.
            let _ = screen.result(&shown());
        } else if asking {
            screen.insist(&shown());
        } else if screen.quiet && !screen.is_json() && decided.plan.summary().refuse > 0 {
            let _ = screen.result(&human::refused(&decided.plan, view));
        }
        if !decided.reformatted.is_empty() {
            let names: Vec<_> = decided.reformatted.iter().take(5).map(|name| plain(name.as_str())).collect();
            let more = decided.reformatted.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let names = names.join(", ");
            let message = format!(
                "reformatted: {} cannot keep the spelling of {names}{more}; their values stay the same",
                to.label
            );
            screen.warn(Warning::new(WarningCode::Reformatted, message));
        }
    }

    /// Prints the `[secrets]` section of an Airflow that reads the target. `written` are the kinds that the plan writes.
    fn print_airflow_config(&self, finished: &mut Finished, written: &[Kind]) {
        let (screen, config) = (&self.session.screen, self.target.airflow.as_ref());
        let written = |kind| written.contains(&kind);
        finished.document["airflow_config"] = airflow_config::document(config, &written);
        if let Some(config) = config
            && !screen.is_json()
        {
            let text = finished.text.get_or_insert_default();
            text.extend(["\n", &airflow_config::section(config, &written)]);
        }
    }

    /// The document, if it is printed or written into a file. It is as large as the plan.
    fn document(&self, make: impl FnOnce() -> Value) -> Value {
        let is_wanted =
            self.session.screen.is_json() || self.job.mode.keeps_document() || self.recorder.is_some();
        if is_wanted { make() } else { Value::Null }
    }

    /// The end of a run that only plans.
    fn planned(&self, plan: &Plan) -> Finished {
        let document = self.document(|| engine::plan_document(&self.endpoints, plan, self.facts()));
        let complaint = self.refusal(plan);
        let exit = match &complaint {
            Some(failure) => failure.exit,
            None if self.job.mode.fail_on_change() && plan.changes() => Exit::Differs,
            None if plan.summary().refuse > 0 => Exit::Partial,
            None => Exit::Done,
        };
        Finished { exit, document, text: None, complaint, record: None }
    }

    /// Why the plan may not be executed, and the options that would allow it.
    fn refusal(&self, plan: &Plan) -> Option<Failure> {
        if let Some(failure) = self.session.caution(self.job.select.caution) {
            return Some(failure);
        }
        let refused = plan.summary().refuse;
        if refused == 0 || self.job.copying.partial {
            return None;
        }
        let target = self.target.endpoint();
        let allowed = self.policy.allowed.iter().chain(&target.usual_losses).copied().collect();
        let hints = summary::hints(plan, &allowed, &target.held(&Kind::ALL));
        Some(Failure::refused(summary::refusal(plan)).hint(hints))
    }

    async fn write(
        &self,
        plan: Plan,
        options: &WriteOptions,
        confirmation: Confirmation,
    ) -> Outcome<Finished> {
        if let Some(failure) = self.refusal(&plan) {
            return Ok(self.untouched(plan, failure));
        }
        if !plan.changes() {
            let exit = if plan.summary().refuse > 0 { Exit::Partial } else { Exit::Done };
            return Ok(Finished { exit, ..self.finished(&finished_without_writing(plan), None) });
        }
        let estimate = self.estimate.as_ref().map(estimate::sentence);
        let question = question::question(&plan, self.target.endpoint(), estimate);
        let asking = async {
            let answer = tokio::task::spawn_blocking(move || confirmation.ask(&question)).await;
            answer.unwrap_or_else(|_| {
                Err(Failure::refused("the question could not be asked; nothing was written"))
            })
        };
        if let Err(failure) = self.session.signals.guard(asking).await {
            if confirmation == Confirmation::Ask && self.session.signals.exit().is_some() {
                // Ends the line of the question.
                self.session.screen.aside("");
            }
            return Ok(self.untouched(plan, failure));
        }
        let record = match self.recorder {
            Some(recorder) => {
                let document = engine::plan_document(&self.endpoints, &plan, self.facts());
                match recorder.begin(self.job, document) {
                    Ok(record) => Some(record),
                    Err(failure) => return Ok(self.untouched(plan, failure)),
                }
            }
            None => None,
        };
        let recorded = record.as_ref().map(|record| recorded(&self.target.target, record));
        let target = recorded.as_ref().unwrap_or(&self.target.target);
        let (finished, trouble) = self.execute(plan, options, target).await;
        let text = self.summary(&finished);
        Ok(Finished { text, record, ..self.finished(&finished, trouble) })
    }

    /// Writes and verifies, until a second signal.
    async fn execute(
        &self,
        plan: Plan,
        options: &WriteOptions,
        target: &Target,
    ) -> (Vec<FinishedStep>, Option<Failure>) {
        let Session { signals, progress, .. } = self.session;
        // What was written to a pipe cannot be read back.
        let verify = !options.no_verify && !self.to_stream;
        let read_back = if verify { ReadBack::WhileWriting } else { ReadBack::Never };
        let mut execution = engine::Execution::new(plan);
        let complete =
            signals.until_second(execution.run(target, read_back, &signals.interrupt, progress)).await;
        let mut finished = execution.finish();
        let mut trouble = None;
        if complete && verify {
            let mut verified = Ok(());
            let verifying = async {
                verified = engine::verify(&mut finished, target, &signals.interrupt, progress).await;
            };
            signals.until_second(verifying).await;
            if let Err(error) = verified {
                let error = Failure::from(error);
                let message = format!("written, but could not be read back: {}", error.message);
                trouble = Some(Failure::failed(error.code, message).maybe_hint(error.hint));
            }
        }
        (finished, trouble)
    }

    /// What people see of the outcome. With --quiet only what went wrong.
    fn summary(&self, finished: &[FinishedStep]) -> Option<String> {
        let screen = &self.session.screen;
        let fine = finished
            .iter()
            .all(|finished| finished.outcome.is_good() || finished.step.decision.write().is_none());
        (!screen.is_json() && (!screen.quiet || !fine)).then(|| summary::report(finished))
    }

    /// The end of a run that wrote nothing because of `failure`.
    fn untouched(&self, plan: Plan, failure: Failure) -> Finished {
        let finished = finished_without_writing(plan);
        let document = self.document(|| engine::report_document(&self.endpoints, &finished, self.facts()));
        Finished { exit: failure.exit, document, text: None, complaint: Some(failure), record: None }
            .with_signal()
    }

    /// The end of a run that wrote, or had nothing to write.
    fn finished(&self, finished: &[FinishedStep], trouble: Option<Failure>) -> Finished {
        let document = self.document(|| engine::report_document(&self.endpoints, finished, self.facts()));
        let written = || finished.iter().filter(|finished| finished.step.decision.write().is_some());
        let bad = written().filter(|finished| !finished.outcome.is_good()).count();
        let refused = finished.iter().any(|finished| matches!(finished.step.decision, Decision::Refuse(_)));
        if let Some(failure) = self.session.signals.ended(finished) {
            let finished =
                Finished { exit: failure.exit, document, text: None, complaint: Some(failure), record: None };
            return finished.with_signal();
        }
        let complaint = trouble.or_else(|| {
            let message = format!(
                "{} written as planned",
                if bad == 1 { "1 entry was not".to_owned() } else { format!("{bad} entries were not") }
            );
            (bad > 0).then(|| {
                Failure::failed("entries-failed", message)
                    .hint("fix the errors listed above, then run the same command again")
            })
        });
        let exit = match &complaint {
            Some(_) => Exit::Failed,
            None if refused => Exit::Partial,
            None => Exit::Done,
        };
        Finished { exit, document, text: None, complaint, record: None }
    }
}

fn finished_without_writing(plan: Plan) -> Vec<FinishedStep> {
    let outcome = |decision: &Decision| match decision {
        Decision::Keep => StepResult::Unchanged,
        _ => StepResult::NotTried,
    };
    plan.steps.into_iter().map(|step| FinishedStep { outcome: outcome(&step.decision), step }).collect()
}
