//! Secrets that vanish, sources that change, and accounts that are full.

use std::sync::Arc;

use airbridge_conformance::{Call, Fault, Faulty};
use airbridge_core::{
    Action, Change, ErrorKind, Operation, Payload, Read, SecretName, SecretStore, SecretStoreExt, Version,
};
use airbridge_engine::{Interrupt, Policy, Quiet, ReadBack, StepResult, Target, apply};

use super::{aws, copied, decisions, memory, outcomes, planned, put};

const NAME: &str = "airflow/variables/v";

#[tokio::test]
async fn secret_that_vanishes_after_it_was_listed_is_skipped() {
    let (inner, new) = (memory("old"), memory("new"));
    put(&inner, NAME, Payload::text("x")).await;
    let cue = |call: &Call| if call.operation == Operation::Read { Fault::Stale } else { Fault::Nothing };
    let old: Arc<dyn SecretStore> = Arc::new(Faulty::new(inner, cue));
    let plan = planned(&aws(&old), &aws(&new), &Policy::default()).await.unwrap();
    assert_eq!(decisions(&plan), [("var:v".to_owned(), "skip", Some("missing"))]);
}

#[tokio::test]
async fn source_that_changes_after_the_plan_is_copied_as_planned() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, NAME, Payload::text("planned")).await;
    let plan = planned(&aws(&old), &aws(&new), &Policy::default()).await.unwrap();
    let action = Action::Replace { payload: Payload::text("later"), expect: Some(Version::new("1")) };
    assert!(old.write_each(&[Change::new(SecretName::new(NAME), action)]).await[0].is_ok());
    let target = Target::new(aws(&new));
    let finished = apply(plan, &target, ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
    assert_eq!(outcomes(&finished), ["verified"]);
    let found = new.read_batch(&[Read::current(SecretName::new(NAME))]).await.unwrap().remove(0);
    let planned = airbridge_core::Stored::payload(Payload::text("planned"), Some(Version::new("1")));
    assert_eq!(found.unwrap(), Some(planned));
}

#[tokio::test]
async fn full_account_ends_the_writes_and_the_rest_is_not_tried() {
    let (old, inner) = (memory("old"), memory("new"));
    for number in 0..40 {
        put(&old, &format!("airflow/variables/v{number:02}"), Payload::text("x")).await;
    }
    let cue = |call: &Call| match call.operation {
        Operation::Write => Fault::before(ErrorKind::QuotaExceeded),
        _ => Fault::Nothing,
    };
    let new: Arc<dyn SecretStore> =
        Arc::new(Faulty::new(inner, cue).describe(|it| it.limits.concurrency = 1));
    let finished = copied(&aws(&old), aws(&new), &Policy::default()).await;
    assert_eq!(outcomes(&finished)[..2], ["failed", "not-tried"]);
    assert_eq!(finished.iter().filter(|entry| entry.outcome == StepResult::NotTried).count(), 39);
}
