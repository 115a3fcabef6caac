//! Warnings about what a source has and airbridge does not copy.

use airbridge_airflow::file::{Format, ProbeFacts, skipped_entries};
use airbridge_airflow::near_variable_names;
use airbridge_core::{Warning, WarningCode};

/// Names of variables and entries that are warned of one by one.
const NAMED: usize = 3;

/// The warnings about a file. A file that cannot be parsed has none: reading its entries reports the error.
pub(super) fn about_file(format: Format, place: &str, bytes: &[u8]) -> Vec<Warning> {
    match format {
        // Parts of `airflow_settings.yaml` that are not entries, and keys that the Astro CLI ignores.
        Format::Astro => {
            let skipped = skipped_entries(bytes).unwrap_or_default().into_iter();
            skipped.map(|what| Warning::new(WarningCode::NotCopied, format!("not copied: {what}"))).collect()
        }
        Format::Dotenv => near_names(place, near_variable_names(&String::from_utf8_lossy(bytes))),
        Format::Probe => ProbeFacts::parse(bytes).map(about_probe).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The warnings about what a probe could not list, and about entries of which Airflow has several values.
fn about_probe(facts: ProbeFacts) -> Vec<Warning> {
    let unlisted = facts.unlisted.into_iter().map(|message| {
        Warning::new(WarningCode::ProbeIncomplete, message)
            .with_hint("name the entries, as with `airbridge probe --ids-from ENDPOINT`")
    });
    let more = facts.shadowed.len().saturating_sub(NAMED);
    let each = facts.shadowed.into_iter().take(NAMED).map(|(id, sentence)| {
        Warning::new(WarningCode::Shadowed, format!("{id}: {sentence}"))
            .with_hint("remove the value that is not meant, or make them equal")
    });
    let rest = (more > 0).then(|| {
        let entries = if more == 1 { "1 more entry".to_owned() } else { format!("{more} more entries") };
        Warning::new(WarningCode::Shadowed, format!("Airflow has different values for {entries}"))
    });
    unlisted.chain(each).chain(rest).collect()
}

/// The warnings about names that Airflow does not read: (name, the name that is probably meant).
pub(super) fn near_names(place: &str, names: Vec<(String, String)>) -> Vec<Warning> {
    let more = names.len().saturating_sub(NAMED);
    let each = names.into_iter().take(NAMED).map(|(name, meant)| {
        Warning::new(WarningCode::NearName, format!("{place}: Airflow does not read the variable `{name}`"))
            .with_hint(format!("rename it to `{meant}` if it is an entry"))
    });
    let rest = (more > 0).then(|| {
        let what = match more {
            1 => "1 more variable whose name is similar".to_owned(),
            _ => format!("{more} more variables whose names are similar"),
        };
        Warning::new(WarningCode::NearName, format!("{place}: Airflow does not read {what}"))
    });
    each.chain(rest).collect()
}
