//! Airflow's lookup of one entry, place by place: which name answers, what it hides, and why nothing answers.

use airbridge_airflow::{Comparison, EntryId, Reading, compare};
use airbridge_core::{ErrorKind, Finding, Health};

use super::asked::{Answer, Asked, Place, What};
use super::permission::failure;
use super::text::before;

/// The answer that Airflow uses.
struct Winner<'a> {
    place: &'a str,
    answer: &'a Answer,
    reading: &'a Reading,
}

/// The findings for each place and name in the order of Airflow's lookup, and the verdict. `cause` is what probably keeps
/// Airflow from finding the entry, and is used only if nothing answers.
pub fn lookup(id: &EntryId, places: &[Place], cause: Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut winner: Option<Winner<'_>> = None;
    // Places before the answer that failed, or of which it is not known what they have.
    let (mut failed, mut unknown) = (Vec::new(), Vec::new());
    for Place { label, asked } in places {
        match asked {
            Asked::Not(finding) => findings.push(at(label, finding.clone())),
            Asked::Unknown(finding) => {
                let mut finding = at(label, finding.clone());
                if winner.is_some() {
                    // What comes after the answer does not change it.
                    finding.result = finding.result.min(Health::Warning);
                } else {
                    unknown.push(label.as_str());
                }
                findings.push(finding);
            }
            Asked::Names(answers) => {
                for answer in answers {
                    match (&winner, answer.reading()) {
                        (None, Some(reading)) => {
                            findings.extend(answers_here(label, answer));
                            winner = Some(Winner { place: label, answer, reading });
                        }
                        (Some(winner), Some(reading)) => {
                            findings.push(hidden(label, answer, reading, winner));
                        }
                        (found, None) => {
                            let finding = silent(label, answer, found.is_some());
                            if found.is_none() && finding.result == Health::Problem {
                                failed.push(label.as_str());
                            }
                            findings.push(finding);
                        }
                    }
                }
            }
        }
    }
    findings.push(verdict(id, winner.as_ref(), &failed, &unknown, cause));
    findings
}

/// Whether one of the places has a value that Airflow reads.
pub fn is_found(places: &[Place]) -> bool {
    places.iter().any(|place| match &place.asked {
        Asked::Names(answers) => answers.iter().any(|answer| answer.reading().is_some()),
        Asked::Not(_) | Asked::Unknown(_) => false,
    })
}

fn at(label: &str, finding: Finding) -> Finding {
    Finding { message: format!("{}{}", before(label), finding.message), ..finding }
}

/// The name that answers, and what to know about its value.
fn answers_here(label: &str, answer: &Answer) -> Vec<Finding> {
    let (name, label) = (&answer.name, before(label));
    let mut findings = vec![Finding::ok("lookup", format!("{label}`{name}` answers")).about(name)];
    if let What::Value { reader_dependent, note, .. } = &answer.what {
        if *reader_dependent {
            let message =
                format!("{label}readers of one Airflow version read different values from `{name}`");
            findings.push(Finding::warning("reader-dependent", message).about(name));
        }
        findings
            .extend(note.iter().map(|note| Finding::warning("note", format!("{label}{note}")).about(name)));
    }
    findings
}

/// A value that Airflow does not use, because an earlier place answers.
fn hidden(label: &str, answer: &Answer, reading: &Reading, winner: &Winner<'_>) -> Finding {
    let (name, label) = (&answer.name, before(label));
    let is_same = matches!(compare(winner.reading, reading), Comparison::Same | Comparison::Spelling(_));
    let what = if is_same { "the same value" } else { "another value" };
    let message =
        format!("{label}`{name}` has {what}, which Airflow does not read: {} answers first", winner.place);
    let finding = if is_same {
        Finding::ok("hidden", message)
    } else {
        Finding::warning("hidden", message).hint("delete the entry that is out of date")
    };
    finding.about(name)
}

/// A name that does not answer. Airflow then asks the next one.
fn silent(label: &str, answer: &Answer, is_after: bool) -> Finding {
    let (name, start) = (&answer.name, before(label));
    let finding = match &answer.what {
        What::Value { .. } | What::Absent => Finding::ok("lookup", format!("{start}there is no `{name}`")),
        What::Missing(why) => {
            let message = format!("{start}`{name}` {why}, so Airflow treats it as missing");
            Finding::warning("lookup", message).hint("store a value there, or delete the secret")
        }
        What::Unreadable(why) => {
            let message = format!("{start}Airflow cannot read `{name}`, and asks the next place: {why}");
            Finding::problem("lookup", message).hint("correct what is stored there")
        }
        What::Failed(error) => {
            let failed = failure("lookup", label, error);
            let message = format!("{start}`{name}` cannot be read: {}", error.message());
            let usual = "grant the permission to read it; Airflow only logs this, and asks the next place";
            let hint = failed.hint.unwrap_or_else(|| usual.to_owned());
            let new = if error.kind() == ErrorKind::NotFound { Finding::warning } else { Finding::problem };
            new("lookup", message).hint(hint)
        }
    };
    // What comes after the answer does not change it.
    let result = if is_after { finding.result.min(Health::Warning) } else { finding.result };
    Finding { result, ..finding }.about(name)
}

fn verdict(
    id: &EntryId,
    winner: Option<&Winner<'_>>,
    failed: &[&str],
    unknown: &[&str],
    cause: Option<String>,
) -> Finding {
    let unseen = (!unknown.is_empty()).then(|| unknown.join(" and "));
    let Some(Winner { place, answer, .. }) = winner else {
        let message = match &unseen {
            Some(unseen) => format!("Airflow finds {id} only if {unseen} has it"),
            None => format!("Airflow does not find {id}"),
        };
        let new = if unseen.is_some() && failed.is_empty() { Finding::warning } else { Finding::problem };
        return new("answer", message).maybe_hint(cause);
    };
    let name = &answer.name;
    let message = format!("Airflow reads {id} from {place}, `{name}`");
    let finding = match (&unseen, failed) {
        (Some(unseen), _) => Finding::warning("answer", format!("{message}, unless {unseen} has it"))
            .hint("run `airbridge doctor` where the deployment runs"),
        (None, [first, ..]) => {
            Finding::warning("answer", format!("{message}, because {first} has no value that it can read"))
                .hint("correct the first place, or delete the entry there")
        }
        (None, []) => Finding::ok("answer", message),
    };
    finding.about(name)
}
