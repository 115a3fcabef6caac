//! Whether a write happened whose answer was lost.
//!
//! After a lost answer the secret is read; the write is never sent again without that. If the read shows that the write did
//! not happen, the same change is sent again with the same token. This is safe even if reads lag behind writes: the service
//! recognizes the token, or it refuses a create of a taken name and a replace of a newer version. For that reason such a
//! refusal of a change that was sent before is not final, and is confirmed by reading, too.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use super::batch::Batch;
use crate::{
    Action, Change, Content, Error, ErrorKind, Operation, Payload, Read, Receipt, Result, SecretStore, State,
    Stored, Version,
};

/// Time between two reads while reads may lag.
const POLL: Duration = Duration::from_millis(500);
const HINT: &str = "run the same command again: it compares first and writes only what differs";

/// The positions of the changes in a batch whose answer was lost at least once.
#[derive(Debug, Default)]
pub(super) struct UncertainWrites(HashSet<usize>);

/// What a read shows of an uncertain change.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// It happened.
    Happened(Receipt),
    /// It did not happen, and can still be made.
    SendAgain,
    /// The secret was changed by another writer.
    Conflict(ErrorKind),
}

impl UncertainWrites {
    /// Reads back each change of the batch whose answer was lost. It gets its outcome, or keeps the error
    /// [`ErrorKind::AnswerLost`] and may be sent again.
    pub(super) async fn confirm_writes(
        &mut self,
        store: &dyn SecretStore,
        batch: &mut Batch<'_, Change, Receipt>,
    ) {
        let mut open: Vec<(usize, &Change, Error)> = (batch.failed())
            .filter(|(index, _, error)| match error.kind() {
                ErrorKind::AnswerLost => true,
                ErrorKind::AlreadyExists | ErrorKind::VersionMismatch => self.0.contains(index),
                _ => false,
            })
            .map(|(index, change, error)| (index, change, error.clone()))
            .collect();
        self.0.extend(open.iter().map(|(index, ..)| *index));
        let lag_ends = Instant::now() + store.descriptor().read_lag;
        while !open.is_empty() {
            let found = read_back(store, &open).await;
            let may_lag = Instant::now() < lag_ends;
            let asked = open.into_iter().zip(found);
            open = asked.filter_map(|(change, found)| decide(change, found, may_lag, batch)).collect();
            if !open.is_empty() {
                sleep(POLL).await;
            }
        }
    }
}

/// Gives one change its outcome, or returns it to be read again.
fn decide<'a>(
    (index, change, error): (usize, &'a Change, Error),
    found: Result<Option<Stored>>,
    may_lag: bool,
    batch: &mut Batch<'_, Change, Receipt>,
) -> Option<(usize, &'a Change, Error)> {
    let lost = |message: String| {
        let error = Error::new(ErrorKind::AnswerLost, Operation::Write, message);
        error.with_name(&change.name).with_hint(HINT)
    };
    let refused = error.kind() != ErrorKind::AnswerLost;
    match (found.map(|found| verdict(&change.action, found.as_ref())), refused) {
        (Ok(Verdict::Happened(receipt)), _) => batch.finish_item(index, Ok(receipt)),
        (Ok(Verdict::SendAgain), false) => batch.fail_with(index, lost(error.message().to_owned())),
        (Ok(_), _) if may_lag => return Some((index, change, error)),
        // The service's own error is more precise.
        (Ok(_), true) => batch.finish_item(index, Err(error)),
        (Ok(Verdict::Conflict(kind)), false) => {
            let message = "the answer was lost, and the secret now holds something else than this write";
            let error = Error::new(kind, Operation::Write, message).with_name(&change.name);
            batch.finish_item(index, Err(error.with_hint(HINT)));
        }
        (Err(error), _) => {
            let message = format!("the answer was lost, and reading it back failed: {}", error.message());
            batch.finish_item(index, Err(lost(message)));
        }
    }
    None
}

/// Reads the secret of each change.
async fn read_back(
    store: &dyn SecretStore,
    uncertain: &[(usize, &Change, Error)],
) -> Vec<Result<Option<Stored>>> {
    debug!(
        place = store.descriptor().place.as_str(),
        changes = uncertain.len(),
        "confirming writes by reading"
    );
    let wanted: Vec<_> = uncertain.iter().map(|(_, change, _)| Read::current(change.name.clone())).collect();
    let mut found = Vec::with_capacity(wanted.len());
    for batch in wanted.chunks(store.descriptor().limits.read_batch.max(1)) {
        match store.read_batch(batch).await {
            Ok(outcomes) => found.extend(outcomes),
            Err(error) => found.extend(batch.iter().map(|_| Err(error.clone()))),
        }
    }
    found
}

fn verdict(action: &Action, found: Option<&Stored>) -> Verdict {
    // A deleted secret that reserves its name counts as absent; a create learns about it from the service.
    let found = found.filter(|stored| !matches!(stored.content, Content::Hidden(State::Deleted { .. })));
    let holds = |payload: &Payload| {
        found.is_some_and(|stored| matches!(&stored.content, Content::Payload(found) if found == payload))
    };
    let version = found.and_then(|stored| stored.version.clone());
    match action {
        Action::Create(_) | Action::Restore { .. } if found.is_none() => Verdict::SendAgain,
        Action::Create(payload) if holds(payload) => Verdict::Happened(Receipt { version }),
        // The service does not show what it holds. What it shows is compared when the entry is verified.
        Action::Create(_) if found.is_some_and(is_masked) => Verdict::Happened(Receipt { version }),
        Action::Create(_) => Verdict::Conflict(ErrorKind::AlreadyExists),

        Action::Replace { .. } if found.is_none() => Verdict::Conflict(ErrorKind::NotFound),
        // The secret still has the version before, so the write did not happen, whatever the payload is.
        Action::Replace { expect, .. } if known_equal(expect.as_ref(), version.as_ref()) => {
            Verdict::SendAgain
        }
        Action::Replace { payload, .. } if holds(payload) => Verdict::Happened(Receipt { version }),
        Action::Restore { payload: None } => Verdict::Happened(Receipt { version }),
        Action::Restore { payload: Some(payload) } if holds(payload) => {
            Verdict::Happened(Receipt { version })
        }
        Action::Restore { .. } => Verdict::SendAgain,
        Action::Delete { .. } if found.is_none() => Verdict::Happened(Receipt { version: None }),
        Action::Replace { expect, .. } | Action::Delete { expect }
            if expect.is_none() || version.is_none() || *expect == version =>
        {
            Verdict::SendAgain
        }
        Action::Replace { .. } | Action::Delete { .. } => Verdict::Conflict(ErrorKind::VersionMismatch),
    }
}

fn is_masked(stored: &Stored) -> bool {
    matches!(stored.content, Content::Hidden(State::Masked { .. }))
}

fn known_equal(expect: Option<&Version>, found: Option<&Version>) -> bool {
    expect.is_some() && expect == found
}

#[cfg(test)]
mod tests {
    use super::{Verdict, verdict};
    use crate::{Action, ErrorKind, Payload, Receipt, State, Stored, Version};

    fn old() -> Payload {
        Payload::text("old")
    }

    fn new() -> Payload {
        Payload::text("new")
    }

    #[expect(clippy::unnecessary_wraps, reason = "the type of versions in receipts and changes")]
    fn one() -> Option<Version> {
        Some(Version::new("1"))
    }

    #[expect(clippy::unnecessary_wraps, reason = "the type of versions in receipts and changes")]
    fn two() -> Option<Version> {
        Some(Version::new("2"))
    }

    fn happened(version: Option<Version>) -> Verdict {
        Verdict::Happened(Receipt { version })
    }

    #[test]
    fn verdict_on_a_create() {
        let create = Action::Create(new());
        let deleted = Stored::hidden(State::Deleted { until: None }, one());
        for (found, expected) in [
            (None, Verdict::SendAgain),
            (Some(deleted), Verdict::SendAgain),
            (Some(Stored::payload(new(), one())), happened(one())),
            (Some(Stored::payload(new(), None)), happened(None)),
            (Some(Stored::payload(old(), one())), Verdict::Conflict(ErrorKind::AlreadyExists)),
            (Some(Stored::hidden(State::NoValue, None)), Verdict::Conflict(ErrorKind::AlreadyExists)),
            (Some(Stored::hidden(State::Masked { message: String::new() }, None)), happened(None)),
        ] {
            assert_eq!(verdict(&create, found.as_ref()), expected, "{found:?}");
        }
    }

    #[test]
    fn verdict_on_a_replace() {
        let mismatch = || Verdict::Conflict(ErrorKind::VersionMismatch);
        for (expect, found, expected) in [
            (one(), Some(Stored::payload(new(), two())), happened(two())),
            (one(), Some(Stored::payload(old(), one())), Verdict::SendAgain),
            (one(), Some(Stored::payload(new(), one())), Verdict::SendAgain),
            (one(), Some(Stored::payload(old(), two())), mismatch()),
            (one(), Some(Stored::hidden(State::Disabled, two())), mismatch()),
            (one(), Some(Stored::hidden(State::Disabled, one())), Verdict::SendAgain),
            (one(), None, Verdict::Conflict(ErrorKind::NotFound)),
            (None, Some(Stored::payload(new(), None)), happened(None)),
            (None, Some(Stored::payload(old(), None)), Verdict::SendAgain),
            (None, None, Verdict::Conflict(ErrorKind::NotFound)),
        ] {
            let replace = Action::Replace { payload: new(), expect };
            assert_eq!(verdict(&replace, found.as_ref()), expected, "{replace:?} {found:?}");
        }
    }

    #[test]
    fn verdict_on_a_delete() {
        let deleted = Stored::hidden(State::Deleted { until: None }, one());
        for (expect, found, expected) in [
            (one(), None, happened(None)),
            (one(), Some(deleted), happened(None)),
            (one(), Some(Stored::payload(old(), one())), Verdict::SendAgain),
            (one(), Some(Stored::payload(old(), two())), Verdict::Conflict(ErrorKind::VersionMismatch)),
            (None, Some(Stored::payload(old(), None)), Verdict::SendAgain),
            (None, None, happened(None)),
        ] {
            let delete = Action::Delete { expect };
            assert_eq!(verdict(&delete, found.as_ref()), expected, "{delete:?} {found:?}");
        }
    }
}
