//! From two endpoints to a plan: everything is read here, nothing is written.

use std::collections::BTreeSet;

use airbridge_airflow::{Kind, Loss, Spelling};
use airbridge_core::{Edit, SecretName};
use airbridge_engine::{
    self as engine, Evidence, Flag, Inventory, Losses, OnConflict, Plan, Policy, Rules, SamePlace, Selection,
    Side, Source,
};

use super::Job;
use super::execute::Reached;
use crate::cli::{CarryOptions, ConflictWord, LossWord, ValueFormat};
use crate::command::session::{Session, ids, selection, warn_if_empty};
use crate::endpoint::Access;
use crate::failure::{Failure, Outcome, nearest};
use crate::output::style::{count, kind_count, plain};

/// The plan, and what the target could hold of it.
pub(super) struct Decided {
    pub(super) plan: Plan,
    /// Entries of the target file that nobody asked to change, and whose spelling cannot be kept.
    pub(super) reformatted: Vec<SecretName>,
}

/// Reads both endpoints and plans.
pub(super) async fn decide(
    session: &Session,
    job: &Job,
    rules: &Rules,
    source: &Source,
    target: &Reached,
    policy: &Policy,
) -> Outcome<Decided> {
    let asked = selection(&job.select)?;
    let selection = narrowed(&asked, job, target)?;
    let given = ids(&job.select)?;
    let kinds = asked.kinds();
    let (from, to) = (source, target.target.source());
    let (listed, there) = futures::try_join!(
        engine::list(from, Side::Source, kinds, &session.progress),
        engine::list(to, Side::Target, kinds, &session.progress),
    )?;
    let known = Evidence { given: given.clone(), ..Evidence::default() };
    let elsewhere = engine::resolve_names(to, &there, kinds, &known).certain().cloned().collect();
    let evidence = Evidence { given, named: rules.named(from.endpoint().layout.team()), elsewhere };
    let inventory = engine::resolve_names(from, &listed, kinds, &evidence);
    warn_if_empty(&session.screen, source, inventory.found.is_empty() && inventory.ambiguous.is_empty());
    if !inventory.foreign.is_empty() && session.screen.verbose {
        let names = count(inventory.foreign.len(), "name", "names");
        session.screen.aside(&format!("{names} at {} that Airflow would not ask for", from.endpoint().label));
    }
    say_left_out(session, target, &asked, &selection, &inventory);
    session.warn_of_idle(job.rules.as_deref(), &rules.idle(&inventory, &selection));
    let progress = &session.progress;
    let wanted = engine::ruled_snapshot(rules, from, Side::Source, inventory, &selection, progress).await?;
    let wanted_ids = wanted.items.iter().map(|item| &item.id);
    let existing = engine::read_existing(to, &there, wanted_ids, &session.progress).await?;
    let mut plan = engine::plan(from, to, &wanted, &existing, policy).map_err(|SamePlace(place)| {
        Failure::refused(format!("source and target are the same: {place}"))
            .hint("give one of them another place or prefix")
    })?;
    let reformatted =
        if job.role == Access::Write { mark_reformatted(&mut plan, target)? } else { Vec::new() };
    Ok(Decided { plan, reformatted })
}

/// What is selected; of an export, what its format can hold.
fn narrowed(asked: &Selection, job: &Job, target: &Reached) -> Outcome<Selection> {
    if !matches!(job.role, Access::Create { .. }) {
        return Ok(asked.clone());
    }
    let layout = &target.endpoint().layout;
    let narrowed = asked.narrowed(|kind| layout.holds(kind));
    if narrowed.kinds().is_empty() {
        let left: Vec<_> = asked.kinds().iter().map(|kind| kind.plural()).collect();
        return Err(Failure::refused(format!(
            "{} can hold no {}",
            target.endpoint().label,
            left.join(" or ")
        ))
        .hint("take another format, or another --only"));
    }
    Ok(narrowed)
}

/// Counts the entries that an export leaves out because its format holds no such kind.
fn say_left_out(
    session: &Session,
    target: &Reached,
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
        session.screen.aside(&format!(
            "left out: {}, which {} cannot hold",
            counts.join(", "),
            target.endpoint().label
        ));
    }
}

/// Asks a target file what writing into it would do to its other entries.
fn mark_reformatted(plan: &mut Plan, target: &Reached) -> Outcome<Vec<SecretName>> {
    let Some(files) = &target.files else { return Ok(Vec::new()) };
    let edits: Vec<Edit<'_>> = plan
        .steps
        .iter()
        .filter_map(|step| {
            let payload = Some(&step.decision.write()?.payload);
            Some(Edit { name: step.target_name.as_ref()?, payload })
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

/// What the user allows. `ask` says that losses will be named in a question.
pub(super) fn policy(options: &CarryOptions, configured: &[String], ask: bool) -> Outcome<Policy> {
    let mut allowed: BTreeSet<Loss> = options
        .allow_loss
        .iter()
        .map(|word| match word {
            LossWord::Description => Loss::Description,
            LossWord::ConnTypeSpelling => Loss::ConnTypeSpelling,
            LossWord::AbsentVsEmpty => Loss::AbsentVsEmpty,
        })
        .collect();
    for word in configured {
        let loss = Loss::ALL.into_iter().find(|loss| loss.word() == word).ok_or_else(|| {
            let words = Loss::ALL.map(Loss::word);
            let near =
                nearest(word, words).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            Failure::configuration(format!("`allow_loss` knows no word `{}`", plain(word)))
                .hint(format!("{near}words: {}", words.join(", ")))
        })?;
        allowed.insert(loss);
    }
    Ok(Policy {
        on_conflict: match options.on_conflict {
            ConflictWord::Fail => OnConflict::Fail,
            ConflictWord::Skip => OnConflict::Skip,
            ConflictWord::Overwrite => OnConflict::Overwrite,
        },
        allowed,
        losses: if ask { Losses::Ask } else { Losses::Refuse },
        spelling: match options.value_format {
            ValueFormat::Keep => Spelling::Keep,
            ValueFormat::Json => Spelling::Json,
            ValueFormat::Uri => Spelling::Uri,
            ValueFormat::Fields => Spelling::Fields,
        },
    })
}

/// The kinds among `kinds` that a target holds, for hints.
pub(super) fn held(target: &Reached, selection: &[Kind]) -> Vec<Kind> {
    target.endpoint().held(selection)
}
