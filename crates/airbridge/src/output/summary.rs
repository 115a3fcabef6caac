//! What became of a plan, and what would let a refused one pass.

use std::collections::BTreeSet;

use airbridge_airflow::{Kind, Loss};
use airbridge_engine::{Decision, FinishedStep, Plan, Step, StepResult};
use anstyle::Style;

use super::style::{BAD, DIM, GOOD, paint, plain};
use super::table::{Cell, rows};

/// Entries named one by one in a hint; more are better left to `--partial`.
const NAMED: usize = 3;

/// The entries that did not become what they should, then the counts.
pub(crate) fn report(settled: &[FinishedStep]) -> String {
    let troubled: Vec<Vec<Cell>> = settled.iter().filter_map(trouble).collect();
    let mut text = rows("  ", &troubled);
    let number = |wanted: &dyn Fn(&StepResult) -> bool| {
        settled
            .iter()
            .filter(|settled| settled.step.decision.write().is_some() && wanted(&settled.outcome))
            .count()
    };
    let kept = settled.iter().filter(|settled| matches!(settled.step.decision, Decision::Keep)).count();
    let left = settled
        .iter()
        .filter(|settled| matches!(settled.step.decision, Decision::Skip(_) | Decision::Refuse(_)))
        .count();
    let parts = [
        (number(&|outcome| *outcome == StepResult::Verified), GOOD, "written and verified"),
        (number(&|outcome| matches!(outcome, StepResult::Done(_))), GOOD, "written"),
        (kept + number(&|outcome| *outcome == StepResult::Unchanged), DIM, "unchanged"),
        (left, DIM, "left alone"),
        (number(&|outcome| *outcome == StepResult::Differs), BAD, "written but read back otherwise"),
        (number(&|outcome| matches!(outcome, StepResult::Failed(_))), BAD, "failed"),
        (number(&|outcome| *outcome == StepResult::NotTried), BAD, "not tried"),
    ];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, style, words)| paint(*style, &format!("{number} {words}")))
        .collect();
    text.push_str(&parts.join(", "));
    text.push('\n');
    text
}

fn trouble(settled: &FinishedStep) -> Option<Vec<Cell>> {
    settled.step.decision.write()?;
    let what = match &settled.outcome {
        StepResult::Failed(error) => {
            let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("{error}{hint}")
        }
        StepResult::Differs => "what is read back is not what was written".to_owned(),
        StepResult::Unchanged | StepResult::Done(_) | StepResult::Verified | StepResult::NotTried => {
            return None;
        }
    };
    let word = settled.outcome.word().to_owned();
    Some(vec![(BAD, word), (Style::new(), plain(&settled.step.id.to_string())), (Style::new(), plain(&what))])
}

/// The shortest options that would let a refused plan pass, one a line.
pub(crate) fn ways_out(plan: &Plan, allowed: &BTreeSet<Loss>, held: &[Kind]) -> String {
    let refused: Vec<(&Step, &str)> = plan
        .steps
        .iter()
        .filter_map(|step| match step.decision {
            Decision::Refuse(reason) => Some((step, reason)),
            _ => None,
        })
        .collect();
    // Of the losses only those with a word can be allowed.
    let can_be_allowed = |step: &Step, reason: &str| reason == "loss" && !step.losses.is_empty();
    let has = |wanted: &str| refused.iter().any(|(_, reason)| *reason == wanted);
    let mut ways = Vec::new();
    if has("conflict") {
        ways.push("--on-conflict skip|overwrite: keep the target's, or write the source's".to_owned());
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
        ways.push(format!("{}: carry them without", options.join(" ")));
    }
    if has("kind-not-held") {
        let kinds: Vec<_> = held.iter().map(|kind| kind.plural()).collect();
        if !kinds.is_empty() {
            ways.push(format!("--only {}: what the target can hold", kinds.join(",")));
        }
    }
    if has("ambiguous") {
        ways.push("--ids FILE: the ids that exist, one a line (conn:x)".to_owned());
    }
    if has("value-format") {
        ways.push("--value-format keep: the safest spelling that the target reads".to_owned());
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
        ways.push(format!("{}: leave it out", others.join(" ")));
    }
    ways.push("--partial: carry the others and leave these alone (exit code 5)".to_owned());
    ways.join("\n")
}
