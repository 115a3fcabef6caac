//! The adapter as source and target of a copy. An endpoint adds the layout of names and the dialect of values to a store.

#![expect(clippy::unwrap_used, reason = "a failure ends the test")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use airbridge_airflow::{AirflowVersion, Dialect, Layout, PerKind, Prefix, ReadRules, Scheme, Spelling};
use airbridge_core::{MemoryStore, SecretStore};
use airbridge_engine::{
    Endpoint, Evidence, Extent, Interrupt, Keep, Losses, OnConflict, Plan, Policy, Quiet, ReadBack,
    Selection, Side, Source, StepResult, Target, apply, list, plan, read_existing, resolve_names, snapshot,
    verify,
};
use airbridge_example_backend::FolderStore;

/// A store whose names are those of Google Secret Manager: `airflow-connections-ID`.
fn endpoint(store: Arc<dyn SecretStore>) -> Endpoint {
    let prefixes =
        PerKind { connections: Prefix::Default, variables: Prefix::Default, config: Prefix::Default };
    let scheme = Scheme::GcpSecretManager { prefixes, sep: None };
    let version = AirflowVersion::default();
    Endpoint {
        label: store.descriptor().place.clone(),
        layout: Layout::new(&scheme, version, None).unwrap(),
        read_rules: ReadRules { dialect: Dialect::Text, version },
        metadata: false,
        named_kinds: Vec::new(),
        configured_by: None,
        new_secrets: Vec::new(),
        usual_losses: Vec::new(),
        store,
    }
}

async fn decide(from: &Source, to: &Source) -> Plan {
    let selection = Selection::everything();
    let kinds = selection.kinds();
    let listed = list(from, Side::Source, kinds, Extent::Entries, &Quiet).await.unwrap();
    let there = list(to, Side::Target, kinds, Extent::Entries, &Quiet).await.unwrap();
    let inventory = resolve_names(from, &listed, kinds, &Evidence::default());
    let wanted = snapshot(from, Side::Source, inventory, &selection, Keep::Payloads, &Quiet).await.unwrap();
    let ids = wanted.items.iter().map(|item| &item.id);
    let existing = read_existing(to, there, ids, Keep::Readings, &Quiet).await.unwrap();
    let policy = Policy {
        on_conflict: OnConflict::Fail,
        allowed: BTreeSet::new(),
        losses: Losses::Refuse,
        spelling: Spelling::Keep,
        ..Policy::default()
    };
    plan(from, to, wanted, &existing, &policy).unwrap()
}

/// Copies everything. Returns how many entries were written and verified.
async fn copy(from: Arc<dyn SecretStore>, to: Arc<dyn SecretStore>) -> usize {
    let (from, to) = (Source::new(endpoint(from)), Target::new(endpoint(to)));
    let plan = decide(&from, to.source()).await;
    let interrupt = Interrupt::default();
    let mut settled = apply(plan, &to, ReadBack::WhileWriting, &interrupt, &Quiet).await;
    verify(&mut settled, &to, &interrupt, &Quiet).await.unwrap();
    settled.iter().filter(|settled| settled.outcome == StepResult::Verified).count()
}

fn open(folder: &Path) -> Arc<dyn SecretStore> {
    Arc::new(FolderStore::open(folder).unwrap())
}

#[tokio::test]
async fn copy_between_folders_carries_every_entry_and_a_second_copy_writes_nothing() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(old.path().join("airflow-connections-db"), "postgres://u:p@h/s").unwrap();
    fs::write(old.path().join("airflow-variables-key"), " text\n").unwrap();
    fs::write(old.path().join("unrelated"), "x").unwrap();
    let between: Arc<dyn SecretStore> = Arc::new(MemoryStore::new("memory", 10.try_into().unwrap()));
    for written in [2, 0] {
        assert_eq!(copy(open(old.path()), Arc::clone(&between)).await, written);
        assert_eq!(copy(Arc::clone(&between), open(new.path())).await, written);
    }
    let copied = new.path().join("airflow-variables-key");
    assert_eq!(fs::read_to_string(&copied).unwrap(), " text\n");
    assert_eq!(fs::metadata(copied).unwrap().permissions().mode() & 0o777, 0o600);
    let mut names: Vec<_> = fs::read_dir(new.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["airflow-connections-db", "airflow-variables-key"], "no temporary file is left");
}

#[tokio::test]
async fn mounted_folder_is_read_through_links_without_folders_and_binary_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("..data");
    fs::create_dir(&data).unwrap();
    fs::create_dir(folder.path().join("airflow-variables-folder")).unwrap();
    fs::write(data.join("key"), "v").unwrap();
    symlink(data.join("key"), folder.path().join("airflow-variables-key")).unwrap();
    fs::write(folder.path().join("airflow-variables-bytes"), b"\xff").unwrap();
    let memory = Arc::new(MemoryStore::new("memory", 10.try_into().unwrap()));
    let plan = decide(&Source::new(endpoint(open(folder.path()))), &Source::new(endpoint(memory))).await;
    let steps: Vec<_> = plan.steps.iter().map(|step| (&*step.id.key, step.decision.word())).collect();
    assert_eq!(steps, [("bytes", "skip"), ("key", "create")]);
}

#[test]
fn missing_folder_is_an_error_with_its_path() {
    let error = FolderStore::open(Path::new("/nowhere/at/all")).unwrap_err();
    assert!(error.to_string().contains("no such folder: /nowhere/at/all"), "{error}");
}
