//! The whole pipeline on stores in memory: what is planned and what is written.

#![cfg(test)]

#[path = "pipeline/dashed.rs"]
mod dashed;
#[path = "pipeline/estimated.rs"]
mod estimated;
#[path = "pipeline/faults.rs"]
mod faults;
#[path = "pipeline/metadata.rs"]
mod metadata;
#[path = "pipeline/ruled.rs"]
mod ruled;
#[path = "pipeline/undone.rs"]
mod undone;
#[path = "pipeline/used.rs"]
mod used;
#[path = "pipeline/written.rs"]
mod written;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use airbridge_airflow::{
    AirflowVersion, Dialect, EntryId, Kind, Layout, Loss, PerKind, Prefix, ReadRules, Reading, Scheme,
};
use airbridge_conformance::{Fault, Faulty};
use airbridge_core::{
    Action, Change, Error, ErrorKind, Fields, Json, MemoryStore, Operation, Payload, Read, SecretName,
    SecretStore, SecretStoreExt, Version,
};
use airbridge_engine::{
    Decision, Difference, Endpoint, Evidence, Extent, FinishedStep, Interrupt, Keep, OnConflict, Plan,
    Policy, Quiet, ReadBack, SamePlace, Selection, Side, Source, StepResult, Target, apply, diff, list, plan,
    read_existing, resolve_names, snapshot, verify,
};

const POSTGRES: &str = r#"{"conn_type": "postgres", "host": "Db.example.test", "port": 5432}"#;

fn memory(place: &str) -> Arc<dyn SecretStore> {
    Arc::new(MemoryStore::new(place, NonZeroUsize::new(3).unwrap()))
}

fn scheme(name: &str) -> Scheme {
    let prefixes = PerKind::default();
    match name {
        "aws_secrets_manager" => {
            Scheme::AwsSecretsManager { prefixes, sep: None, lookup: PerKind::default() }
        }
        "azure_key_vault" => Scheme::AzureKeyVault { prefixes, sep: None },
        "vault" => Scheme::Vault {
            paths: PerKind::default(),
            mount_point: Prefix::Default,
            global_secrets_path: None,
            use_team_secrets_path: None,
        },
        other => panic!("no backend class {other}"),
    }
}

fn endpoint(store: &Arc<dyn SecretStore>, scheme: &Scheme, dialect: Dialect) -> Endpoint {
    let version = AirflowVersion::V3_3;
    let layout = Layout::new(scheme, version, None).unwrap();
    Endpoint {
        label: "memory".to_owned(),
        store: Arc::clone(store),
        layout,
        read_rules: ReadRules { dialect, version },
        metadata: false,
        named_kinds: Vec::new(),
        configured_by: None,
        new_secrets: Vec::new(),
        usual_losses: Vec::new(),
    }
}

fn aws(store: &Arc<dyn SecretStore>) -> Endpoint {
    let dialect = Dialect::SecretsManager { extra_conn_words: Vec::new() };
    endpoint(store, &scheme("aws_secrets_manager"), dialect)
}

fn vault(store: &Arc<dyn SecretStore>) -> Endpoint {
    endpoint(store, &scheme("vault"), Dialect::Vault)
}

/// The read side of an endpoint.
fn read_side(endpoint: &Endpoint) -> Source {
    Source::new(endpoint.clone())
}

async fn put(store: &Arc<dyn SecretStore>, name: &str, payload: Payload) {
    let change = Change::new(SecretName::new(name), Action::Create(payload));
    store.write_each(&[change]).await.remove(0).unwrap();
}

async fn versions(store: &Arc<dyn SecretStore>, name: &str) -> usize {
    let found =
        store.read_all(&[Read::current(SecretName::new(name))], &|_| ()).await.unwrap().remove(0).unwrap();
    found.and_then(|stored| stored.version).map_or(0, |version| version.as_str().parse().unwrap())
}

async fn planned(source: &Endpoint, target: &Endpoint, policy: &Policy) -> Result<Plan, SamePlace> {
    let (source, target) = (&read_side(source), &read_side(target));
    let selection = Selection::everything();
    let listing = list(source, Side::Source, selection.kinds(), Extent::Entries, &Quiet).await.unwrap();
    let inventory = resolve_names(source, &listing, selection.kinds(), &Evidence::default());
    let wanted = snapshot(source, Side::Source, inventory, &selection, Keep::Payloads, &Quiet).await.unwrap();
    let there = list(target, Side::Target, selection.kinds(), Extent::Entries, &Quiet).await.unwrap();
    let ids: Vec<&EntryId> = wanted.items.iter().map(|item| &item.id).collect();
    let existing = read_existing(target, there, ids.into_iter(), Keep::Readings, &Quiet).await.unwrap();
    plan(source, target, wanted, &existing, policy)
}

async fn copied(source: &Endpoint, target: Endpoint, policy: &Policy) -> Vec<FinishedStep> {
    let plan = planned(source, &target, policy).await.unwrap();
    let target = Target::new(target);
    let mut finished = apply(plan, &target, ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
    verify(&mut finished, &target, &Interrupt::default(), &Quiet).await.unwrap();
    finished
}

fn decisions(plan: &Plan) -> Vec<(String, &'static str, Option<&'static str>)> {
    plan.steps
        .iter()
        .map(|step| (step.id.to_string(), step.decision.word(), step.decision.reason()))
        .collect()
}

fn outcomes(finished: &[FinishedStep]) -> Vec<&'static str> {
    finished.iter().map(|finished| finished.outcome.word()).collect()
}

fn overwrite() -> Policy {
    Policy { on_conflict: OnConflict::Overwrite, ..Policy::default() }
}

#[tokio::test]
async fn second_copy_plans_nothing() {
    let (old, new) = (memory("old"), memory("new"));
    for number in 0..7 {
        put(&old, &format!("airflow/connections/c{number}"), Payload::text(POSTGRES)).await;
    }
    put(&old, "airflow/variables/v", Payload::text(" text\n")).await;
    put(&old, "unrelated", Payload::text("x")).await;
    let finished = copied(&aws(&old), vault(&new), &Policy::default()).await;
    assert_eq!(outcomes(&finished), ["verified"; 8]);
    let second = planned(&aws(&old), &vault(&new), &Policy::default()).await.unwrap();
    assert!(!second.changes());
    assert_eq!(second.summary().keep, 8);
}

#[tokio::test]
async fn port_that_becomes_a_number_is_verified() {
    let (old, new) = (memory("old"), memory("new"));
    let fields = [("conn_type", Json::string("t")), ("port", Json::string("5432"))];
    put(&old, "connections/db", Payload::Fields(Fields::from_iter(fields))).await;
    let mut source = vault(&old);
    source.read_rules.version = AirflowVersion::V2_11;
    assert_eq!(outcomes(&copied(&source, aws(&new), &Policy::default()).await), ["verified"]);
    assert!(!planned(&source, &aws(&new), &Policy::default()).await.unwrap().changes());
}

#[tokio::test]
async fn conflict_is_refused_skipped_or_overwritten_by_policy() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/variables/v", Payload::text("new")).await;
    put(&new, "airflow/variables/v", Payload::text("old")).await;
    for (on_conflict, decision, reason) in [
        (OnConflict::Fail, "refuse", Some("conflict")),
        (OnConflict::Skip, "skip", Some("exists")),
        (OnConflict::Overwrite, "replace", None),
    ] {
        let policy = Policy { on_conflict, ..Policy::default() };
        let plan = planned(&aws(&old), &aws(&new), &policy).await.unwrap();
        assert_eq!(decisions(&plan), [("var:v".to_owned(), decision, reason)]);
    }
    assert_eq!(outcomes(&copied(&aws(&old), aws(&new), &overwrite()).await), ["verified"]);
    assert_eq!(versions(&new, "airflow/variables/v").await, 2);
}

#[tokio::test]
async fn unreadable_value_is_refused_and_missing_value_is_skipped() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/connections/broken", Payload::text("{canary")).await;
    put(&old, "airflow/connections/empty", Payload::text("")).await;
    put(&old, "airflow/connections/port", Payload::text("t://canary:x")).await;
    let plan = planned(&aws(&old), &aws(&new), &Policy::default()).await.unwrap();
    assert_eq!(
        decisions(&plan),
        [
            ("conn:broken".to_owned(), "refuse", Some("unreadable")),
            ("conn:empty".to_owned(), "skip", Some("missing")),
            ("conn:port".to_owned(), "refuse", Some("unreadable")),
        ]
    );
    assert!(!format!("{plan:?}").contains("canary"));
}

#[tokio::test]
async fn loss_is_refused_unless_allowed() {
    let (old, new) = (memory("old"), memory("new"));
    let fields: Fields =
        [("conn_type", Json::string("http")), ("description", Json::string("d"))].into_iter().collect();
    put(&old, "connections/c", Payload::Fields(fields)).await;
    let refused = planned(&vault(&old), &aws(&new), &Policy::default()).await.unwrap();
    assert_eq!(decisions(&refused), [("conn:c".to_owned(), "refuse", Some("loss"))]);
    assert_eq!(refused.steps[0].losses, [Loss::Description]);
    let policy = Policy { allowed: BTreeSet::from([Loss::Description]), ..Policy::default() };
    assert_eq!(outcomes(&copied(&vault(&old), aws(&new), &policy).await), ["verified"]);
    assert!(!planned(&vault(&old), &aws(&new), &policy).await.unwrap().changes());
}

#[tokio::test]
async fn collision_refuses_every_entry_of_it() {
    let (old, new) = (memory("old"), memory("new"));
    for id in ["a_b", "a-b", "A-b", "c"] {
        put(&old, &format!("airflow/connections/{id}"), Payload::text(POSTGRES)).await;
    }
    let azure = endpoint(&new, &scheme("azure_key_vault"), Dialect::Text);
    let plan = planned(&aws(&old), &azure, &Policy::default()).await.unwrap();
    let words: Vec<_> = plan.steps.iter().map(|step| step.decision.reason()).collect();
    assert_eq!(words, [Some("collision"), Some("collision"), Some("collision"), None]);
}

#[tokio::test]
async fn copy_onto_itself_is_rejected() {
    let store = memory("here");
    put(&store, "airflow/variables/v", Payload::text("x")).await;
    assert_eq!(
        planned(&aws(&store), &aws(&store), &Policy::default()).await.unwrap_err(),
        SamePlace("here".into())
    );
}

#[tokio::test]
async fn kind_that_the_target_cannot_hold_is_refused() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/variables/v", Payload::text("x")).await;
    let file = endpoint(&new, &Scheme::Files { kinds: vec![Kind::Connection] }, Dialect::File);
    let plan = planned(&aws(&old), &file, &Policy::default()).await.unwrap();
    assert_eq!(decisions(&plan), [("var:v".to_owned(), "refuse", Some("kind-not-held"))]);
}

#[tokio::test]
async fn create_on_taken_name_is_unchanged_if_equal_and_failed_if_different() {
    for (theirs, outcome) in [("x", "unchanged"), ("y", "failed")] {
        let (old, new) = (memory("old"), memory("new"));
        put(&old, "airflow/variables/v", Payload::text("x")).await;
        let plan = planned(&aws(&old), &aws(&new), &Policy::default()).await.unwrap();
        put(&new, "airflow/variables/v", Payload::text(theirs)).await;
        let finished =
            apply(plan, &Target::new(aws(&new)), ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
        assert_eq!(outcomes(&finished), [outcome]);
        assert_eq!(versions(&new, "airflow/variables/v").await, 1, "nothing was overwritten");
    }
}

#[tokio::test]
async fn expired_credentials_end_the_run_and_the_rest_is_not_tried() {
    let (old, inner) = (memory("old"), memory("new"));
    for number in 0..40 {
        put(&old, &format!("airflow/variables/v{number:02}"), Payload::text("x")).await;
    }
    let denied = Error::new(ErrorKind::Unauthenticated, Operation::Write, "the token has expired");
    let cue = move |call: &airbridge_conformance::Call| match call.operation {
        Operation::Write => Fault::Before(denied.clone()),
        _ => Fault::Nothing,
    };
    let faulty: Arc<dyn SecretStore> =
        Arc::new(Faulty::new(inner, cue).describe(|it| it.limits.concurrency = 1));
    let finished = copied(&aws(&old), aws(&faulty), &Policy::default()).await;
    assert_eq!(outcomes(&finished)[..2], ["failed", "not-tried"]);
    assert_eq!(finished.iter().filter(|entry| entry.outcome == StepResult::NotTried).count(), 39);
}

#[tokio::test]
async fn source_rejects_every_write() {
    let store = memory("here");
    let source = Source::new(aws(&store));
    let change = Change::new(SecretName::new("x"), Action::Create(Payload::text("x")));
    let refused = source.endpoint().store.write_each(&[change]).await.remove(0).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert_eq!(versions(&store, "x").await, 0);
}

#[tokio::test]
async fn diff_names_entries_and_fields() {
    let (a, b) = (memory("a"), memory("b"));
    let other = r#"{"conn_type": "postgres", "host": "other", "port": 5432}"#;
    let spelled = |extra: &str| format!(r#"{{"conn_type": "t", "extra": {extra}}}"#);
    for (store, name, text) in [
        (&a, "connections/host", POSTGRES.to_owned()),
        (&b, "connections/host", other.to_owned()),
        (&a, "connections/same", POSTGRES.to_owned()),
        (&b, "connections/same", "postgres://%44b.example.test:5432".to_owned()),
        (&a, "connections/spelled", spelled(r#""{\"a\":1}""#)),
        (&b, "connections/spelled", spelled(r#""{\"a\": 1}""#)),
        (&a, "variables/a", "x".to_owned()),
        (&b, "variables/b", "x".to_owned()),
        (&b, "variables/c", "x".to_owned()),
        (&a, "connections/broken", "{".to_owned()),
        (&b, "connections/broken", POSTGRES.to_owned()),
    ] {
        put(store, &format!("airflow/{name}"), Payload::text(text)).await;
    }
    let mut snapshots = Vec::new();
    for store in [&a, &b] {
        let side = Source::new(aws(store));
        let listing = list(&side, Side::Source, &Kind::ALL, Extent::Entries, &Quiet).await.unwrap();
        let inventory = resolve_names(&side, &listing, &Kind::ALL, &Evidence::default());
        snapshots.push(
            snapshot(&side, Side::Source, inventory, &Selection::everything(), Keep::Readings, &Quiet)
                .await
                .unwrap(),
        );
    }
    let found: Vec<_> = diff(&snapshots[0], &snapshots[1])
        .into_iter()
        .map(|entry| {
            let fields: Vec<_> = entry.fields.iter().map(|field| field.name()).collect();
            (entry.id.to_string(), entry.difference, fields.join(","))
        })
        .collect();
    let expected = [
        ("conn:broken", Difference::Unreadable, ""),
        ("conn:host", Difference::Differs, "host"),
        ("conn:spelled", Difference::Spelling, "extra"),
        ("var:a", Difference::OnlyInA, ""),
        ("var:b", Difference::OnlyInB, ""),
        ("var:c", Difference::OnlyInB, ""),
    ];
    assert_eq!(
        found,
        expected.map(|(id, difference, fields)| (id.to_owned(), difference, fields.to_owned()))
    );
}
