//! Writes whose answer was lost.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use airbridge_conformance::{Call, Fault, Faulty};
use airbridge_core::{
    Error, ErrorKind, MemoryStore, Operation, RateLimits, Receipt, RetryingStore, SecretName, SecretStore,
    SecretStoreExt, Version,
};
use futures::FutureExt;
use tokio::time::Instant;

use crate::{create, delete, held, kind, replace, seconds, stack, stack_with};

/// Loses the answer to the first write, which happens.
fn after(call: &Call) -> Fault {
    lose(call, Fault::after(ErrorKind::AnswerLost))
}

/// Loses the first write itself.
fn before(call: &Call) -> Fault {
    lose(call, Fault::before(ErrorKind::AnswerLost))
}

fn lose(call: &Call, fault: Fault) -> Fault {
    match (call.operation, call.number) {
        (Operation::Write, 0) => fault,
        _ => Fault::Nothing,
    }
}

fn receipt(version: Option<&str>) -> Receipt {
    Receipt { version: version.map(Version::new) }
}

#[tokio::test(start_paused = true)]
async fn create_that_happened_is_not_sent_again() {
    let stack = stack(after);
    assert_eq!(stack.write(create("a", "new")).await, Ok(receipt(Some("1"))));
    assert_eq!(stack.names(Operation::Write), ["a"]);
    assert_eq!(stack.names(Operation::Read), ["a"]);
    assert_eq!(stack.holds("a").await, held("new", "1"));
}

#[tokio::test(start_paused = true)]
async fn create_that_did_not_happen_is_sent_again() {
    let stack = stack(before);
    assert_eq!(stack.write(create("a", "new")).await, Ok(receipt(Some("1"))));
    assert_eq!(stack.names(Operation::Write), ["a", "a"]);
    assert_eq!(stack.holds("a").await, held("new", "1"));
}

#[tokio::test(start_paused = true)]
async fn create_that_lost_a_race_is_already_exists() {
    let stack = stack(before);
    stack.given(&["a"]).await;
    assert_eq!(kind(&stack.write(create("a", "new")).await), Some(ErrorKind::AlreadyExists));
    assert_eq!(stack.names(Operation::Write), ["a"]);
    assert_eq!(stack.holds("a").await, held("given", "1"));
}

#[tokio::test(start_paused = true)]
async fn replace_that_happened_is_not_sent_again() {
    let stack = stack(after);
    stack.given(&["a"]).await;
    assert_eq!(stack.write(replace("a", "new", "1")).await, Ok(receipt(Some("2"))));
    assert_eq!(stack.names(Operation::Write), ["a"]);
    assert_eq!(stack.holds("a").await, held("new", "2"));
}

#[tokio::test(start_paused = true)]
async fn replace_that_did_not_happen_is_sent_again() {
    let stack = stack(before);
    stack.given(&["a"]).await;
    assert_eq!(stack.write(replace("a", "new", "1")).await, Ok(receipt(Some("2"))));
    assert_eq!(stack.names(Operation::Write), ["a", "a"]);
    assert_eq!(stack.holds("a").await, held("new", "2"));
}

#[tokio::test(start_paused = true)]
async fn replace_that_lost_a_race_is_version_mismatch() {
    let stack = stack(before);
    stack.given(&["a"]).await;
    assert!(stack.memory.write_each(&[replace("a", "other", "1")]).await[0].is_ok());
    assert_eq!(kind(&stack.write(replace("a", "new", "1")).await), Some(ErrorKind::VersionMismatch));
    assert_eq!(stack.names(Operation::Write), ["a"]);
    assert_eq!(stack.holds("a").await, held("other", "2"));
}

#[tokio::test(start_paused = true)]
async fn delete_is_confirmed_whether_or_not_it_happened() {
    for (cue, writes) in [(after as fn(&Call) -> Fault, 1), (before, 2)] {
        let stack = stack(cue);
        stack.given(&["a"]).await;
        assert_eq!(stack.write(delete("a")).await, Ok(receipt(None)));
        assert_eq!(stack.faulty.count(Operation::Write), writes);
        assert_eq!(stack.holds("a").await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn only_lost_items_of_a_batch_are_confirmed() {
    let stack = stack(|call| {
        let items = vec![
            (1, Fault::after(ErrorKind::AnswerLost)),
            (2, Fault::before(ErrorKind::AnswerLost)),
            (3, Fault::before(ErrorKind::Unavailable)),
        ];
        lose(call, Fault::Items(items))
    });
    let outcomes = stack.retrying.write_each(&["a", "b", "c", "d"].map(|name| create(name, name))).await;
    assert_eq!(outcomes, vec![Ok(receipt(Some("1"))); 4]);
    assert_eq!(stack.names(Operation::Read), ["b c"]);
    assert_eq!(stack.names(Operation::Write), ["a b c d", "c d"]);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(stack.holds(name).await, held(name, "1"));
    }
}

#[tokio::test(start_paused = true)]
async fn lost_batch_is_confirmed_in_reads_within_the_limit() {
    let stack = stack_with(RateLimits::default(), |descriptor| descriptor.limits.read_batch = 2, after);
    let outcomes = stack.retrying.write_each(&["a", "b", "c", "d", "e"].map(|name| create(name, name))).await;
    assert_eq!(outcomes, vec![Ok(receipt(Some("1"))); 5]);
    assert_eq!(stack.names(Operation::Read), ["a b", "c d", "e"]);
    assert_eq!(stack.faulty.count(Operation::Write), 1);
}

#[tokio::test(start_paused = true)]
async fn confirmed_changes_have_their_own_outcomes() {
    // The whole batch was lost, but reading gives each change its own outcome, so the batch as a whole does not fail.
    let stack = stack(before);
    stack.given(&["a", "b"]).await;
    let outcomes = stack.retrying.write_batch(&["a", "b"].map(|name| create(name, "new"))).await.unwrap();
    let failed: Vec<_> = outcomes.into_iter().map(Result::unwrap_err).collect();
    assert_eq!(failed.iter().map(Error::kind).collect::<Vec<_>>(), [ErrorKind::AlreadyExists; 2]);
    assert_eq!(failed[1].name(), Some(&SecretName::new("b")));
}

#[tokio::test(start_paused = true)]
async fn repeated_change_keeps_its_token() {
    let stack = stack(before);
    let change = create("a", "new");
    assert!(stack.write(change.clone()).await.is_ok());
    let sent: Vec<_> = stack.faulty.calls().into_iter().flat_map(|call| call.changes).collect();
    assert_eq!(sent, [change.clone(), change]);
}

#[tokio::test(start_paused = true)]
async fn write_gets_eight_attempts() {
    let stack = stack(|call| match call.operation {
        Operation::Write => Fault::before(ErrorKind::AnswerLost),
        _ => Fault::Nothing,
    });
    let error = stack.write(create("a", "new")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AnswerLost);
    assert_eq!(error.name(), Some(&SecretName::new("a")));
    assert!(error.hint().is_some_and(|hint| hint.contains("again")), "{error:?}");
    assert_eq!((stack.faulty.count(Operation::Write), stack.faulty.count(Operation::Read)), (8, 8));
}

#[tokio::test(start_paused = true)]
async fn change_that_cannot_be_read_back_stays_lost_and_is_not_sent_again() {
    let stack = stack(|call| match call.operation {
        Operation::Write => Fault::after(ErrorKind::AnswerLost),
        _ => Fault::before(ErrorKind::PermissionDenied),
    });
    let error = stack.write(create("a", "new")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AnswerLost);
    assert!(error.message().contains("reading it back failed"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("again")), "{error:?}");
    assert_eq!((stack.faulty.count(Operation::Write), stack.faulty.count(Operation::Read)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn confirming_retries_its_reads() {
    let stack = stack(|call| match (call.operation, call.number) {
        (Operation::Write, 0) => Fault::after(ErrorKind::AnswerLost),
        (Operation::Read, 0) => Fault::throttled(None),
        (Operation::Read, 1) => Fault::before(ErrorKind::Unavailable),
        _ => Fault::Nothing,
    });
    assert_eq!(stack.write(create("a", "new")).await, Ok(receipt(Some("1"))));
    assert_eq!((stack.faulty.count(Operation::Write), stack.faulty.count(Operation::Read)), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn write_that_appears_late_is_confirmed_by_reading_again() {
    // The write is delayed: the read finds nothing, and the write happens just before it is sent again, which then finds
    // the name taken.
    let memory = Arc::new(MemoryStore::new("memory", NonZeroUsize::MIN));
    let inside = memory.clone();
    let faulty = Faulty::new(memory, move |call| match (call.operation, call.number) {
        (Operation::Write, 0) => Fault::before(ErrorKind::AnswerLost),
        (Operation::Write, 1) => {
            inside.write_batch(&call.changes).now_or_never();
            Fault::Nothing
        }
        _ => Fault::Nothing,
    });
    let faulty = Arc::new(faulty);
    let retrying = RetryingStore::new(faulty.clone(), RateLimits::default());
    assert_eq!(retrying.write_each(&[create("a", "new")]).await, [Ok(receipt(Some("1")))]);
    assert_eq!((faulty.count(Operation::Write), faulty.count(Operation::Read)), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn lagging_reads_are_awaited() {
    // For two seconds reads do not show the create that happened. So it is sent again and refused.
    let start = Instant::now();
    let cue = move |call: &Call| match call.operation {
        Operation::Read if seconds(start) < 2.0 => Fault::Stale,
        _ => after(call),
    };
    let stack =
        stack_with(RateLimits::default(), |descriptor| descriptor.read_lag = Duration::from_secs(5), cue);
    assert_eq!(stack.write(create("a", "new")).await, Ok(receipt(Some("1"))));
    assert!((2.0..3.0).contains(&seconds(start)), "{}", seconds(start));
    assert_eq!(stack.names(Operation::Write), ["a", "a"]);
    assert_eq!(stack.holds("a").await, held("new", "1"));
}

#[tokio::test(start_paused = true)]
async fn refusal_is_final_after_the_read_lag() {
    let start = Instant::now();
    let cue = |call: &Call| if call.operation == Operation::Read { Fault::Stale } else { after(call) };
    let stack =
        stack_with(RateLimits::default(), |descriptor| descriptor.read_lag = Duration::from_secs(5), cue);
    assert_eq!(kind(&stack.write(create("a", "new")).await), Some(ErrorKind::AlreadyExists));
    assert!((5.0..6.0).contains(&seconds(start)), "{}", seconds(start));
}

#[tokio::test(start_paused = true)]
async fn conflict_is_reported_only_after_the_read_lag() {
    let start = Instant::now();
    let stack =
        stack_with(RateLimits::default(), |descriptor| descriptor.read_lag = Duration::from_secs(5), before);
    stack.given(&["a"]).await;
    assert_eq!(kind(&stack.write(create("a", "new")).await), Some(ErrorKind::AlreadyExists));
    assert!((5.0..6.0).contains(&seconds(start)), "{}", seconds(start));
    assert_eq!(stack.names(Operation::Write), ["a"]);
}
