//! A run from its plan to its report: shown, confirmed, saved, recorded, written, verified.

use std::collections::BTreeSet;

use airbridge_airflow::{Kind, Loss};
use airbridge_core::{CallCounts, OperationCounts, Warning, WarningCode};
use airbridge_endpoints::{NewBackup, SavedValues};
use airbridge_engine::{
    self as engine, Decision, EndpointDocument, Estimate, FinishedStep, Plan, ReadBack, StepResult, Target,
    TargetFacts,
};
use serde_json::{Value, json};

use super::decide::Decided;
use super::job::{Finished, Job};
use super::target::OpenTarget;
use crate::cli::WriteOptions;
use crate::command::recording::{Recorder, recorded};
use crate::command::session::Session;
use crate::confirm::Confirmation;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::human::Origin;
use crate::output::style::{count, plain};
use crate::output::{airflow_config, estimate, human, question, summary};

/// A run whose endpoints are open.
pub(in crate::command) struct Run<'a> {
    pub(in crate::command) session: &'a Session,
    pub(in crate::command) job: &'a Job,
    /// The losses that the user allows.
    pub(in crate::command) allowed: &'a BTreeSet<Loss>,
    /// Where the values come from.
    pub(in crate::command) origin: Origin<'a>,
    pub(in crate::command) target: &'a OpenTarget,
    /// Whether the target is standard output.
    pub(in crate::command) to_stream: bool,
    pub(in crate::command) endpoints: Vec<EndpointDocument>,
    /// How many of the selected entries only the target holds.
    pub(in crate::command) only_in_target: usize,
    /// What writing will take.
    pub(in crate::command) estimate: Option<Estimate>,
    pub(in crate::command) recorder: Option<&'a Recorder>,
    /// What its report says of how it was started.
    pub(in crate::command) arguments: Value,
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
    pub(in crate::command) fn show(&self, decided: &Decided, confirmation: Option<Confirmation>) {
        let screen = &self.session.screen;
        let view = human::View {
            all: screen.verbose,
            names: !matches!(self.target.endpoint().store.descriptor().backend, "file" | "-"),
        };
        let (from, to) = (&self.origin, self.target.endpoint());
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
    pub(super) fn print_airflow_config(&self, finished: &mut Finished, written: &[Kind]) {
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

    /// The plan with what was seen of each entry.
    pub(super) fn saved_plan(&self, plan: &Plan) -> Value {
        engine::saved_plan_document(&self.endpoints, plan, self.facts())
    }

    fn report(&self, finished: &[FinishedStep]) -> Value {
        let document = engine::report_document(&self.endpoints, finished, self.facts());
        let CallCounts { list, read, write } = self.target.call_counts();
        let count = |counts: OperationCounts| json!({ "requests": counts.calls, "repeats": counts.repeats, "throttled": counts.throttled });
        let requests = json!({ "list": count(list), "read": count(read), "write": count(write) });
        let document = engine::with_member(document, "requests", requests);
        engine::with_member(document, "arguments", self.arguments.clone())
    }

    /// The end of a run that only plans.
    pub(in crate::command) fn planned(&self, plan: &Plan) -> Finished {
        let document = self.document(|| engine::plan_document(&self.endpoints, plan, self.facts()));
        let complaint = self.refusal(plan);
        let exit = match &complaint {
            Some(failure) => failure.exit,
            None if self.job.mode.fail_on_change() && plan.changes() => Exit::Differs,
            None if plan.summary().refuse > 0 => Exit::Partial,
            None => Exit::Done,
        };
        Finished { exit, document, text: None, complaint, saved: None, record: None }
    }

    /// Why the plan may not be executed, and the options that would allow it.
    fn refusal(&self, plan: &Plan) -> Option<Failure> {
        if let Some(failure) = self.session.caution(self.job.select.caution) {
            return Some(failure);
        }
        let deleted = plan.summary().delete;
        if let Some(most) = self.job.max_delete.filter(|most| deleted > *most) {
            let entries = count(deleted, "entry", "entries");
            let message =
                format!("{entries} would be deleted, more than --max-delete {most}; nothing was written");
            return Some(Failure::refused(message).hint(format!(
                "check the list above, then use --max-delete {deleted}, or select less with --exclude"
            )));
        }
        let refused = plan.summary().refuse;
        if refused == 0 || self.job.copying.partial {
            return None;
        }
        let target = self.target.endpoint();
        let allowed = self.allowed.iter().chain(&target.usual_losses).copied().collect();
        let hints = match self.origin {
            Origin::Run(_) => summary::hints_of_undo(plan),
            Origin::Endpoint(_) => summary::hints(plan, &allowed, &target.held(&Kind::ALL)),
        };
        Some(Failure::refused(summary::refusal(plan, self.origin)).hint(hints))
    }

    /// Asks, saves, records, writes and verifies.
    pub(in crate::command) async fn write(
        &self,
        mut plan: Plan,
        options: &WriteOptions,
        confirmation: Confirmation,
        backup: Option<NewBackup>,
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
        let backup_path = backup.as_ref().map(|backup| backup.path().to_owned());
        if let Some(backup) = backup
            && let Err(failure) = self.save(&mut plan, backup)
        {
            return Ok(self.untouched(plan, failure));
        }
        let record = match self.recorder {
            Some(recorder) => {
                let document = engine::plan_document(&self.endpoints, &plan, self.facts());
                match recorder.begin(self.job, backup_path, document) {
                    Ok(record) => Some(record),
                    Err(failure) => return Ok(self.untouched(plan, failure)),
                }
            }
            None => None,
        };
        let recorded = record.as_ref().map(|record| recorded(&self.target.target, record));
        let target = recorded.as_ref().unwrap_or(&self.target.target);
        let (finished, trouble) = self.execute(plan, options, target).await;
        let mut text = self.summary(&finished);
        if let (Some(text), Some(record)) = (&mut text, &record)
            && self.job.verb != "export"
            && !self.to_stream
        {
            text.extend(["To take it back, run `airbridge undo ", record.id().as_str(), "`.\n"]);
        }
        Ok(Finished { text, record, ..self.finished(&finished, trouble) })
    }

    /// Writes the backup.
    fn save(&self, plan: &mut Plan, backup: NewBackup) -> Outcome<()> {
        let path = backup.path().display().to_string();
        let engine::Backup { former, written } = plan.take_backup();
        let rules = self.target.endpoint().read_rules.clone();
        let values = SavedValues {
            rules,
            former: former.into_iter().collect(),
            written: written.into_iter().collect(),
        };
        let (formers, writtens) = (values.former.len(), values.written.len());
        backup.write(values).map_err(|error| {
            let failure = Failure::from(error);
            let message = format!("the backup {}; nothing was written to the target", failure.message);
            Failure::failed("backup", message).maybe_hint(failure.hint)
        })?;
        tracing::info!("{path}: {formers} former and {writtens} new values");
        Ok(())
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
        let fine =
            finished.iter().all(|finished| finished.outcome.is_good() || !finished.step.decision.is_change());
        (!screen.is_json() && (!screen.quiet || !fine)).then(|| summary::report(finished))
    }

    /// The end of a run that wrote nothing because of `failure`.
    fn untouched(&self, plan: Plan, failure: Failure) -> Finished {
        let finished = finished_without_writing(plan);
        let document = self.document(|| self.report(&finished));
        Finished {
            exit: failure.exit,
            document,
            text: None,
            complaint: Some(failure),
            saved: None,
            record: None,
        }
        .with_signal()
    }

    /// The end of a run that wrote, or had nothing to write.
    fn finished(&self, finished: &[FinishedStep], trouble: Option<Failure>) -> Finished {
        let document = self.document(|| self.report(finished));
        let written = || finished.iter().filter(|finished| finished.step.decision.is_change());
        let bad = written().filter(|finished| !finished.outcome.is_good()).count();
        let refused = finished.iter().any(|finished| matches!(finished.step.decision, Decision::Refuse(_)));
        if let Some(failure) = self.session.signals.ended(finished) {
            let finished = Finished {
                exit: failure.exit,
                document,
                text: None,
                complaint: Some(failure),
                saved: None,
                record: None,
            };
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
        Finished { exit, document, text: None, complaint, saved: None, record: None }
    }
}

fn finished_without_writing(plan: Plan) -> Vec<FinishedStep> {
    let outcome = |decision: &Decision| match decision {
        Decision::Keep => StepResult::Unchanged,
        _ => StepResult::NotTried,
    };
    plan.steps
        .into_iter()
        .map(|step| FinishedStep { outcome: outcome(&step.decision), step, version: None })
        .collect()
}
