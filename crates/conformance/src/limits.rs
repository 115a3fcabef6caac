//! `check` against the service itself: what is exactly at a limit is written and read back, and one more is refused.

use airbridge_core::{Payload, SecretName};

use crate::case::Case;
use crate::{Bound, Subject};

pub(crate) async fn run(subject: &Subject) {
    longest_name(subject).await;
    largest_value(subject).await;
}

async fn longest_name(subject: &Subject) {
    let case = Case::new(
        subject,
        80,
        "check accepts a name at the limit, the store keeps it, and one more is refused",
    );
    let Bound::At(limit) = subject.longest_name else { return };
    let of_length = |length: usize| {
        let start = case.prefix();
        case.hold(
            start.len() < limit,
            format!("the longest name of the subject is {limit} bytes, shorter than {start:?}"),
        );
        SecretName::new(format!("{start}{}", "0".repeat(length - start.len())))
    };
    at_the_limit(&case, &of_length(limit), case.payload(0)).await;
    one_more(&case, &of_length(limit + 1), case.payload(0), "name-too-long");
}

async fn largest_value(subject: &Subject) {
    let case = Case::new(
        subject,
        81,
        "check accepts a value at the limit, the store keeps it, and one more is refused",
    );
    let Bound::At(limit) = subject.largest_value else { return };
    let name = case.name("0");
    at_the_limit(&case, &name, &(subject.sized)(limit)).await;
    one_more(&case, &name, &(subject.sized)(limit + 1), "value-too-large");
}

async fn at_the_limit(case: &Case<'_>, name: &SecretName, payload: &Payload) {
    if let Err(rejection) = case.subject.store.check(name, payload) {
        case.fail(format!("check refuses what the service accepts: {rejection:?}"));
    }
    if case.subject.writes() {
        case.create(name, payload).await;
        case.holds(name, payload).await;
    }
}

fn one_more(case: &Case<'_>, name: &SecretName, payload: &Payload, reason: &str) {
    let reasons = case.subject.store.check(name, payload).map_err(|rejection| rejection.reason);
    case.allow(reasons == Err(reason), format!("one more: {reasons:?}"), &format!("a refusal as {reason}"));
}
