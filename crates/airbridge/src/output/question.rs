//! The question before writing.

use airbridge_engine::{Endpoint, Plan};
use anstyle::Style;

use super::human::loss_meaning;
use super::side::{after_delete, lasting, only_in_target, settings, side};
use super::style::{BOLD, paint};

/// The question before writing: where, by whom, how many, with which settings, what would be lost, and what it will take.
pub(crate) fn question(plan: &Plan, to: &Endpoint, estimate: Option<String>) -> String {
    let summary = plan.summary();
    let mut lines = settings(summary, to);
    let losses: Vec<_> =
        plan.losses().into_iter().map(|loss| format!("{} ({})", loss.word(), loss_meaning(loss))).collect();
    if !losses.is_empty() {
        lines.push(format!("Losing {}.", losses.join("; ")));
    }
    let flags: Vec<_> =
        plan.attention().into_iter().map(|(flag, number)| format!("{number} {}", flag.word())).collect();
    if !flags.is_empty() {
        lines.push(format!("Check first: {}.", flags.join(", ")));
    }
    lines.extend(after_delete(plan, to));
    lines.extend(lasting(plan));
    if plan.only_in_target > 0 {
        lines.push(format!("{}.", only_in_target(plan.only_in_target)));
    }
    lines.extend(estimate);
    let numbers = [
        (summary.create, "create"),
        (summary.replace, "replace"),
        (summary.restore, "restore"),
        (summary.delete, "delete"),
    ];
    let numbers: Vec<_> = numbers
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| paint(BOLD, &format!("{word} {number}")))
        .collect();
    lines.push(format!("Write to {}: {}?", side(to, Style::new()), numbers.join(", ")));
    // After the plan, which was printed before.
    format!("\n{}", lines.join("\n"))
}
