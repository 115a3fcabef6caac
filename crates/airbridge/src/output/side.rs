//! One side of a run in words: what the user called it, the real place, who acts there, and which file says so.

use airbridge_engine::{Endpoint, NewSecretSetting, Plan, Summary};
use anstyle::Style;

use super::style::{count, paint, plain};

/// `@old = aws:us-east-1 (account 111122223333), as role/reader; set by airbridge.toml, [endpoints.old]`, with the name in
/// this style.
pub(crate) fn side(endpoint: &Endpoint, style: Style) -> String {
    let (label, place) = (endpoint.label.as_str(), endpoint.place());
    // Files and the environment are what the user called them.
    let is_local = matches!(endpoint.store.descriptor().backend, "file" | "-" | "env");
    let details = place.strip_prefix(label).filter(|details| details.is_empty() || details.starts_with(" ("));
    let mut text = paint(style, &plain(label));
    match details {
        Some(details) => text.push_str(&plain(details)),
        None if is_local && endpoint.configured_by.is_none() => {}
        None => text.extend([" = ", &plain(place)]),
    }
    if let Some(actor) = endpoint.actor() {
        text.extend([", as ", &plain(actor)]);
    }
    if let Some(file) = &endpoint.configured_by {
        text.extend(["; set by ", &plain(file)]);
    }
    text
}

/// What written secrets get besides their value, a line each for new and for replaced ones:
/// `New secrets get: kms_key_id alias/airflow; tags owner=data; replica_regions none (default).`
pub(crate) fn settings(summary: Summary, endpoint: &Endpoint) -> Vec<String> {
    let value =
        |setting: &NewSecretSetting| Some(format!("{} {}", setting.name, plain(setting.value.as_ref()?)));
    let default = |setting: &NewSecretSetting| {
        format!("{} {} (default)", setting.name, setting.default.replace('`', ""))
    };
    let all = endpoint.new_secrets.iter();
    let new: Vec<_> = all.clone().map(|setting| value(setting).unwrap_or_else(|| default(setting))).collect();
    let replaced: Vec<_> = all.filter(|setting| setting.of_replaced).filter_map(value).collect();
    [(summary.create, "New", new), (summary.replace, "Replaced", replaced)]
        .into_iter()
        .filter(|(number, _, settings)| *number > 0 && !settings.is_empty())
        .map(|(_, which, settings)| format!("{which} secrets get: {}.", settings.join("; ")))
        .collect()
}

/// `Only the target has 4 entries; they stay as they are`.
pub(crate) fn only_in_target(number: usize) -> String {
    let stay = if number == 1 { "it stays as it is" } else { "they stay as they are" };
    format!("Only the target has {}; {stay}", count(number, "more entry", "more entries"))
}

/// `Deleted secrets are kept for 30 days; until then the name is reserved.`, if something is deleted.
pub(crate) fn after_delete(plan: &Plan, endpoint: &Endpoint) -> Option<String> {
    let after = endpoint.store.descriptor().undo.after_delete?;
    (plan.summary().delete > 0).then(|| format!("Deleted secrets are {after}."))
}

/// `2 changes cannot be undone: …`, if there are any.
pub(crate) fn lasting(plan: &Plan) -> Option<String> {
    let number = plan.lasting();
    (number > 0).then(|| {
        let changes = count(number, "change", "changes");
        format!("{changes} cannot be undone: neither the target nor a backup (--backup FILE.age) keeps the former value.")
    })
}
