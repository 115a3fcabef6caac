//! For any entries before and after: a copy that was made leaves nothing to do, and its undo leaves what was there before.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use airbridge_core::{
    Action, Change, Content, MemoryStore, NamePrefix, Payload, Read, SecretName, SecretStore, SecretStoreExt,
    State,
};
use airbridge_engine::{
    Backup, Decision, Endpoint, Evidence, Extent, FinishedStep, Interrupt, Keep, PastAction, PastChange,
    Plan, Quiet, ReadBack, Selection, Side, Source, StepResult, Target, UndoWith, apply, list, plan,
    read_existing, read_past, resolve_names, snapshot, undo, verify,
};
use proptest::collection::btree_map;
use proptest::prelude::*;

use super::{aws, overwrite};

type Entries = BTreeMap<String, String>;

fn store(place: &str, keeps_deleted: bool) -> Arc<dyn SecretStore> {
    let store = MemoryStore::new(place, NonZeroUsize::new(3).unwrap());
    if keeps_deleted { Arc::new(store.keeping_deleted()) } else { Arc::new(store) }
}

async fn fill(store: &Arc<dyn SecretStore>, entries: &Entries) {
    for (key, value) in entries {
        let action = Action::Create(Payload::text(value.as_str()));
        let change = Change::new(SecretName::new(format!("airflow/variables/{key}")), action);
        store.write_each(&[change]).await.remove(0).unwrap();
    }
}

/// What is there, without what is deleted.
async fn held(store: &Arc<dyn SecretStore>) -> Entries {
    let headers = store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap();
    let mut entries = Entries::new();
    for header in headers.into_iter().filter(|header| header.state == State::Live) {
        let found = store.read_all(&[Read::current(header.name.clone())], &|_| ()).await.unwrap().remove(0);
        let Content::Payload(Payload::Text(text)) = found.unwrap().unwrap().content else {
            panic!("no text")
        };
        let key = header.name.as_str().strip_prefix("airflow/variables/").unwrap();
        entries.insert(key.to_owned(), text.expose().to_owned());
    }
    entries
}

/// The plan of a copy that also deletes what only the target has, with former values for a backup.
async fn planned(source: &Endpoint, target: &Endpoint) -> Plan {
    let (source, target) = (&Source::new(source.clone()), &Source::new(target.clone()));
    let (selection, policy) = (Selection::everything(), overwrite());
    let listed = list(source, Side::Source, selection.kinds(), Extent::Entries, &Quiet).await.unwrap();
    let inventory = resolve_names(source, &listed, selection.kinds(), &Evidence::default());
    let there = list(target, Side::Target, selection.kinds(), Extent::Entries, &Quiet).await.unwrap();
    let at_target = resolve_names(target, &there, selection.kinds(), &Evidence::default());
    let lacking = at_target.lacking(&inventory, &[], &selection, target).unwrap();
    let wanted = snapshot(source, Side::Source, inventory, &selection, Keep::Payloads, &Quiet).await.unwrap();
    let ids: Vec<_> = wanted.items.iter().map(|item| item.id.clone()).collect();
    let ids = ids.iter().chain(lacking.iter().map(|found| &found.id));
    let mut existing = read_existing(target, there, ids, Keep::Payloads, &Quiet).await.unwrap();
    let policy = airbridge_engine::Policy { restore_deleted: true, ..policy };
    let mut plan = plan(source, target, wanted, &existing, &policy).unwrap();
    plan.delete(&lacking, &existing, target, &policy);
    plan.mark_undo(target, &mut existing, true);
    plan
}

async fn executed(plan: Plan, target: &Endpoint) -> Vec<FinishedStep> {
    let target = Target::new(target.clone());
    let mut finished = apply(plan, &target, ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
    verify(&mut finished, &target, &Interrupt::default(), &Quiet).await.unwrap();
    for step in &finished {
        let fine = matches!(step.outcome, StepResult::Verified | StepResult::Unchanged);
        assert!(fine, "{}: {:?}", step.step.id, step.outcome);
    }
    finished
}

/// What a record of the run says.
fn recorded(finished: &[FinishedStep]) -> Vec<PastChange> {
    let change = |finished: &FinishedStep| {
        let step = &finished.step;
        let action = match step.decision {
            Decision::Create(_) => PastAction::Create,
            Decision::Replace(_) => PastAction::Replace,
            Decision::Restore(_) => PastAction::Restore,
            Decision::Delete(_) => PastAction::Delete,
            _ => return None,
        };
        Some(PastChange {
            id: step.id.clone(),
            name: step.target_name.clone()?,
            action,
            before: step.decision.expect().cloned(),
            after: finished.version.clone(),
            token: None,
            is_certain: true,
        })
    };
    finished.iter().filter_map(change).collect()
}

async fn undone(changes: &[PastChange], backup: &Backup, target: &Endpoint) -> Plan {
    let source = Source::new(target.clone());
    let past = read_past(&source, changes, &Quiet).await.unwrap();
    undo(&source, changes, &past, backup)
}

async fn copy_and_undo(before: &Entries, after: &Entries, keeps_deleted: bool) {
    let (from, to) = (store("source", false), store("target", keeps_deleted));
    fill(&from, after).await;
    fill(&to, before).await;
    let (source, target) = (aws(&from), aws(&to));
    let mut plan = planned(&source, &target).await;
    let kept = if keeps_deleted { UndoWith::Version } else { UndoWith::Backup };
    for step in &plan.steps {
        let expected = match step.decision {
            Decision::Create(_) | Decision::Replace(_) => Some(UndoWith::Version),
            Decision::Delete(_) => Some(kept),
            _ => None,
        };
        assert_eq!(step.undo, expected, "{}", step.id);
    }
    let backup = plan.take_backup();
    let finished = executed(plan, &target).await;
    assert_eq!(held(&to).await, *after);
    assert!(!planned(&source, &target).await.changes(), "a copy that was made leaves nothing to do");

    let changes = recorded(&finished);
    let way_back = undone(&changes, &backup, &target).await;
    executed(way_back, &target).await;
    assert_eq!(held(&to).await, *before);
    assert!(
        !undone(&changes, &backup, &target).await.changes(),
        "an undo that was made leaves nothing to do"
    );
}

fn entries() -> impl Strategy<Value = Entries> {
    // Few keys, so that both sides share some.
    btree_map("[a-e]", "[xyz]{1,2}", 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undo_of_a_copy_leaves_what_was_there_before(before in entries(), after in entries(), keeps_deleted: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(copy_and_undo(&before, &after, keeps_deleted));
    }

    #[test]
    fn undo_changes_nothing_that_was_changed_after_the_run(before in entries(), after in entries(), changed in "[a-e]") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (from, to) = (store("source", false), store("target", false));
            fill(&from, &after).await;
            fill(&to, &before).await;
            let (source, target) = (aws(&from), aws(&to));
            let mut plan = planned(&source, &target).await;
            let backup = plan.take_backup();
            let changes = recorded(&executed(plan, &target).await);
            // Someone writes another value, or creates the entry again.
            let name = SecretName::new(format!("airflow/variables/{changed}"));
            let payload = Payload::text("by hand");
            let action = if after.contains_key(&changed) {
                Action::Replace { payload, expect: None }
            } else {
                Action::Create(payload)
            };
            to.write_each(&[Change::new(name, action)]).await.remove(0).unwrap();
            let way_back = undone(&changes, &backup, &target).await;
            for step in way_back.steps.iter().filter(|step| *step.id.key == changed) {
                assert_eq!(step.decision.reason(), Some("changed-since"));
            }
            executed(way_back_without_refused(way_back), &target).await;
            assert_eq!(held(&to).await.get(&changed).map(String::as_str), Some("by hand"));
        });
    }
}

fn way_back_without_refused(mut plan: Plan) -> Plan {
    plan.steps.retain(|step| !matches!(step.decision, Decision::Refuse(_)));
    plan
}
