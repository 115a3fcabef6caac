//! The descriptor and `check`: pure, and known before the first request.

use airbridge_core::SecretName;

use crate::case::Case;
use crate::{CANARY, Subject};

pub(crate) fn run(subject: &Subject) {
    descriptor_is_as_expected(subject);
    what_fits_is_accepted(subject);
    what_does_not_fit_is_refused(subject);
    debug_shows_no_secret(subject);
}

fn descriptor_is_as_expected(subject: &Subject) {
    let case = Case::new(subject, 10, "the descriptor is the expected one, every time");
    for _ in 0..2 {
        let found = subject.store.descriptor();
        case.allow(*found == subject.expected, format!("{found:?}"), &format!("{:?}", subject.expected));
    }
    let limits = subject.expected.limits;
    let least = limits.read_batch.min(limits.write_batch).min(limits.concurrency);
    case.hold(least >= 1, "a limit of 0, with which no call could be made");
}

fn what_fits_is_accepted(subject: &Subject) {
    let case = Case::new(subject, 11, "check accepts what the store can hold");
    let endings = subject.names.iter().map(String::as_str).chain(["0"]);
    for name in endings.map(|ending| case.name(ending)) {
        for (index, payload) in subject.payloads.iter().enumerate() {
            if let Err(rejection) = subject.store.check(&name, payload) {
                case.fail(format!("{:?} with payload {index} was refused: {rejection:?}", name.as_str()));
            }
        }
    }
}

fn what_does_not_fit_is_refused(subject: &Subject) {
    let case = Case::new(subject, 12, "check refuses what the store cannot hold, and gives the reason");
    for (index, (name, payload, reason)) in subject.unfit.iter().enumerate() {
        let short: String = name.as_str().chars().take(60).collect();
        let which = format!("`unfit[{index}]`, the name {short:?} with {payload:?},");
        match subject.store.check(name, payload) {
            Ok(()) => case.allow(false, format!("{which} was accepted"), &format!("the reason {reason}")),
            Err(rejection) => {
                case.quiet("the refusal", &rejection);
                let found = format!("{which} was refused as {}: {}", rejection.reason, rejection.message);
                case.allow(rejection.reason == *reason, found, &format!("the reason {reason}"));
                case.hold(!rejection.message.is_empty(), format!("the refusal of {which} has no message"));
            }
        }
    }
}

fn debug_shows_no_secret(subject: &Subject) {
    let case = Case::new(subject, 13, "Debug of the store shows no payload and no credential");
    case.quiet("Debug of the store", &subject.store);
    case.quiet("Debug of the subject", subject);
    // A name is not secret, so Debug shows it. This proves that the search finds what is there.
    case.hold(
        format!("{:?}", SecretName::new(CANARY)).contains(CANARY),
        "the search for the canary is broken",
    );
}
