//! Names and prefixes that could be mistaken for an address, a query or a header. Each must be refused, or lead to a
//! secret of its own; none may reach another secret.

use airbridge_core::{Action, Content, ErrorKind, NamePrefix, Payload, SecretName};

use crate::Subject;
use crate::case::Case;

pub(crate) async fn run(subject: &Subject) {
    hostile_reads(subject).await;
    hostile_prefixes(subject).await;
    if subject.writes() {
        hostile_writes(subject).await;
    }
}

/// Names that start with nothing of the suite's. They are only read, and written only where `check` refuses them.
const BARE: [&str; 6] = ["", ".", "..", "/", "../..", "\r\n"];

/// Endings that an unguarded adapter takes for the secret with the ending `0`, or that break a request.
fn endings(victim: &SecretName) -> Vec<String> {
    let last = victim.as_str().rsplit('/').next().unwrap_or_default();
    let mut endings: Vec<_> = ["/", "/.", "?", "?a=b", "#", "%00", "\0", "\n", "\r\nX-A: b", " ", "\u{7f}"]
        .map(|ending| format!("0{ending}"))
        .into();
    for detour in ["1/../", "1/%2e%2e/", "1/2/../../", "1\\..\\"] {
        endings.push(format!("{detour}{last}"));
    }
    endings
}

/// The names under test, and the secret that none of them may reach.
async fn hostile(case: &Case<'_>) -> (Vec<SecretName>, Option<SecretName>) {
    let victim = case.name("0");
    let mut names: Vec<_> = endings(&victim).iter().map(|ending| case.name(ending)).collect();
    names.extend(BARE.map(SecretName::new));
    let written = case.subject.writes();
    if written {
        case.create(&victim, case.payload(0)).await;
        case.holds(&victim, case.payload(0)).await;
    }
    (names, written.then_some(victim))
}

async fn hostile_reads(subject: &Subject) {
    let case =
        Case::new(subject, 90, "a read of a name that does not exist finds nothing, whatever is in the name");
    let (names, _) = hostile(&case).await;
    for name in &names {
        let outcome = case.try_read(name, None).await;
        case.quiet("the outcome of a read", &outcome);
        let good = match &outcome {
            Ok(found) => found.is_none(),
            Err(error) => error.kind() == ErrorKind::InvalidName && error.name() == Some(name),
        };
        let found = format!("a read of {:?} gave {outcome:?}", name.as_str());
        case.allow(good, found, "`Ok(None)`, or an error of kind InvalidName that carries the name");
    }
}

async fn hostile_prefixes(subject: &Subject) {
    let case =
        Case::new(subject, 91, "a listing has only names that start with the prefix, whatever is in it");
    let (names, _) = hostile(&case).await;
    for prefix in names.iter().filter(|name| !name.as_str().is_empty()).map(SecretName::as_str) {
        let page = subject.store.list_page(&NamePrefix::new(prefix), None).await;
        case.quiet("a page", &page);
        match page {
            Ok(page) => {
                let other = page.headers.iter().find(|header| !header.name.as_str().starts_with(prefix));
                let other = other.map(|header| header.name.as_str());
                case.hold(other.is_none(), format!("the listing of {prefix:?} has the name {other:?}"));
            }
            Err(error) => {
                let found = format!("the listing of {prefix:?} failed: {error:?}");
                let allowed = "a page without other names, or an error of kind InvalidName";
                case.allow(error.kind() == ErrorKind::InvalidName, found, allowed);
            }
        }
    }
}

async fn hostile_writes(subject: &Subject) {
    let case = Case::new(
        subject,
        92,
        "a write of a name that check refuses is refused, and changes no other secret",
    );
    let (names, victim) = hostile(&case).await;
    let victim = victim.unwrap_or_else(|| case.name("0"));
    let payload = case.payload(1);
    for name in &names {
        if subject.store.check(name, payload).is_err() {
            refused(&case, name, payload).await;
        } else if !BARE.contains(&name.as_str()) {
            accepted(&case, name, payload).await;
        }
        case.holds(&victim, case.payload(0)).await;
    }
}

/// What the plan would never let through: the adapter must not send it either.
async fn refused(case: &Case<'_>, name: &SecretName, payload: &Payload) {
    let create = case.write(name, Action::Create(payload.clone())).await;
    case.fails(create, &[ErrorKind::InvalidName], name);
    let replace = Action::Replace { payload: payload.clone(), expect: None };
    case.fails(case.write(name, replace).await, &[ErrorKind::InvalidName, ErrorKind::NotFound], name);
    if case.subject.deletes {
        let outcome = case.write(name, Action::Delete { expect: None }).await;
        if outcome.is_err() {
            case.fails(outcome, &[ErrorKind::InvalidName], name);
        }
    }
}

/// A store that accepts the name keeps a secret of its own under it.
async fn accepted(case: &Case<'_>, name: &SecretName, payload: &Payload) {
    if let Err(error) = case.write(name, Action::Create(payload.clone())).await {
        case.fail(format!("a create of {:?}, which check accepts, failed: {error}", name.as_str()));
    }
    let found = case.until(|| case.read(name, None), Option::is_some).await;
    let own = found.is_some_and(|stored| stored.content == Content::Payload(payload.clone()));
    case.hold(own, format!("{:?} was accepted, but does not hold what was written", name.as_str()));
    if case.subject.deletes {
        case.ok("delete", case.write(name, Action::Delete { expect: None }).await);
    }
}
