//! The result of a run, and the options that would allow a refused plan.

use std::collections::BTreeSet;

use airbridge_airflow::file::SET_DIALECT;
use airbridge_airflow::{Kind, Loss, Part};
use airbridge_engine::{Decision, FinishedStep, Plan, Step, StepResult};
use anstyle::Style;

use super::human::Origin;
use super::style::{BAD, CHANGE, DIM, GOOD, count, paint, plain};
use super::table::{Cell, rows};

/// The most entries that a hint excludes by name. For more, only `--partial` is offered.
const NAMED: usize = 3;

/// The entries that were not written as planned, then the counts: `6 created, 2 replaced, 41 unchanged (8 verified)`.
pub(crate) fn report(finished: &[FinishedStep]) -> String {
    let troubled = troubles(finished);
    let number = |wanted: &dyn Fn(&FinishedStep) -> bool| finished.iter().filter(|step| wanted(step)).count();
    let written = |step: &FinishedStep| {
        matches!(step.outcome, StepResult::Done(_) | StepResult::Verified | StepResult::Unverifiable(_))
    };
    let did = |word: &'static str| move |step: &FinishedStep| step.step.decision.word() == word;
    let planned = |step: &FinishedStep| step.step.decision.is_change();
    let parts = [
        (number(&|step| written(step) && did("create")(step)), GOOD, "created"),
        (number(&|step| written(step) && did("replace")(step)), CHANGE, "replaced"),
        (number(&|step| written(step) && did("restore")(step)), CHANGE, "restored"),
        (number(&|step| written(step) && did("delete")(step)), BAD, "deleted"),
        (number(&|step| step.outcome == StepResult::Unchanged), DIM, "unchanged"),
        (number(&|step| matches!(step.step.decision, Decision::Skip(_))), DIM, "skipped"),
        (number(&|step| matches!(step.step.decision, Decision::Refuse(_))), BAD, "refused"),
        (number(&|step| step.outcome == StepResult::Differs), BAD, "different when read back"),
        (number(&|step| matches!(step.outcome, StepResult::Failed(_))), BAD, "failed"),
        (number(&|step| planned(step) && step.outcome == StepResult::NotTried), BAD, "not tried"),
    ];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, style, words)| paint(*style, &format!("{number} {words}")))
        .collect();
    let verified = number(&|step| step.outcome == StepResult::Verified);
    let unverified = number(&|step| matches!(step.outcome, StepResult::Done(_)));
    let hidden = number(&|step| matches!(step.outcome, StepResult::Unverifiable(_)));
    let checked = match (verified, unverified, hidden) {
        (0, 0, 0) => String::new(),
        (0, _, 0) => " (not verified)".to_owned(),
        (verified, 0, 0) => format!(" ({verified} verified)"),
        (verified, unverified, 0) => format!(" ({verified} verified, {unverified} not verified)"),
        (verified, 0, hidden) => {
            let parts: BTreeSet<_> = finished.iter().flat_map(hidden_parts).map(Part::to_string).collect();
            let parts: Vec<_> = parts.into_iter().collect();
            let hides = format!("verified except for what the target hides: {}", parts.join(", "));
            format!(" ({verified} verified, {hidden} {hides})")
        }
        // The run ended while it verified.
        (verified, unverified, hidden) => {
            format!(" ({verified} verified, {} not verified)", unverified + hidden)
        }
    };
    format!("{}{}{checked}\n", rows("  ", &troubled), parts.join(", "))
}

/// What the target hides of an entry that was written.
fn hidden_parts(finished: &FinishedStep) -> &[Part] {
    match &finished.outcome {
        StepResult::Unverifiable(parts) => parts,
        _ => &[],
    }
}

/// The entries that went wrong, one row each. A fault that met all of them together, such as that of their file, is one row.
fn troubles(finished: &[FinishedStep]) -> Vec<Vec<Cell>> {
    let written: Vec<_> = finished.iter().filter(|step| step.step.decision.is_change()).collect();
    let fault = |step: &FinishedStep| match &step.outcome {
        StepResult::Failed(error) if error.request_id().is_none() => Some(with_hint(error.message(), error)),
        _ => None,
    };
    if let [first, rest @ ..] = written.as_slice()
        && let Some(shared) = fault(first)
        && !rest.is_empty()
        && rest.iter().all(|step| fault(step).as_ref() == Some(&shared))
    {
        return vec![row(&first.outcome, &count(written.len(), "entry", "entries"), &shared)];
    }
    written.into_iter().filter_map(trouble).collect()
}

fn trouble(finished: &FinishedStep) -> Option<Vec<Cell>> {
    let what = match &finished.outcome {
        StepResult::Failed(error) => with_hint(&error.to_string(), error),
        StepResult::Differs => "written, but reading it back returned a different value".to_owned(),
        StepResult::Unchanged
        | StepResult::Done(_)
        | StepResult::Verified
        | StepResult::Unverifiable(_)
        | StepResult::NotTried => return None,
    };
    Some(row(&finished.outcome, &finished.step.id.to_string(), &what))
}

fn with_hint(message: &str, error: &airbridge_core::Error) -> String {
    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{message}{hint}")
}

fn row(outcome: &StepResult, who: &str, what: &str) -> Vec<Cell> {
    vec![(BAD, outcome.word().to_owned()), (Style::new(), plain(who)), (Style::new(), plain(what))]
}

/// Why a plan was refused, as a sentence. A conflict is not an entry that cannot be copied.
pub(crate) fn refusal(plan: &Plan, origin: Origin<'_>) -> String {
    let refused: Vec<&str> = plan.steps.iter().filter_map(|step| refused_for(step)).collect();
    let conflicts = refused.iter().filter(|reason| **reason == "conflict").count();
    let differ =
        if conflicts == 1 { "1 entry differs".to_owned() } else { format!("{conflicts} entries differ") };
    let others = count(refused.len() - conflicts, "entry", "entries");
    if matches!(origin, Origin::Run(_)) {
        let changes = count(refused.len(), "change", "changes");
        return format!("{changes} cannot be undone; nothing was written");
    }
    match (conflicts, refused.len() - conflicts) {
        (_, 0) => format!("{differ} at the target; nothing was written"),
        (0, _) => format!("{others} cannot be copied; nothing was written"),
        _ => format!("{differ} at the target and {others} cannot be copied; nothing was written"),
    }
}

fn refused_for(step: &Step) -> Option<&'static str> {
    match step.decision {
        Decision::Refuse(reason) => Some(reason),
        _ => None,
    }
}

/// The options that would allow a refused undo, one per line.
pub(crate) fn hints_of_undo(plan: &Plan) -> String {
    let has = |wanted: &str| plan.steps.iter().any(|step| refused_for(step) == Some(wanted));
    let backup = "use --from-backup FILE.age if there is a backup of what the run replaced or deleted";
    let hints = has("no-former-value").then_some(backup).into_iter();
    hints.chain(["use --partial to undo the other changes (exit code 5)"]).collect::<Vec<_>>().join("\n")
}

/// The shortest options that would allow a refused plan, one per line. `held` are the kinds that the target can hold.
pub(crate) fn hints(plan: &Plan, allowed: &BTreeSet<Loss>, held: &[Kind]) -> String {
    let refused: Vec<(&Step, &str)> =
        plan.steps.iter().map(Box::as_ref).filter_map(|step| Some((step, refused_for(step)?))).collect();
    // A refused loss without a word cannot be allowed.
    let can_be_allowed = |step: &Step, reason: &str| reason == "loss" && !step.losses.is_empty();
    let has = |wanted: &str| refused.iter().any(|(_, reason)| *reason == wanted);
    let mut hints = Vec::new();
    if refused.iter().any(|(step, _)| step.message.contains(SET_DIALECT)) {
        hints.push(format!("{SET_DIALECT}, as in file:.env?dialect=compose"));
    }
    if has("conflict") {
        hints.push("use --on-conflict skip or overwrite".to_owned());
    }
    let losses: Vec<_> = refused.iter().filter(|(step, reason)| can_be_allowed(step, reason)).collect();
    if !losses.is_empty() {
        let words: BTreeSet<_> = losses
            .iter()
            .flat_map(|(step, _)| &step.losses)
            .filter(|loss| !allowed.contains(loss))
            .map(|loss| loss.word())
            .collect();
        let options: Vec<_> = words.iter().map(|word| format!("--allow-loss {word}")).collect();
        hints.push(format!("use {} to copy the entries without it", options.join(" ")));
    }
    if has("kind-not-held") {
        let kinds: Vec<_> = held.iter().map(|kind| kind.plural()).collect();
        if !kinds.is_empty() {
            hints.push(format!("use --only {} to copy what the target can hold", kinds.join(",")));
        }
    }
    if has("ambiguous") {
        hints.push("use --ids FILE with the ids that exist, one conn:ID per line".to_owned());
    }
    if has("value-format") {
        hints.push("use --value-format keep for the safest spelling that the target reads".to_owned());
    }
    if refused.iter().any(|(step, reason)| match *reason {
        "loss" => !can_be_allowed(step, reason),
        reason => reason == "masked",
    }) {
        hints.push("correct the field at the source, or set it with --rules".to_owned());
    }
    let others: Vec<_> = refused
        .iter()
        .filter(|(step, reason)| {
            !matches!(*reason, "conflict" | "kind-not-held" | "ambiguous" | "value-format")
                && !can_be_allowed(step, reason)
        })
        .map(|(step, _)| format!("--exclude '{}'", plain(&step.source_id().to_string())))
        .collect();
    if !others.is_empty() && others.len() <= NAMED {
        let what = if others.len() == 1 { "it" } else { "them" };
        hints.push(format!("use {} to leave {what} out", others.join(" ")));
    }
    hints.push("use --partial to copy the other entries (exit code 5)".to_owned());
    hints.join("\n")
}
