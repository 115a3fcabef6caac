//! How long a look at a secret counts.

use airbridge_conformance::{Call, Fault};
use airbridge_core::{Change, ErrorKind, Look, Operation, RateLimits, Version};

use crate::{Stack, held, replace, stack, stack_with};

fn with_look(name: &str) -> Change {
    Change { look: Some(Box::new(Look::new(Version::new("1")))), ..replace(name, "new", "1") }
}

/// Whether each write had a look.
fn looks(stack: &Stack) -> Vec<bool> {
    let writes = stack.faulty.calls().into_iter().filter(|call| call.operation == Operation::Write);
    writes.map(|call| call.changes.iter().all(|change| change.look.is_some())).collect()
}

#[tokio::test(start_paused = true)]
async fn repeated_write_looks_again() {
    let once = |call: &Call| match (call.operation, call.number) {
        (Operation::Write, 0) => Fault::before(ErrorKind::Unavailable),
        _ => Fault::Nothing,
    };
    let stack = stack(once);
    stack.given(&["a"]).await;
    stack.write(with_look("a")).await.unwrap();
    assert_eq!(looks(&stack), [true, false]);
    assert_eq!(stack.holds("a").await, held("new", "2"));
}

#[tokio::test(start_paused = true)]
async fn look_counts_for_five_seconds() {
    // The second write waits for four seconds, the third one for eight.
    let limits = RateLimits { write: Some(0.25), ..RateLimits::default() };
    let stack = stack_with(limits, |_| (), |_| Fault::Nothing);
    stack.given(&["a", "b", "c"]).await;
    let writes = ["a", "b", "c"].map(|name| stack.write(with_look(name)));
    for outcome in futures::future::join_all(writes).await {
        outcome.unwrap();
    }
    assert_eq!(looks(&stack), [true, true, false]);
}
