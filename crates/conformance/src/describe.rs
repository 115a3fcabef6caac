//! The descriptor and `check`: pure, and known before the first request.

use airbridge_core::SecretName;

use crate::case::Case;
use crate::{CANARY, Subject};

pub(crate) fn run(subject: &Subject) {
    is_as_expected(subject);
    fit_is_accepted(subject);
    unfit_is_refused(subject);
    the_store_shows_nothing(subject);
}

fn is_as_expected(subject: &Subject) {
    let case = Case::new(subject, 10, "the descriptor is what is expected, every time");
    for _ in 0..2 {
        let found = subject.store.descriptor();
        case.hold(*found == subject.expected, format!("it is {found:?}, not {:?}", subject.expected));
    }
    let limits = subject.expected.limits;
    let least = limits.read_batch.min(limits.write_batch).min(limits.concurrency);
    case.hold(least >= 1, "a limit of 0 lets nothing through");
}

fn fit_is_accepted(subject: &Subject) {
    let case = Case::new(subject, 11, "check accepts what the store can hold");
    let endings = subject.names.iter().map(String::as_str).chain(["0"]);
    for name in endings.map(|ending| case.name(ending)) {
        for (index, payload) in subject.payloads.iter().enumerate() {
            if let Err(unfit) = subject.store.check(&name, payload) {
                case.fail(format!("{name} with payload {index} was refused: {unfit:?}"));
            }
        }
    }
}

fn unfit_is_refused(subject: &Subject) {
    let case = Case::new(subject, 12, "check refuses what the store cannot hold, and says why");
    for (index, (name, payload, reason)) in subject.unfit.iter().enumerate() {
        match subject.store.check(name, payload) {
            Ok(()) => case.fail(format!("unfit {index} ({reason}) was accepted")),
            Err(unfit) => {
                case.quiet("the refusal", &unfit);
                case.hold(
                    unfit.reason == *reason,
                    format!("unfit {index} is {reason}, not {}", unfit.reason),
                );
                case.hold(!unfit.message.is_empty(), format!("unfit {index} says nothing"));
            }
        }
    }
}

fn the_store_shows_nothing(subject: &Subject) {
    let case = Case::new(subject, 13, "no debug print shows a payload");
    case.quiet("the subject with its store", subject);
    // A name may hold anything, and is shown; so this proves that the search finds what is there to be found.
    case.hold(format!("{:?}", SecretName::new(CANARY)).contains(CANARY), "the canary cannot be seen at all");
}
