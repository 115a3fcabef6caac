//! What happens while a plan is executed: looks, writes, and reading back.

use super::*;

#[tokio::test]
async fn replaced_secrets_are_looked_at_together_just_before() {
    let (old, inner) = (memory("old"), memory("new"));
    for number in 0..5 {
        let name = format!("airflow/variables/v{number}");
        put(&old, &name, Payload::text("new")).await;
        if number > 0 {
            put(&inner, &name, Payload::text("old")).await;
        }
    }
    let faulty = Faulty::new(inner, |_| Fault::Nothing).describe(|it| it.limits.look_batch = 3);
    let faulty = Arc::new(faulty);
    let store: Arc<dyn SecretStore> = faulty.clone();
    let policy = Policy { on_conflict: OnConflict::Overwrite, ..Policy::default() };
    let finished = copied(&aws(&old), aws(&store), &policy).await;
    assert_eq!(outcomes(&finished), ["verified"; 5]);
    let writes = faulty.calls().into_iter().flat_map(|call| call.changes);
    let looks: Vec<_> = writes
        .map(|change| (change.name.to_string(), change.look.map(|look| look.version.to_string())))
        .collect();
    let seen = |number: usize, version: Option<&str>| {
        (format!("airflow/variables/v{number}"), version.map(str::to_owned))
    };
    assert_eq!(looks[0], seen(0, None));
    for number in 1..5 {
        assert!(looks.contains(&seen(number, Some("1"))), "{looks:?}");
    }
}

#[tokio::test]
async fn written_entries_are_read_back_while_others_are_written() {
    let (old, inner) = (memory("old"), memory("new"));
    for number in 0..5 {
        put(&old, &format!("airflow/variables/v{number}"), Payload::text("x")).await;
    }
    for (read_back, outcome, reads) in
        [(ReadBack::WhileWriting, "verified", &[2, 2, 1][..]), (ReadBack::Never, "done", &[])]
    {
        let faulty = Faulty::new(memory("new"), |_| Fault::Nothing).describe(|it| {
            (it.limits.read_batch, it.limits.concurrency) = (2, 1);
        });
        let faulty = Arc::new(faulty);
        let store: Arc<dyn SecretStore> = faulty.clone();
        let plan = planned(&aws(&old), &aws(&inner), &Policy::default()).await.unwrap();
        let target = Target::new(aws(&store));
        let mut finished = apply(plan, &target, read_back, &Interrupt::default(), &Quiet).await;
        assert_eq!(outcomes(&finished), [outcome; 5]);
        let calls = faulty.calls();
        let sizes: Vec<_> = (calls.iter().filter(|call| call.operation == Operation::Read))
            .map(|call| call.names.len())
            .collect();
        assert_eq!(sizes, reads);
        let first_read = calls.iter().position(|call| call.operation == Operation::Read);
        let last_write = calls.iter().rposition(|call| call.operation == Operation::Write);
        assert_eq!(first_read < last_write, read_back == ReadBack::WhileWriting || first_read.is_none());
        verify(&mut finished, &target, &Interrupt::default(), &Quiet).await.unwrap();
        assert_eq!(outcomes(&finished), ["verified"; 5]);
        let more = faulty.calls().len() - calls.len();
        assert_eq!(more, if read_back == ReadBack::Never { 3 } else { 0 });
    }
}

#[tokio::test]
async fn entry_that_does_not_match_yet_is_left_to_verify() {
    let (old, inner) = (memory("old"), memory("new"));
    put(&old, "airflow/variables/v", Payload::text("x")).await;
    let lost = Error::new(ErrorKind::Unexpected, Operation::Read, "the first read fails");
    let cue = move |call: &airbridge_conformance::Call| match (call.operation, call.number) {
        (Operation::Read, 0) => Fault::Before(lost.clone()),
        _ => Fault::Nothing,
    };
    let store: Arc<dyn SecretStore> = Arc::new(Faulty::new(inner.clone(), cue));
    let plan = planned(&aws(&old), &aws(&inner), &Policy::default()).await.unwrap();
    let target = Target::new(aws(&store));
    let mut finished = apply(plan, &target, ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
    assert_eq!(outcomes(&finished), ["done"]);
    verify(&mut finished, &target, &Interrupt::default(), &Quiet).await.unwrap();
    assert_eq!(outcomes(&finished), ["verified"]);
}

#[tokio::test]
async fn interrupted_run_does_not_try_the_rest() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/variables/v", Payload::text("x")).await;
    let plan = planned(&aws(&old), &aws(&new), &Policy::default()).await.unwrap();
    let interrupt = Interrupt::default();
    interrupt.set();
    let finished = apply(plan, &Target::new(aws(&new)), ReadBack::WhileWriting, &interrupt, &Quiet).await;
    assert_eq!(outcomes(&finished), ["not-tried"]);
    assert_eq!(versions(&new, "airflow/variables/v").await, 0);
}

#[tokio::test]
async fn replace_of_changed_version_fails() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/variables/v", Payload::text("x")).await;
    put(&new, "airflow/variables/v", Payload::text("y")).await;
    let plan = planned(&aws(&old), &aws(&new), &overwrite()).await.unwrap();
    let Decision::Replace(write) = &plan.steps[0].decision else { panic!("{plan:?}") };
    assert_eq!(write.expect, Some(Version::new("1")));
    let theirs = Action::Replace { payload: Payload::text("z"), expect: None };
    new.write_each(&[Change::new(SecretName::new("airflow/variables/v"), theirs)]).await.remove(0).unwrap();
    let finished =
        apply(plan, &Target::new(aws(&new)), ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
    let StepResult::Failed(error) = &finished[0].outcome else { panic!("{finished:?}") };
    assert_eq!(error.kind(), ErrorKind::VersionMismatch);
}

#[tokio::test]
async fn mask_in_a_changed_plan_is_not_written() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/variables/a", Payload::text("x")).await;
    put(&old, "airflow/variables/b", Payload::text("y")).await;
    let mut plan = planned(&aws(&old), &aws(&new), &Policy::default()).await.unwrap();
    let Decision::Create(write) = &mut plan.steps[0].decision else { panic!("{plan:?}") };
    write.payload = Some(Payload::text("***"));
    let Reading::Value { value, .. } = &mut write.reading else { panic!("{write:?}") };
    *value = Json::string("***");
    let finished =
        apply(plan, &Target::new(aws(&new)), ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
    let StepResult::Failed(error) = &finished[0].outcome else { panic!("{finished:?}") };
    assert_eq!(error.kind(), ErrorKind::InvalidPayload);
    assert!(error.to_string().contains("is a mask"), "{error}");
    assert_eq!(versions(&new, "airflow/variables/a").await, 0);
    assert_eq!(versions(&new, "airflow/variables/b").await, 1);
}
