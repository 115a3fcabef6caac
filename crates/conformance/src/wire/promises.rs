//! What an adapter makes of each fault.

use std::time::Duration;

use airbridge_core::{Action, Error, ErrorKind, NamePrefix, Payload, Result, SecretName, Version};

use super::{Wire, WireFault, WireRequest};
use crate::Subject;
use crate::case::Case;

/// The `Retry-After` of the answers that have one.
const RETRY_AFTER: Duration = Duration::from_secs(7);

/// A fault, and the kinds of error that it may become.
struct Promise {
    fault: WireFault,
    on_read: &'static [ErrorKind],
    on_write: &'static [ErrorKind],
}

fn promises() -> Vec<Promise> {
    use ErrorKind::{AnswerLost, RateLimited, Unavailable};
    let throttled = WireFault::Answer { status: 429, retry_after: Some(RETRY_AFTER) };
    let mut promises = vec![
        Promise { fault: throttled, on_read: &[RateLimited], on_write: &[RateLimited] },
        Promise {
            fault: WireFault::answer(503),
            on_read: &[Unavailable],
            on_write: &[Unavailable, AnswerLost],
        },
    ];
    for status in [500, 502, 504] {
        let fault = WireFault::answer(status);
        promises.push(Promise { fault, on_read: &[Unavailable], on_write: &[AnswerLost] });
    }
    for fault in [WireFault::CutBefore, WireFault::CutAfter, WireFault::CutWithin] {
        promises.push(Promise { fault, on_read: &[Unavailable, AnswerLost], on_write: &[AnswerLost] });
    }
    promises
}

/// Asks for each fault in turn and holds the adapter to the table in the [module's documentation](super).
///
/// `subject.store` must be opened at [`Wire::url`], without a [`RetryingStore`](airbridge_core::RetryingStore) in front.
/// Writes are left out if the store cannot be written. `changes` says which requests change something at the server: a write
/// fails at those and looks before it writes undisturbed.
///
/// # Panics
///
/// If a promise is broken, and if the subject supplies too little.
pub async fn run(
    wire: &Wire,
    subject: Subject,
    changes: impl Fn(&WireRequest) -> bool + Clone + Send + Sync + 'static,
) {
    subject.validate();
    for (index, promise) in promises().into_iter().enumerate() {
        list_and_read(wire, &subject, &promise, index).await;
        if subject.writes() {
            write(wire, &subject, &promise, index, changes.clone()).await;
        }
    }
    crate::calls::clean_up(&subject).await;
}

async fn list_and_read(wire: &Wire, subject: &Subject, promise: &Promise, index: usize) {
    let case = Case::new(subject, 85, "a fault of the server on a list or read becomes the documented kind");
    let (name, payload) = case.secret(index).await;
    let fault = promise.fault.clone();
    let outcome = once(wire, &case, move |_| Some(fault.clone()), async {
        subject.store.list_page(&NamePrefix::new(case.prefix()), None).await.map(drop)
    });
    became(&case, promise, "a list", outcome.await, promise.on_read, None);
    let fault = promise.fault.clone();
    let outcome =
        once(wire, &case, move |_| Some(fault.clone()), async { case.try_read(&name, None).await.map(drop) });
    // A failed read is the batch's error or the name's: only the second is about the name.
    let outcome =
        outcome.await.map_err(|error| if error.name().is_none() { error.with_name(&name) } else { error });
    became(&case, promise, "a read", outcome, promise.on_read, Some(&name));
    case.holds(&name, payload).await;
}

async fn write(
    wire: &Wire,
    subject: &Subject,
    promise: &Promise,
    index: usize,
    changes: impl Fn(&WireRequest) -> bool + Clone + Send + Sync + 'static,
) {
    let case = Case::new(subject, 86, "a fault of the server on a write becomes the documented kind");
    let arrives = matches!(promise.fault, WireFault::CutAfter | WireFault::CutWithin);
    for (ending, what) in [("1", "a create"), ("2", "a replace"), ("3", "a delete")] {
        if what == "a delete" && !subject.deletes {
            continue;
        }
        let name = case.name(&format!("{index:04}{ending}"));
        let mut version = None;
        if what != "a create" {
            version = case.create(&name, case.payload(0)).await;
            case.holds(&name, case.payload(0)).await;
        }
        let (fault, changes) = (promise.fault.clone(), changes.clone());
        let outcome = once(wire, &case, move |request| changes(request).then(|| fault.clone()), async {
            case.write(&name, action(what, case.payload(1), version)).await.map(drop)
        });
        became(&case, promise, what, outcome.await, promise.on_write, Some(&name));
        match (what, arrives) {
            ("a create", false) => case.is_absent(&name).await,
            ("a delete", true) => case.is_deleted(&name).await,
            ("a create" | "a replace", true) => drop(case.holds(&name, case.payload(1)).await),
            _ => drop(case.holds(&name, case.payload(0)).await),
        }
    }
}

fn action(what: &str, payload: &Payload, expect: Option<Version>) -> Action {
    match what {
        "a create" => Action::Create(payload.clone()),
        "a replace" => Action::Replace { payload: payload.clone(), expect },
        _ => Action::Delete { expect },
    }
}

/// The outcome of a call while the wire fails, which must have met the fault exactly once.
async fn once(
    wire: &Wire,
    case: &Case<'_>,
    fault: impl Fn(&WireRequest) -> Option<WireFault> + Clone + Send + Sync + 'static,
    call: impl Future<Output = Result<()>>,
) -> Result<()> {
    let before = wire.requests().len();
    let meets = fault.clone();
    wire.fail(move |request| fault(request).unwrap_or(WireFault::Nothing));
    let outcome = call.await;
    wire.mend();
    let met: Vec<_> =
        wire.requests().into_iter().skip(before).filter(|request| meets(request).is_some()).collect();
    case.allow(
        met.len() == 1,
        format!("{} requests met the fault: {:?}", met.len(), met.iter().map(short).collect::<Vec<_>>()),
        "exactly one request: an adapter repeats nothing, because its caller does",
    );
    outcome
}

fn short(request: &WireRequest) -> String {
    format!("{} {}", request.method, request.path)
}

/// Fails the case unless the outcome is an error of one of these kinds.
fn became(
    case: &Case<'_>,
    promise: &Promise,
    what: &str,
    outcome: Result<()>,
    kinds: &[ErrorKind],
    name: Option<&SecretName>,
) {
    let fault = &promise.fault;
    let Err(error) = outcome else {
        // The status of a write can arrive before the cut, and it may be all that the answer says. The caller checks that
        // the write happened.
        if !matches!(what, "a list" | "a read") && *fault == WireFault::CutWithin {
            return;
        }
        case.allow(false, format!("{what} met {fault:?} and succeeded"), &format!("{kinds:?}"));
        return;
    };
    case.quiet_error("an error", &error);
    let kind = Error::kind(&error);
    case.allow(
        kinds.contains(&kind),
        format!("{what} that met {fault:?} became {kind:?}: {error}"),
        &format!("{kinds:?}"),
    );
    let carried = error.name();
    case.hold(carried == name, format!("the error of {what} about {name:?} carries the name {carried:?}"));
    if let WireFault::Answer { retry_after: Some(asked), .. } = fault {
        let found = error.retry_after();
        case.hold(
            found == Some(*asked),
            format!("the server asked to wait {asked:?}, the error says {found:?}"),
        );
    }
}
