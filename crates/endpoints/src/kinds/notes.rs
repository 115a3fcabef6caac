//! Warnings about what a source has and airbridge does not copy.

use airbridge_airflow::file::{Format, skipped_entries};
use airbridge_airflow::near_variable_names;
use airbridge_core::{Warning, WarningCode};

/// Names of variables that are warned of one by one.
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
        _ => Vec::new(),
    }
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
