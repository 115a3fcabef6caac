//! The run itself, from understanding the endpoints to the exit code.

use std::io::IsTerminal;
use std::sync::Arc;

use airbridge_airflow::Kind;
use airbridge_endpoints::FileStore;
use airbridge_engine::{
    self as engine, Decision, Endpoint, EndpointDocument, FinishedStep, Plan, Policy, Source, StepResult,
    Target,
};

use super::decide::{Decided, decide, held, policy};
use super::{Finished, Job, Mode};
use crate::cli::WriteOptions;
use crate::command::session::Session;
use crate::confirm::Confirmation;
use crate::endpoint::{Access, AirflowConfig, Prepared, Ready};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::style::{count, plain};
use crate::output::{airflow_config, human, stdout_is_terminal, summary};

/// Carries a job out. A failure is one before there are entries; later ones are in what is returned.
pub(super) async fn run(session: &Session, job: &Job) -> Outcome<Finished> {
    let rules = session.rules(job.rules.as_deref())?;
    let source = session.prepare(&job.source.text, &job.source.keys, Access::Read)?;
    let target = session.prepare(&job.target.text, &job.target.keys, job.role)?;
    check_export(job, &target)?;
    let confirmation = confirmation(job, &source, &target)?;
    let at_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let ask = confirmation == Some(Confirmation::Ask)
        || (job.mode.dry() && at_terminal && !session.screen.is_json());
    let policy = policy(&job.carry, &session.context.config.allow_loss, ask)?;
    let reading = async {
        let (source, target) = futures::join!(session.open(source), session.open(target));
        // A target that cannot be written is told first: it needs no look at the source.
        let target = target?;
        let source = Source::new(source?.endpoint);
        let target = Reached::new(target);
        let decided = decide(session, job, &rules, &source, &target, &policy).await?;
        Ok((source, target, decided))
    };
    let (source, target, decided) = session.signals.guard(reading).await?;
    let endpoints = [EndpointDocument::of(&source), EndpointDocument::of(target.target.source())];
    let run = Run { session, job, policy: &policy, source: &source, target: &target, endpoints };
    run.show(&decided, confirmation);
    let steps = decided.plan.steps.iter().filter(|step| step.decision.write().is_some());
    let written: Vec<Kind> = steps.map(|step| step.id.kind).collect();
    let mut finished = match (&job.mode, confirmation) {
        (Mode::Write(options), Some(confirmation)) => run.write(decided.plan, options, confirmation).await?,
        _ => run.planned(&decided.plan),
    };
    if job.carry.print_airflow_config {
        run.print_airflow_config(&mut finished, &written);
    }
    Ok(finished)
}

/// A target that is open, with what the program needs to know of it beside what the engine does.
pub(super) struct Reached {
    pub(super) target: Target,
    /// The store, where it is made of files.
    pub(super) files: Option<Arc<FileStore>>,
    airflow: Option<AirflowConfig>,
}

impl Reached {
    fn new(Ready { endpoint, files, airflow, .. }: Ready) -> Self {
        Self { target: Target::new(endpoint), files, airflow }
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        self.target.source().endpoint()
    }
}

fn check_export(job: &Job, target: &Prepared) -> Outcome<()> {
    if job.verb == "export" && !matches!(target.scheme, "file" | "-") {
        return Err(Failure::usage(format!("export writes a file, and {} is none", target.label))
            .hint(format!("airbridge copy {} {}", plain(&job.source.text), plain(&job.target.text))));
    }
    Ok(())
}

/// Who is asked; nobody (`None`) when nothing will be written. Decided before anything is read.
fn confirmation(job: &Job, source: &Prepared, target: &Prepared) -> Outcome<Option<Confirmation>> {
    let Mode::Write(options) = &job.mode else { return Ok(None) };
    if options.dry_run {
        return Ok(None);
    }
    if target.is_stream() && stdout_is_terminal() && !options.reveal {
        return Err(Failure::usage("standard output is a terminal, and values would be shown on it")
            .hint("send it somewhere (> FILE), or say --reveal"));
    }
    Confirmation::of(options.yes, job.verb, source.is_stream()).map(Some)
}

/// A run whose endpoints are open.
struct Run<'a> {
    session: &'a Session,
    job: &'a Job,
    policy: &'a Policy,
    source: &'a Source,
    target: &'a Reached,
    endpoints: [EndpointDocument; 2],
}

impl Run<'_> {
    /// Shows the plan to people: all of it, or in quiet only what a question or a refusal needs.
    fn show(&self, decided: &Decided, confirmation: Option<Confirmation>) {
        let screen = &self.session.screen;
        let view = human::View {
            all: screen.verbose,
            names: !matches!(self.target.endpoint().store.descriptor().backend, "file" | "-"),
        };
        let (from, to) = (&self.source.endpoint().label, &self.target.endpoint().label);
        let asking = confirmation == Some(Confirmation::Ask) && decided.plan.changes();
        if !screen.is_json() && (!screen.quiet || asking) {
            // An output that cannot be written must not keep a copy from being made.
            let _ = screen.result(&human::plan(from, to, &decided.plan, view));
        } else if asking {
            screen.insist(&human::plan(from, to, &decided.plan, view));
        } else if screen.quiet && !screen.is_json() && decided.plan.summary().refuse > 0 {
            let _ = screen.result(&human::refused(&decided.plan, view));
        }
        if !decided.reformatted.is_empty() {
            let names: Vec<_> = decided.reformatted.iter().take(5).map(|name| plain(name.as_str())).collect();
            let more = decided.reformatted.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            screen.warn(&format!(
                "reformatted: {to} cannot keep the spelling of {}{more}; what they mean stays",
                names.join(", ")
            ));
        }
    }

    /// What Airflow has to be told to read the target; `written` are the kinds that the plan writes.
    fn print_airflow_config(&self, finished: &mut Finished, written: &[Kind]) {
        let (screen, config) = (&self.session.screen, self.target.airflow.as_ref());
        let written = |kind| written.contains(&kind);
        finished.document["airflow_config"] = airflow_config::document(config, &written);
        match config {
            Some(config) if !screen.is_json() => {
                // An output that cannot be written must not hide what was done.
                let _ = screen.result(&format!("\n{}", airflow_config::section(config, &written)));
            }
            Some(_) => {}
            None => {
                let label = plain(&self.target.endpoint().label);
                screen.warn(&format!(
                    "no secrets backend of Airflow's reads {label}, so there is nothing to configure"
                ));
            }
        }
    }

    /// The end of a run that only plans.
    fn planned(&self, plan: &Plan) -> Finished {
        let document = engine::plan_document(&self.endpoints, plan);
        let complaint = self.refusal(plan);
        let exit = match &complaint {
            Some(failure) => failure.exit,
            None if self.job.mode.fail_on_change() && plan.changes() => Exit::Differs,
            None if plan.summary().refuse > 0 => Exit::Partial,
            None => Exit::Done,
        };
        Finished { exit, document, complaint }
    }

    /// Why the plan may not be carried out, with what would let it pass.
    fn refusal(&self, plan: &Plan) -> Option<Failure> {
        let refused = plan.summary().refuse;
        if refused == 0 || self.job.carry.partial {
            return None;
        }
        let kinds = held(self.target, &Kind::ALL);
        let message =
            format!("{} cannot be carried; nothing was written", count(refused, "entry", "entries"));
        Some(Failure::refused(message).hint(summary::ways_out(plan, &self.policy.allowed, &kinds)))
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
            return Ok(Finished { exit, ..self.finished(&settled_without_writing(plan), None) });
        }
        let question = human::question(&plan, &self.target.endpoint().label);
        let asking = async {
            let answer = tokio::task::spawn_blocking(move || confirmation.ask(&question)).await;
            answer.unwrap_or_else(|_| Err(Failure::refused("no answer; nothing was written")))
        };
        if let Err(failure) = self.session.signals.guard(asking).await {
            if confirmation == Confirmation::Ask && self.session.signals.exit().is_some() {
                // Ends the line of the question that nobody answered.
                self.session.screen.aside("");
            }
            return Ok(self.untouched(plan, failure));
        }
        let target = &self.target.target;
        let interrupt = &self.session.signals.interrupt;
        let mut settled = engine::apply(plan, target, interrupt, &self.session.progress).await;
        let mut trouble = None;
        // What went down a pipe cannot be read back.
        if !options.no_verify
            && !self.job.target.is_stream()
            && let Err(error) = engine::verify(&mut settled, target, interrupt, &self.session.progress).await
        {
            let error = Failure::from(error);
            let message = format!("what was written could not be read back: {}", error.message);
            trouble = Some(Failure::failed(error.code, message).maybe_hint(error.hint));
        }
        self.say(&settled);
        Ok(self.finished(&settled, trouble))
    }

    fn say(&self, settled: &[FinishedStep]) {
        let screen = &self.session.screen;
        let fine = settled
            .iter()
            .all(|settled| settled.outcome.is_good() || settled.step.decision.write().is_none());
        if !screen.is_json() && (!screen.quiet || !fine) {
            let _ = screen.result(&summary::report(settled));
        }
    }

    /// The end of a run that wrote nothing because of `failure`.
    fn untouched(&self, plan: Plan, failure: Failure) -> Finished {
        let settled = settled_without_writing(plan);
        let document = engine::report_document(&self.endpoints, &settled);
        Finished { exit: failure.exit, document, complaint: Some(failure) }
    }

    /// The end of a run that wrote, or had nothing to write.
    fn finished(&self, settled: &[FinishedStep], trouble: Option<Failure>) -> Finished {
        let document = engine::report_document(&self.endpoints, settled);
        let written = || settled.iter().filter(|settled| settled.step.decision.write().is_some());
        let bad = written().filter(|settled| !settled.outcome.is_good()).count();
        let refused = settled.iter().any(|settled| matches!(settled.step.decision, Decision::Refuse(_)));
        if let Some(exit) = self.session.signals.exit() {
            let untried = written().filter(|settled| settled.outcome == StepResult::NotTried).count();
            let what = if exit == Exit::Terminated { "terminated" } else { "interrupted" };
            let left = match untried {
                0 => "no entry was left".to_owned(),
                1 => "1 entry was not tried".to_owned(),
                _ => format!("{untried} entries were not tried"),
            };
            let message = format!("{what}: what was in flight was settled, {left}");
            let hint = (bad > 0).then(|| "run it again to go on".to_owned());
            let complaint = Failure { exit, code: what, message, hint };
            return Finished { exit, document, complaint: Some(complaint) };
        }
        let complaint = trouble.or_else(|| {
            let message = format!(
                "{} not at the target as planned",
                if bad == 1 { "1 entry is".to_owned() } else { format!("{bad} entries are") }
            );
            (bad > 0).then(|| {
                Failure::failed("entries-failed", message)
                    .hint("see above what each met; run it again when that is settled")
            })
        });
        let exit = match &complaint {
            Some(_) => Exit::Failed,
            None if refused => Exit::Partial,
            None => Exit::Done,
        };
        Finished { exit, document, complaint }
    }
}

fn settled_without_writing(plan: Plan) -> Vec<FinishedStep> {
    let outcome = |decision: &Decision| match decision {
        Decision::Keep => StepResult::Unchanged,
        _ => StepResult::NotTried,
    };
    plan.steps.into_iter().map(|step| FinishedStep { outcome: outcome(&step.decision), step }).collect()
}
