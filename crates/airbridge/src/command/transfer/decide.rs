//! From two open endpoints to a plan. Everything is read here; nothing is written.

use std::collections::BTreeSet;

use airbridge_airflow::{Dialect, EntryId};
use airbridge_core::{Edit, SecretName, Warning, WarningCode};
use airbridge_endpoints::{Access, Exposure};
use airbridge_engine::{
    self as engine, Decision, Evidence, Flag, Found, Inventory, Keep, NothingAtSource, Plan, Policy, Rules,
    SamePlace, Selection, Side, Snapshot, Source, Survey,
};

use super::job::Job;
use super::target::OpenTarget;
use crate::command::session::{Session, selection};
use crate::failure::{Failure, Outcome};
use crate::output::style::{count, kind_count};

/// The plan, and what it does to other entries of a target file.
pub(in crate::command) struct Decided {
    pub(in crate::command) plan: Plan,
    /// Entries of the target file that the plan does not change, but whose spelling the file cannot keep.
    pub(in crate::command) reformatted: Vec<SecretName>,
}

/// Reads both endpoints and plans.
pub(super) async fn decide(
    session: &Session,
    job: &Job,
    rules: &Rules,
    given: BTreeSet<EntryId>,
    source: &Source,
    target: &OpenTarget,
    policy: &Policy,
) -> Outcome<Decided> {
    let asked = selection(&job.select)?;
    let selection = narrowed(&asked, job, target)?;
    let (from, to) = (source, target.source());
    refuse_to_prune(job, from)?;
    let team = from.endpoint().layout.team();
    let evidence = Evidence { given, named: rules.named(team), ..Evidence::default() };
    let Survey { source: inventory, target: at_target, target_listing } =
        engine::survey(from, Some(to), asked.kinds(), &evidence, &session.progress).await?;
    session.check_not_empty(job.select.caution, source, asked.kinds(), &inventory)?;
    if !inventory.foreign.is_empty() && session.screen.verbose {
        let names = count(inventory.foreign.len(), "name", "names");
        let label = &from.endpoint().label;
        session.screen.aside(&format!("{names} at {label} that Airflow would never ask for"));
    }
    print_left_out(session, target, &asked, &selection, &inventory);
    let with_rules = job.rules.as_deref().map(|path| (rules, path));
    // With --prune, what only the target has is selected, too.
    let selected_from: &[&Inventory] =
        if job.max_delete.is_some() { &[&inventory, &at_target] } else { &[&inventory] };
    session.check_patterns(&job.select, &selection, with_rules, selected_from)?;
    let at_source: Vec<_> = inventory.found.iter().map(|found| found.id.clone()).collect();
    let listed = job.max_delete.map(|_| inventory.clone());
    let progress = &session.progress;
    let wanted =
        engine::ruled_snapshot(rules, from, Side::Source, inventory, &selection, Keep::Payloads, progress)
            .await?;
    session.warn_of_ignored(from, &wanted.items, "not copied");
    let lacking = match &listed {
        Some(listed) => lacking(&at_target, listed, &wanted, &selection, to)?,
        None => Vec::new(),
    };
    // What a listing shows may be large, and from here on only the names count.
    let at_target = at_target.into_names();
    let wanted_ids = wanted.items.iter().map(|item| &item.id).chain(lacking.iter().map(|found| &found.id));
    let keep = if job.backup.is_some() { Keep::Payloads } else { Keep::Readings };
    let mut existing = engine::read_existing(to, target_listing, wanted_ids, keep, &session.progress).await?;
    let mut plan = engine::plan(from, to, wanted, &existing, policy).map_err(|SamePlace(place)| {
        Failure::refused(format!("source and target are the same: {place}"))
            .hint("use another place or prefix for one of them, or --rules with renames")
    })?;
    plan.count_only_in_target(&at_source, &at_target, &selection, to);
    plan.delete(&lacking, &existing, to, policy);
    plan.mark_undo(to, &mut existing, job.backup.is_some());
    // The plan has what it needs of it, and it may be large.
    drop(existing);
    let reformatted =
        if job.access == Access::Write { mark_reformatted(&mut plan, target)? } else { Vec::new() };
    probe(session, &plan, target)?;
    Ok(Decided { plan, reformatted })
}

/// Refuses `--prune` with a source that lists only what it was asked for.
fn refuse_to_prune(job: &Job, source: &Source) -> Outcome<()> {
    if job.max_delete.is_some() && source.endpoint().read_rules.dialect == Dialect::Probe {
        let message =
            "a probe holds only the entries that it was asked for, so --prune would delete all others";
        return Err(Failure::refused(format!("{message}; nothing was written"))
            .hint("remove --prune, or use the source that Airflow reads, such as airflow-db: or vault:"));
    }
    Ok(())
}

/// The entries that only the target has, to be deleted.
fn lacking(
    at_target: &Inventory,
    at_source: &Inventory,
    wanted: &Snapshot,
    selection: &Selection,
    target: &Source,
) -> Outcome<Vec<Found>> {
    let renamed: Vec<EntryId> = wanted.items.iter().map(|item| item.id.clone()).collect();
    at_target.lacking(at_source, &renamed, selection, target).map_err(|NothingAtSource(kind)| {
        let kind = kind.plural();
        Failure::refused(format!(
            "the source lists no {kind}, and --prune would delete those of the target; nothing was written"
        ))
        .hint(format!(
            "check the region, the prefix and the permissions of the source, or leave {kind} out with --only"
        ))
    })
}

/// The selection; in an export without the kinds that the format cannot hold.
fn narrowed(asked: &Selection, job: &Job, target: &OpenTarget) -> Outcome<Selection> {
    if !matches!(job.access, Access::Create { .. }) {
        return Ok(asked.clone());
    }
    let layout = &target.endpoint().layout;
    let narrowed = asked.narrowed(|kind| layout.holds(kind));
    if narrowed.kinds().is_empty() {
        let left: Vec<_> = asked.kinds().iter().map(|kind| kind.plural()).collect();
        return Err(Failure::refused(format!(
            "{} cannot hold {}",
            target.endpoint().label,
            left.join(" or ")
        ))
        .hint("use another format, or another --only"));
    }
    Ok(narrowed)
}

/// Counts the entries that an export leaves out because its format cannot hold their kind.
fn print_left_out(
    session: &Session,
    target: &OpenTarget,
    asked: &Selection,
    taken: &Selection,
    inventory: &Inventory,
) {
    let left = asked.kinds().iter().filter(|kind| !taken.kinds().contains(kind));
    let counts: Vec<_> = left
        .map(|kind| {
            (
                kind,
                inventory
                    .found
                    .iter()
                    .filter(|found| found.id.kind == *kind && asked.takes(&found.id))
                    .count(),
            )
        })
        .filter(|(_, number)| *number > 0)
        .map(|(kind, number)| kind_count(*kind, number))
        .collect();
    if !counts.is_empty() {
        let message =
            format!("left out: {}, which {} cannot hold", counts.join(", "), target.endpoint().label);
        session.screen.warn(Warning::new(WarningCode::KindLeftOut, message));
    }
}

/// Finds what would keep the writes of the plan out of a target file, and who else can use that file.
pub(in crate::command) fn probe(session: &Session, plan: &Plan, target: &OpenTarget) -> Outcome<()> {
    let Some(files) = &target.files else { return Ok(()) };
    let written = plan.steps.iter().filter(|step| step.decision.is_change());
    for exposure in files.probe(written.filter_map(|step| step.target_name.as_ref()))? {
        match exposure {
            Exposure::Foreign(path, owner) => {
                let path = path.display();
                return Err(Failure::refused(format!(
                    "{path} belongs to another user (id {owner}), who could read what is written into it"
                ))
                .hint("name another file, or run as its owner"));
            }
            Exposure::Shared(path) => {
                let message = format!("{}: other users can read or change the target file", path.display());
                session.screen.warn(
                    Warning::new(WarningCode::SharedTarget, message).with_hint("run chmod 600 on the file"),
                );
            }
        }
    }
    Ok(())
}

/// Asks a target file what the writes of the plan do to its other entries.
pub(in crate::command) fn mark_reformatted(plan: &mut Plan, target: &OpenTarget) -> Outcome<Vec<SecretName>> {
    let Some(files) = &target.files else { return Ok(Vec::new()) };
    let edits: Vec<Edit<'_>> = plan
        .steps
        .iter()
        .filter_map(|step| {
            let payload = match &step.decision {
                Decision::Delete(_) => None,
                decision => Some(decision.write()?.payload.as_ref()?),
            };
            Some(Edit { name: step.target_name.as_ref()?, payload, metadata: None })
        })
        .collect();
    if edits.is_empty() {
        return Ok(Vec::new());
    }
    let names = files.reformatted(&edits)?;
    for step in &mut plan.steps {
        if step.target_name.as_ref().is_some_and(|name| names.contains(name)) {
            step.flags.insert(Flag::Reformatted);
        }
    }
    Ok(names)
}
