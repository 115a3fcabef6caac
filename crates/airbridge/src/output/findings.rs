//! What `doctor` found, for people: one line for each check, and a hint below it.

use airbridge_core::{Finding, Health};
use anstyle::Style;

use super::style::{BAD, CHANGE, DIM, GOOD, HINT, count, paint, plain};
use super::table::rows;

/// The findings below a title, and how many there are of each kind.
pub(crate) fn findings(title: &str, findings: &[Finding]) -> String {
    let mut text = format!("{title}\n");
    for finding in findings {
        let cell = |style: Style, text: &str| (style, plain(text));
        let checks = findings.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
        let check = format!("{:checks$}", finding.check);
        let word = format!("{:7}", finding.result.word());
        let row =
            vec![cell(style(finding.result), &word), cell(DIM, &check), cell(Style::new(), &finding.message)];
        text.push_str(&rows("  ", &[row]));
        for hint in finding.hint.iter().flat_map(|hint| hint.lines()) {
            text.extend(["           ", &paint(HINT, "hint:"), " ", &plain(hint), "\n"]);
        }
    }
    let of = |health| findings.iter().filter(|finding| finding.result == health).count();
    let problems = count(of(Health::Problem), "problem", "problems");
    let warnings = count(of(Health::Warning), "warning", "warnings");
    text.extend([problems.as_str(), ", ", &warnings, ", ", &of(Health::Ok).to_string(), " ok\n"]);
    text
}

fn style(health: Health) -> Style {
    match health {
        Health::Ok => GOOD,
        Health::Warning => CHANGE,
        Health::Problem => BAD,
    }
}
