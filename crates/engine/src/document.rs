//! The JSON documents for machines: one for each command, with a schema version and without values.
//!
//! The schemas are files in `docs/schemas/`. Tests validate these documents against them.

use std::collections::BTreeSet;

use airbridge_airflow::{EntryId, Field, Kind, Part};
use airbridge_core::{Error, Json, SecretName, State, Version, Warning};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::diff::DiffEntry;
use crate::endpoint::{NewSecretSetting, Source};
use crate::estimate::Estimate;
use crate::inventory::Inventory;
use crate::outcome::{FinishedStep, StepResult};
use crate::plan::{FieldChange, Plan, SideSeen, Step, Summary, UndoWith};
use crate::snapshot::Item;
use crate::view::View;

/// How airbridge understood one endpoint. Contains no credentials.
#[derive(Clone, Debug, Serialize)]
pub struct EndpointDocument {
    /// The endpoint as the user wrote it.
    pub endpoint: String,
    /// The backend.
    pub backend: String,
    /// The place, as the store describes it.
    pub place: String,
    /// Who acts there; `None` if the service does not say so.
    pub actor: Option<String>,
    /// The files that say what the endpoint means, if it does not say so itself.
    pub configured_by: Option<String>,
    /// The version of the Airflow that reads it.
    pub airflow_version: String,
    /// The prefix or path of each kind of entry.
    pub names: Value,
}

impl EndpointDocument {
    /// Describes an endpoint.
    pub fn of(source: &Source) -> Self {
        let endpoint = source.endpoint();
        let descriptor = endpoint.store.descriptor();
        let names = endpoint
            .layout
            .describe()
            .into_iter()
            .map(|(kind, names)| (kind.plural().to_owned(), names.into()));
        Self {
            endpoint: endpoint.label.clone(),
            backend: descriptor.backend.to_owned(),
            place: descriptor.place.clone(),
            actor: descriptor.actor.clone(),
            configured_by: endpoint.configured_by.clone(),
            airflow_version: endpoint.read_rules.version.text().to_owned(),
            names: Value::Object(names.collect()),
        }
    }
}

pub(crate) fn document(
    schema: &str,
    endpoints: &[EndpointDocument],
    summary: Value,
    entries: Vec<Value>,
) -> Value {
    let mut document = json!({ "schema": schema, "endpoints": endpoints });
    document["summary"] = summary;
    document["entries"] = entries.into();
    document
}

/// The entry that a row of a document is about, without its team; `None` if it is about none.
pub fn entry_of(row: &Value) -> Option<EntryId> {
    let kind = row["kind"].as_str()?;
    let kind = Kind::ALL.into_iter().find(|known| known.word() == kind)?;
    Some(EntryId::new(kind, row["id"].as_str()?))
}

pub(crate) fn entry(id: &EntryId) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("kind".into(), id.kind.word().into());
    entry.insert("id".into(), (*id.key).into());
    entry.insert("team".into(), id.team.as_deref().into());
    entry
}

pub(crate) fn name(name: Option<&SecretName>) -> Value {
    name.map(SecretName::as_str).into()
}

/// The document `airbridge.list/1`.
pub fn list_document(endpoint: &EndpointDocument, inventory: &Inventory) -> Value {
    let mut entries: Vec<(Option<EntryId>, Value)> = Vec::new();
    for found in &inventory.found {
        let mut row = entry(&found.id);
        row.insert("name".into(), name(Some(&found.header.name)));
        row.insert("status".into(), list_status(&found.header.state).into());
        entries.push((Some(found.id.clone()), row.into()));
    }
    for open in &inventory.ambiguous {
        let Some(first) = open.candidates.first() else { continue };
        let mut row = entry(first);
        row.insert("name".into(), name(Some(&open.header.name)));
        row.insert("status".into(), "ambiguous".into());
        let candidates: Vec<_> = open.candidates.iter().map(EntryId::to_string).collect();
        row.insert("candidates".into(), candidates.into());
        entries.push((Some(first.clone()), row.into()));
    }
    for header in &inventory.foreign {
        let row = json!({
            "kind": null, "id": null, "team": null, "name": header.name.as_str(), "status": "foreign",
        });
        entries.push((None, row));
    }
    // Foreign names come last.
    entries.sort_by(|(a, _), (b, _)| (a.is_none(), a).cmp(&(b.is_none(), b)));
    let summary = json!({
        "entries": inventory.found.len(),
        "ambiguous": inventory.ambiguous.len(),
        "foreign": inventory.foreign.len(),
    });
    let entries = entries.into_iter().map(|(_, row)| row).collect();
    document("airbridge.list/1", std::slice::from_ref(endpoint), summary, entries)
}

/// The status word of a listing.
fn list_status(state: &State) -> &'static str {
    match state {
        State::Disabled => "disabled",
        State::Deleted { .. } => "deleted",
        State::NoValue => "no-value",
        State::Binary => "binary",
        State::Masked { .. } => "masked",
        State::Damaged { .. } => "unreadable",
        State::Live => "ok",
    }
}

/// The document `airbridge.show/1`; `None` if the entry cannot be read. Secret fields are `"***"` and listed in `masked`,
/// unless `reveal` is set.
pub fn show_document(endpoint: &EndpointDocument, item: &Item, reveal: bool) -> Option<Value> {
    use airbridge_airflow::Reading;
    let View::Readable { reading, .. } = &item.view else { return None };
    let mut row = entry(&item.id);
    row.insert("name".into(), name(Some(&item.name)));
    let mut masked: Vec<String> = Vec::new();
    match reading {
        Reading::Connection { connection, .. } => {
            let mut fields = Map::new();
            for field in Field::ALL {
                let value = connection.get(field);
                let hide = !reveal && field.is_secret() && !value.is_null();
                if hide {
                    masked.push(field.name().to_owned());
                }
                fields.insert(field.name().into(), if hide { "***".into() } else { plain(value) });
            }
            row.insert("fields".into(), fields.into());
        }
        Reading::Value { value, .. } => {
            if !reveal {
                masked.push("value".to_owned());
            }
            row.insert("value".into(), if reveal { plain(value) } else { "***".into() });
        }
        Reading::Missing | Reading::Unreadable(_) => return None,
    }
    row.insert("masked".into(), masked.into());
    Some(document(
        "airbridge.show/1",
        std::slice::from_ref(endpoint),
        json!({ "entries": 1 }),
        vec![row.into()],
    ))
}

/// A value that the user asked to see. What JSON cannot express (`NaN`) becomes a string.
fn plain(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Number(text) => {
            serde_json::from_str(text.expose()).unwrap_or_else(|_| Value::String(text.expose().to_owned()))
        }
        Json::String(text) => text.expose().into(),
        Json::Array(items) => items.iter().map(plain).collect(),
        Json::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.to_owned(), plain(value))).collect())
        }
    }
}

/// What a plan and a report say about the target.
#[derive(Clone, Copy, Debug, Default)]
pub struct TargetFacts<'a> {
    /// How many of the selected entries only the target holds.
    pub only_in_target: usize,
    /// What new secrets get besides their value.
    pub new_secrets: &'a [NewSecretSetting],
    /// What writing will take. Only a plan says it.
    pub estimate: Option<&'a Estimate>,
}

/// The document `airbridge.plan/1`.
pub fn plan_document(endpoints: &[EndpointDocument], plan: &Plan, target: TargetFacts<'_>) -> Value {
    let entries = plan.steps.iter().map(|step| step_row(step).into()).collect();
    let summary = plan_summary(plan.summary(), target);
    let document = with_new_secrets(document("airbridge.plan/1", endpoints, summary, entries), target);
    before_entries(document, "estimate", json!(target.estimate))
}

/// The document `airbridge.saved-plan/1`: the plan, and with each entry what was seen of it. `airbridge apply` compares it with a
/// new plan.
pub fn saved_plan_document(endpoints: &[EndpointDocument], plan: &Plan, target: TargetFacts<'_>) -> Value {
    let side = |seen: &SideSeen| json!({ "version": version(seen.version.as_ref()), "mark": seen.mark });
    let row = |step: &Step| {
        let mut row = step_row(step);
        let seen = step.seen.as_deref().cloned().unwrap_or_default();
        row.insert("source_seen".into(), side(&seen.source));
        row.insert("target_seen".into(), side(&seen.target));
        row.into()
    };
    let entries = plan.steps.iter().map(|step| row(step)).collect();
    let summary = plan_summary(plan.summary(), target);
    with_new_secrets(document("airbridge.saved-plan/1", endpoints, summary, entries), target)
}

fn plan_summary(counts: Summary, target: TargetFacts<'_>) -> Value {
    json!({
        "create": counts.create, "replace": counts.replace, "restore": counts.restore, "delete": counts.delete,
        "keep": counts.keep, "skip": counts.skip, "refuse": counts.refuse,
        "only_in_target": target.only_in_target,
    })
}

fn with_new_secrets(document: Value, target: TargetFacts<'_>) -> Value {
    let row = |setting: &NewSecretSetting| json!({ "name": setting.name, "value": setting.value });
    before_entries(document, "new_secrets", target.new_secrets.iter().map(row).collect())
}

/// A document, with one more member.
pub fn with_member(document: Value, name: &str, value: Value) -> Value {
    before_entries(document, name, value)
}

/// Adds a member before `entries`, which come last: they may be many.
fn before_entries(mut document: Value, name: &str, value: Value) -> Value {
    if let Value::Object(members) = &mut document {
        let entries = members.shift_remove_entry("entries");
        members.insert(name.to_owned(), value);
        members.extend(entries);
    }
    document
}

fn step_row(step: &Step) -> Map<String, Value> {
    let mut row = entry(&step.id);
    row.insert("source_name".into(), name(Some(&step.source_name)));
    row.insert("target_name".into(), name(step.target_name.as_ref()));
    row.insert("action".into(), step.decision.word().into());
    row.insert("reason".into(), step.decision.reason().into());
    row.insert(
        "message".into(),
        if step.message.is_empty() { Value::Null } else { step.message.clone().into() },
    );
    let carried = step.decision.write().map(|write| if write.verbatim { "verbatim" } else { "re-encoded" });
    row.insert("carried".into(), carried.into());
    row.insert("losses".into(), step.losses.iter().map(|loss| loss.word()).collect());
    row.insert("flags".into(), step.flags.iter().map(|flag| flag.word()).collect());
    row.insert("fields".into(), field_names(&step.fields));
    let change = |change: &FieldChange| json!({ "field": change.field.name(), "before": change.before, "after": change.after });
    let changes = step.changes.as_deref();
    row.insert("changes".into(), changes.iter().flat_map(|changes| &changes.fields).map(change).collect());
    let extra_keys = changes.map(|changes| changes.extra_keys.clone()).unwrap_or_default();
    row.insert("extra_keys".into(), extra_keys.into());
    let ruled = step.ruled.as_ref();
    row.insert("rule".into(), ruled.map(|ruled| ruled.rule).into());
    let before = ruled.and_then(|ruled| ruled.renamed_from.as_ref()).map(EntryId::to_string);
    row.insert("renamed_from".into(), before.into());
    row.insert("set".into(), part_names(ruled.map(|ruled| &ruled.set)));
    row.insert("unset".into(), part_names(ruled.map(|ruled| &ruled.unset)));
    row.insert("not_carried".into(), step.not_carried.clone().into());
    row.insert("undo".into(), step.undo.map(UndoWith::word).into());
    row
}

fn field_names(fields: &[Field]) -> Value {
    fields.iter().map(|field| field.name()).collect()
}

/// Sorted by name.
fn part_names(parts: Option<&BTreeSet<Part>>) -> Value {
    let mut names: Vec<_> = parts.into_iter().flatten().map(Part::to_string).collect();
    names.sort();
    names.into()
}

/// The document `airbridge.report/1`: the rows of the plan, each with its outcome.
pub fn report_document(
    endpoints: &[EndpointDocument],
    finished: &[FinishedStep],
    target: TargetFacts<'_>,
) -> Value {
    let mut summary =
        plan_summary(Summary::of(finished.iter().map(|finished| finished.step.as_ref())), target);
    for word in ["done", "unchanged", "failed", "not-tried", "verified", "unverifiable", "differs"] {
        summary[word] = finished.iter().filter(|finished| finished.outcome.word() == word).count().into();
    }
    let entries = finished.iter().map(|finished| {
        let mut row = step_row(&finished.step);
        row.insert("outcome".into(), finished.outcome.word().into());
        let hidden = match &finished.outcome {
            StepResult::Unverifiable(parts) => parts.iter().map(Part::to_string).collect(),
            _ => Vec::new(),
        };
        row.insert("unverified".into(), hidden.into());
        let error = match &finished.outcome {
            StepResult::Failed(error) => error_value(error),
            _ => Value::Null,
        };
        row.insert("error".into(), error);
        row.insert("version_before".into(), version(finished.step.decision.expect()));
        row.insert("version_after".into(), version(finished.version.as_ref()));
        row.into()
    });
    with_new_secrets(document("airbridge.report/1", endpoints, summary, entries.collect()), target)
}

fn version(version: Option<&Version>) -> Value {
    version.map(Version::as_str).into()
}

fn error_value(error: &Error) -> Value {
    json!({ "code": error.kind().word(), "message": error.to_string(), "hint": error.hint() })
}

/// The document `airbridge.diff/1`.
pub fn diff_document(endpoints: &[EndpointDocument], compared: usize, entries: &[DiffEntry]) -> Value {
    let mut summary = json!({ "compared": compared });
    for word in ["only-in-a", "only-in-b", "differs", "spelling", "unreadable"] {
        summary[word] = entries.iter().filter(|entry| entry.difference.word() == word).count().into();
    }
    let rows = entries.iter().map(|difference| {
        let mut row = entry(&difference.id);
        row.insert("name_a".into(), name(difference.names[0].as_ref()));
        row.insert("name_b".into(), name(difference.names[1].as_ref()));
        row.insert("difference".into(), difference.difference.word().into());
        row.insert("fields".into(), field_names(&difference.fields));
        row.insert("extra_keys".into(), difference.extra_keys.clone().into());
        row.insert("message".into(), difference.message.clone().into());
        row.into()
    });
    document("airbridge.diff/1", endpoints, summary, rows.collect())
}

/// A document, with the warnings of the run.
pub fn with_warnings(document: Value, warnings: &[Warning]) -> Value {
    let row = |warning: &Warning| json!({ "code": warning.code.word(), "message": warning.message, "hint": warning.hint });
    before_entries(document, "warnings", warnings.iter().map(row).collect())
}

/// A document, with what ended the run before its end.
pub fn with_error(mut document: Value, code: &str, message: &str, hint: Option<&str>) -> Value {
    if let Value::Object(members) = &mut document {
        // Entries come last: they may be many.
        let entries = members.shift_remove_entry("entries");
        members.insert("error".to_owned(), json!({ "code": code, "message": message, "hint": hint }));
        members.extend(entries);
    }
    document
}

/// The document of a run that fails before it has entries.
pub fn error_document(schema: &str, code: &str, message: &str, hint: Option<&str>) -> Value {
    json!({ "schema": schema, "error": { "code": code, "message": message, "hint": hint } })
}
