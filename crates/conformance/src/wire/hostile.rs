//! What an adapter makes of answers that no service gives: from a gateway, another service, or an attacker.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use airbridge_core::{Action, Error, ErrorKind, NamePrefix, Result, SecretName};

use super::quoted::{ECHOES, spellings};
use super::{Wire, WireFault, WireRequest};
use crate::Subject;
use crate::case::Case;

/// The most bytes that may be taken of an answer without an end: 64 MiB, and what buffers on the way hold.
const MOST_TAKEN: usize = 96 << 20;

/// After this time a call counts as hanging.
const HANGS: Duration = Duration::from_mins(1);

/// An answer, and the kinds of error that it may become; any kind if there are none.
struct Promise {
    fault: WireFault,
    on_read: &'static [ErrorKind],
    on_write: &'static [ErrorKind],
    /// Whether a write may also succeed. Some services confirm a write with such an answer, so the caller reads back what it
    /// wrote.
    may_succeed: bool,
}

fn promises(elsewhere: &str) -> Vec<Promise> {
    use ErrorKind::{AnswerLost, Config, InvalidName, RateLimited, Unavailable, Unexpected};
    let promise = |fault, on_read, on_write| Promise { fault, on_read, on_write, may_succeed: false };
    let mut promises = vec![
        promise(
            WireFault::Redirect(elsewhere.to_owned()),
            &[Config, InvalidName, Unexpected],
            &[Config, InvalidName, Unexpected],
        ),
        promise(WireFault::Page, &[Config, Unexpected], &[Config, Unexpected, AnswerLost]),
        promise(WireFault::Endless { announced: true }, &[Unexpected], &[AnswerLost]),
        promise(WireFault::Endless { announced: false }, &[Unexpected], &[AnswerLost]),
        promise(WireFault::Slow, &[Unavailable], &[AnswerLost]),
    ];
    for status in [200, 204] {
        let promise =
            promise(WireFault::Empty(status), &[Config, Unexpected, Unavailable, AnswerLost], &[AnswerLost]);
        promises.push(Promise { may_succeed: true, ..promise });
    }
    // This status says that nothing was done, so it may decide.
    let throttled = WireFault::CutAnswer(429);
    let (on_read, on_write) = (&[RateLimited, Unavailable, AnswerLost], &[RateLimited, AnswerLost]);
    promises.push(promise(throttled, on_read, on_write));
    for status in [400, 404, 500] {
        promises.push(promise(WireFault::CutAnswer(status), &[Unavailable, AnswerLost], &[AnswerLost]));
    }
    promises
}

/// Gives every answer in turn and holds the adapter to this table:
///
/// | the server | on a list or read | on a write |
/// | --- | --- | --- |
/// | asks to send the request to another address | an error; nothing is sent there | an error; nothing is sent there |
/// | answers with a page in HTML | `Config` or `Unexpected` | `Config`, `Unexpected` or `AnswerLost` |
/// | answers 200 or 204 without a body | an error, no empty listing and no absent secret | `AnswerLost`; without versions also success |
/// | sends a body without an end | `Unexpected`, after at most 64 MiB | `AnswerLost`, after at most 64 MiB |
/// | sends a body byte by byte | `Unavailable` after the timeout | `AnswerLost` after the timeout |
/// | closes the connection within an error | `Unavailable` or `AnswerLost` | `AnswerLost` |
/// | closes the connection within a 429 | the same, or `RateLimited` | the same, or `RateLimited` |
/// | quotes the request in an error | | an error that does not show the value, in no encoding |
/// | repeats a value that was written, in an error | with a [`ScrubbingStore`](airbridge_core::ScrubbingStore) in front, an error that does not show it | |
///
/// `subject.store` must be opened at [`Wire::url`] with a timeout of at most 2 seconds, and without a
/// [`RetryingStore`](airbridge_core::RetryingStore) in front. Writes are left out if the store cannot be written. `changes`
/// says which requests change something at the server.
///
/// # Panics
///
/// If a promise is broken, and if the subject supplies too little.
pub async fn run_hostile(
    wire: &Wire,
    subject: Subject,
    changes: impl Fn(&WireRequest) -> bool + Clone + Send + Sync + 'static,
) {
    subject.validate();
    let elsewhere = match Elsewhere::listen() {
        Ok(elsewhere) => elsewhere,
        Err(error) => panic!("cannot listen on 127.0.0.1: {error}"),
    };
    for (index, promise) in promises(&elsewhere.url).into_iter().enumerate() {
        list_and_read(wire, &subject, &promise, index, &elsewhere).await;
        if subject.writes() {
            write(wire, &subject, &promise, index, &elsewhere, changes.clone()).await;
        }
    }
    if subject.writes() {
        echoes(wire, &subject, changes).await;
        super::repeats::run(wire, &subject).await;
    }
    crate::calls::clean_up(&subject).await;
}

/// The address that redirects lead to. No request may come.
struct Elsewhere {
    url: String,
    listener: TcpListener,
}

impl Elsewhere {
    fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        Ok(Self { url: format!("http://{}/", listener.local_addr()?), listener })
    }

    fn heard_nothing(&self, case: &Case<'_>, what: &str) {
        let found = format!("{what} was sent to the other address");
        case.allow(self.listener.accept().is_err(), found, "no redirect to another address is followed");
    }
}

async fn list_and_read(
    wire: &Wire,
    subject: &Subject,
    promise: &Promise,
    index: usize,
    elsewhere: &Elsewhere,
) {
    let case = Case::new(subject, 87, "an answer that no service gives is an error of a list or read");
    let (name, _) = case.secret(index).await;
    let fault = promise.fault.clone();
    wire.fail(move |_| fault.clone());
    let prefix = NamePrefix::new(case.prefix());
    let outcome = ends(&case, "a list", subject.store.list_page(&prefix, None)).await;
    elsewhere.heard_nothing(&case, "a list");
    became(&case, promise, "a list", outcome.map(drop), promise.on_read, None);
    let outcome = ends(&case, "a read", case.try_read(&name, None)).await.map(drop);
    elsewhere.heard_nothing(&case, "a read");
    // A failed read is the batch's error or the name's: only the second is about the name.
    let outcome =
        outcome.map_err(|error| if error.name().is_none() { error.with_name(&name) } else { error });
    became(&case, promise, "a read", outcome, promise.on_read, Some(&name));
    wire.mend();
    took_little(wire, &case);
}

async fn write(
    wire: &Wire,
    subject: &Subject,
    promise: &Promise,
    index: usize,
    elsewhere: &Elsewhere,
    changes: impl Fn(&WireRequest) -> bool + Clone + Send + Sync + 'static,
) {
    let case = Case::new(subject, 88, "an answer that no service gives is an error of a write");
    for (ending, what) in [("1", "a create"), ("2", "a replace")] {
        let name = case.name(&format!("{index:04}{ending}"));
        let action = prepare(&case, what, &name).await;
        let (fault, changes) = (promise.fault.clone(), changes.clone());
        wire.fail(move |request| if changes(request) { fault.clone() } else { WireFault::Nothing });
        let outcome = ends(&case, what, case.try_write(&name, action)).await;
        wire.mend();
        elsewhere.heard_nothing(&case, what);
        // A receipt of a store with versions has one, which such an answer does not.
        let may_succeed = promise.may_succeed && !case.versions();
        if !(may_succeed && outcome.is_ok()) {
            became(&case, promise, what, outcome, promise.on_write, Some(&name));
        }
        untouched(&case, what, &name).await;
        took_little(wire, &case);
    }
}

async fn echoes(
    wire: &Wire,
    subject: &Subject,
    changes: impl Fn(&WireRequest) -> bool + Clone + Send + Sync + 'static,
) {
    let case =
        Case::new(subject, 89, "an error of the server that quotes the request does not show the value");
    let spellings = spellings();
    let mut count = 0;
    for form in ECHOES {
        for status in [400, 403, 500] {
            for what in ["a create", "a replace"] {
                count += 1;
                let name = case.name(&format!("{count:04}"));
                let action = prepare(&case, what, &name).await;
                let changes = changes.clone();
                wire.fail(move |request| {
                    if changes(request) { WireFault::Echo { status, form } } else { WireFault::Nothing }
                });
                let outcome = ends(&case, what, case.try_write(&name, action)).await;
                wire.mend();
                let Err(error) = outcome else {
                    case.fail(format!("{what} was answered with {status} and succeeded"))
                };
                case.quiet_error("an error", &error);
                let shown = format!("{error} {} {error:?}", error.hint().unwrap_or_default());
                let quoted = spellings.iter().any(|spelling| shown.contains(spelling));
                case.hold(
                    !quoted,
                    format!("the error of {what} ({status}, {form}) shows the value in base64"),
                );
                untouched(&case, what, &name).await;
            }
        }
    }
}

/// Makes the secret that a replace needs, and returns the action.
async fn prepare(case: &Case<'_>, what: &str, name: &SecretName) -> Action {
    let payload = case.payload(1).clone();
    if what == "a create" {
        return Action::Create(payload);
    }
    let expect = case.create(name, case.payload(0)).await;
    case.holds(name, case.payload(0)).await;
    Action::Replace { payload, expect }
}

/// Fails the case if the server changed something, though it never saw the request.
async fn untouched(case: &Case<'_>, what: &str, name: &SecretName) {
    match what {
        "a create" => case.is_absent(name).await,
        _ => drop(case.holds(name, case.payload(0)).await),
    }
}

async fn ends<T>(case: &Case<'_>, what: &str, call: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(HANGS, call).await {
        Ok(outcome) => outcome,
        Err(_) => case.fail(format!("{what} did not end within {HANGS:?}")),
    }
}

fn took_little(wire: &Wire, case: &Case<'_>) {
    let taken = wire.taken();
    case.allow(
        taken <= MOST_TAKEN,
        format!("{taken} bytes of an answer without an end were taken"),
        &format!("at most {MOST_TAKEN} bytes"),
    );
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
    let (fault, allowed) = (&promise.fault, format!("{kinds:?}"));
    let Err(error) = outcome else {
        return case.allow(false, format!("{what} met {fault:?} and succeeded"), &allowed);
    };
    case.quiet_error("an error", &error);
    let kind = Error::kind(&error);
    let found = format!("{what} that met {fault:?} became {kind:?}: {error}");
    case.allow(kinds.contains(&kind), found, &allowed);
    let carried = error.name();
    case.hold(carried == name, format!("the error of {what} about {name:?} carries the name {carried:?}"));
}
