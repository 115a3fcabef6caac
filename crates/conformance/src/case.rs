//! One promise under test: its names, and how a broken promise is reported.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write};

use airbridge_core::{Content, Error, ErrorKind, Payload, SecretName, Stored};

use crate::{CANARY, Subject};

/// Names that a message lists before it says how many more there are.
const SHOWN: usize = 5;

/// One promise under test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) subject: &'a Subject,
    number: u8,
    promise: &'static str,
}

impl<'a> Case<'a> {
    /// `number` has two digits, so that the names of one case never start with the names of another. The first digit
    /// is the module's.
    pub(crate) fn new(subject: &'a Subject, number: u8, promise: &'static str) -> Self {
        assert!((10..100).contains(&number), "the number of case {number} must have two digits");
        Self { subject, number, promise }
    }

    /// Fails the case: `found` says what the store did.
    pub(crate) fn fail(&self, found: impl AsRef<str>) -> ! {
        panic!("{}", self.report(found.as_ref(), None));
    }

    /// Fails the case unless `held`.
    pub(crate) fn hold(&self, held: bool, found: impl AsRef<str>) {
        if !held {
            self.fail(found);
        }
    }

    /// Fails the case unless `held`; the message also says what is `allowed`.
    pub(crate) fn allow(&self, held: bool, found: impl AsRef<str>, allowed: &str) {
        assert!(held, "{}", self.report(found.as_ref(), Some(allowed)));
    }

    fn report(&self, found: &str, allowed: Option<&str>) -> String {
        let (number, place) = (self.number, &self.subject.expected.place);
        let mut report = format!("conformance case {number} failed for {place}");
        let allowed = allowed.map(|allowed| ("allowed", allowed));
        for (label, text) in [("promise", self.promise), ("found", found)].into_iter().chain(allowed) {
            // Writing to a string cannot fail.
            let _ = write!(report, "\n  {label:<8} {text}");
        }
        report
    }

    /// The start of this case's names.
    pub(crate) fn prefix(&self) -> String {
        format!("{}{}", self.subject.prefix, self.number)
    }

    /// One of this case's names.
    pub(crate) fn name(&self, ending: &str) -> SecretName {
        SecretName::new(format!("{}{ending}", self.prefix()))
    }

    /// `count` of this case's names; none is the start of another.
    pub(crate) fn names(&self, count: usize) -> Vec<SecretName> {
        (0..count).map(|index| self.name(&format!("{index:04}"))).collect()
    }

    /// The subject's payloads, starting over after the last one.
    pub(crate) fn payload(&self, index: usize) -> &'a Payload {
        &self.subject.payloads[index % self.subject.payloads.len()]
    }

    /// Whether the store gives every secret a version.
    pub(crate) fn versions(&self) -> bool {
        self.subject.expected.capabilities.versions
    }

    /// Fails the case unless the outcome is an error of one of these kinds that carries `name`.
    pub(crate) fn fails<T: Debug>(&self, outcome: Result<T, Error>, kinds: &[ErrorKind], name: &SecretName) {
        self.quiet("an outcome", &outcome);
        let allowed = format!("an error of kind {kinds:?} that carries the name {:?}", name.as_str());
        let error = match outcome {
            Err(error) => error,
            Ok(value) => return self.allow(false, format!("success: {value:?}"), &allowed),
        };
        self.quiet_error("an error", &error);
        let found = format!("an error of kind {:?}: {error}", error.kind());
        self.allow(kinds.contains(&error.kind()), found, &allowed);
        let found = format!("the error {error:?} about {name:?} carries {:?}", error.name());
        self.allow(error.name() == Some(name), found, &allowed);
    }

    /// The value of a call that must succeed.
    pub(crate) fn ok<T: Debug>(&self, call: &str, outcome: Result<T, Error>) -> T {
        self.quiet(call, &outcome);
        outcome.unwrap_or_else(|error| {
            self.quiet_error(call, &error);
            self.fail(format!("{call} failed: {error} ({error:?})"))
        })
    }

    /// Fails the case if the message or the hint of an error shows a secret.
    pub(crate) fn quiet_error(&self, what: &str, error: &Error) {
        self.quiet(what, error);
        self.quiet(what, error.to_string());
        self.quiet(what, error.hint());
    }

    /// Fails the case if `Debug` of `thing` shows a payload or one of the subject's further secrets.
    pub(crate) fn quiet(&self, what: &str, thing: impl Debug) {
        // The message does not print `thing`, because it shows a secret.
        let shown = format!("{thing:?}");
        self.hold(!shown.contains(CANARY), format!("{what} shows a payload"));
        for (index, secret) in self.subject.secrets.iter().enumerate() {
            let found = format!("{what} shows `secrets[{index}]` of the subject");
            self.hold(!shown.contains(secret.expose()), found);
        }
    }

    /// Fails the case unless the two sets of names are equal; the message shows the difference only.
    pub(crate) fn same_names(
        &self,
        what: &str,
        found: &BTreeSet<SecretName>,
        expected: &BTreeSet<SecretName>,
    ) {
        let (missing, extra) = (some(expected.difference(found)), some(found.difference(expected)));
        let counts = format!("{what} has {} of {} names", found.len(), expected.len());
        self.hold(found == expected, format!("{counts}; missing: {missing}; not expected: {extra}"));
    }
}

/// The first names, and how many more there are.
fn some<'n>(names: impl Iterator<Item = &'n SecretName>) -> String {
    let names: Vec<_> = names.map(SecretName::as_str).collect();
    match names.len() {
        0 => "none".to_owned(),
        count if count > SHOWN => format!("{:?} and {} more", &names[..SHOWN], count - SHOWN),
        _ => format!("{names:?}"),
    }
}

/// Whether a secret was found that holds exactly this payload.
pub(crate) fn is(found: Option<&Stored>, payload: &Payload) -> bool {
    found.is_some_and(|stored| stored.content == Content::Payload(payload.clone()))
}

/// What was found where `expected` was written: sizes and positions, never a value.
pub(crate) fn difference(found: Option<&Stored>, expected: &Payload) -> String {
    match (found.map(|stored| &stored.content), expected) {
        (None, _) => "nothing".to_owned(),
        (Some(Content::Hidden(state)), _) => format!("no payload, but the state {state:?}"),
        (Some(Content::Payload(Payload::Text(found))), Payload::Text(expected)) => {
            let pairs = found.expose().bytes().zip(expected.expose().bytes());
            let same = pairs.take_while(|(found, expected)| found == expected).count();
            let (found, expected) = (found.len(), expected.len());
            format!("{found} bytes instead of {expected}; the first {same} bytes are equal")
        }
        (Some(Content::Payload(Payload::Fields(found))), Payload::Fields(expected)) => {
            let names = |fields: &airbridge_core::Fields| {
                fields.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
            };
            let differs = expected.iter().filter(|(name, value)| found.get(name) != Some(*value));
            let differs: Vec<_> = differs.map(|(name, _)| name).collect();
            format!("fields {:?} instead of {:?}; different: {differs:?}", names(found), names(expected))
        }
        (Some(Content::Payload(Payload::Text(_))), Payload::Fields(_)) => "a string, not fields".to_owned(),
        (Some(Content::Payload(Payload::Fields(_))), Payload::Text(_)) => "fields, not a string".to_owned(),
    }
}
