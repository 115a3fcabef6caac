//! Stores that break one promise each, so that the suite is known to notice.

#![expect(clippy::unwrap_used, reason = "a poisoned lock fails the test")]

mod defect;
mod store;

use std::sync::Arc;

use airbridge_conformance::{Binary, Bound, Subject, described, run, text_of, texts};
use airbridge_core::{Payload, SecretName, SecretStore, SecretText};
use defect::Defect;
use store::{Broken, LOOKS, NAME, PAGE, TOKEN, VALUE};

fn subject(defect: Defect) -> Subject {
    let store = Arc::new(Broken::new(defect));
    let binary = Arc::clone(&store.binary);
    let mut expected = store.inner.descriptor().clone();
    expected.limits.look_batch = LOOKS;
    Subject {
        expected,
        store,
        prefix: "suite/".to_owned(),
        separator: "/",
        names: vec!["with space".to_owned()],
        payloads: texts().into_iter().map(Payload::text).collect(),
        unfit: vec![(SecretName::new(""), Payload::text(texts().remove(0)), "name-invalid")],
        longest_name: Bound::At(NAME),
        largest_value: Bound::At(VALUE),
        sized: text_of,
        binary: Binary::planted(move |name, _| {
            binary.lock().unwrap().insert(name);
            async {}
        }),
        secrets: vec![SecretText::new(TOKEN)],
        existing: vec![],
        page: Some(PAGE.get()),
        deletes: defect != Defect::DeletesWithoutSayingSo,
        metadata: described(),
    }
}

/// The message with which the suite fails, `None` if it passes.
async fn failure(subject: Subject) -> Option<String> {
    let panic = tokio::spawn(run(subject)).await.err()?.into_panic();
    let literal = panic.downcast_ref::<&str>().map(|message| (*message).to_owned());
    literal.or_else(|| panic.downcast_ref().cloned())
}

#[tokio::test]
async fn each_defect_fails_the_case_of_its_promise() {
    for (defect, case, message) in [
        (Defect::LosesACapability, 10, "the descriptor is the expected one"),
        (Defect::AcceptsEverything, 12, "the name \"\" with"),
        (Defect::RefusesWhatFits, 11, "check accepts what the store can hold"),
        (Defect::RefusesLongNames, 80, "check refuses what the service accepts"),
        (Defect::RefusesLargeValues, 81, "check refuses what the service accepts"),
        (Defect::AcceptsOneCharacterMore, 80, "one more: Ok(())"),
        (Defect::AcceptsOneByteMore, 81, "one more: Ok(())"),
        (Defect::AcceptsWhatTheServiceRefuses, 81, "create failed: "),
        (Defect::ShowsValuesInDebug, 13, "Debug of the store shows a payload"),
        (Defect::ShowsValuesInRefusals, 12, "the refusal shows a payload"),
        (Defect::ShowsValuesInErrors, 41, "the outcome of a write shows a payload"),
        (Defect::ShowsTheTokenInDebug, 13, "Debug of the store shows `secrets[0]` of the subject"),
        (Defect::ShowsTheTokenInErrors, 41, "the outcome of a write shows `secrets[0]` of the subject"),
        (Defect::ErrorsWithoutNames, 41, "carries None"),
        (Defect::ListsNeighbours, 23, "not expected: [\"suite/23"),
        (Defect::ListsOnePageOnly, 22, "has 7 of 15 names"),
        (Defect::ListsTwice, 22, "a name was listed twice"),
        (Defect::FailsOnEmptyListing, 20, "a prefix that matches nothing is an empty listing"),
        (Defect::ListsOldContent, 25, "in the listing"),
        (Defect::ListsOldVersions, 25, "version 1 in the listing"),
        (Defect::AbsentIsAnError, 30, "an absent name reads as Ok(None)"),
        (Defect::AnswersInItsOwnOrder, 34, "outcome i belongs to request i"),
        (Defect::TrimsValues, 32, "(payload 2 of the subject) found"),
        (Defect::NoVersions, 25, "carries the version None"),
        (Defect::NoVersionsInReceipts, 25, "a receipt carries the version None"),
        (Defect::NoVersionsInReads, 25, "a read carries the version None"),
        (Defect::IgnoresTheVersionRead, 35, "found the new payload"),
        (Defect::BinaryIsAnError, 36, "State::Binary"),
        (Defect::BinaryIsAbsent, 36, "State::Binary"),
        (Defect::ReadsThroughDots, 90, "/../"),
        (Defect::WritesThroughDots, 92, "/../"),
        (Defect::ListsThroughDots, 91, "/../"),
        (Defect::SendsRefusedNames, 92, "an error of kind Unexpected"),
        (Defect::CreateReplaces, 41, "a create of a taken name is AlreadyExists"),
        (Defect::ReplaceCreates, 42, "a replace of an absent name is NotFound"),
        (Defect::IgnoresTheVersionExpected, 44, "a replace of another version than expected"),
        (Defect::DeleteOfAbsentFails, 51, "a delete of an absent name succeeds"),
        (Defect::DeletesWithoutSayingSo, 53, "a store that does not delete answers Unsupported"),
        (Defect::DeletesNothing, 50, "a deleted secret is absent"),
        // Noticed in the first case that creates many secrets.
        (Defect::LosesConcurrentWrites, 22, "has 1 of 15 names"),
        (Defect::LeavesOutInSilence, 70, "is kept, or left out with a sentence"),
        (Defect::ShowsWhatItLeavesOut, 70, "what is left out shows a payload"),
        (Defect::KeepsReservedTags, 70, "is kept, or left out with a sentence"),
        (Defect::CreateWritesNoMetadata, 72, "the metadata of a create comes back"),
        (Defect::ReplaceWritesNoMetadata, 73, "a replace adds its metadata"),
        (Defect::ReplaceDropsMetadata, 73, "a replace adds its metadata"),
        (Defect::LooksInItsOwnOrder, 46, "look i belongs to change i"),
        (Defect::LooksAtTheVersionExpected, 46, "look i belongs to change i"),
        (Defect::ForgetsVersions, 35, "a read of the old version 1 found nothing"),
        (Defect::RestoreLosesTheValue, 54, "the receipt of the restore has another version"),
        (Defect::RestoreIgnoresThePayload, 55, "the restore made no new version"),
        (Defect::RestoreOfAbsentCreates, 56, "success: Receipt"),
        (Defect::RestoresWithoutSayingSo, 57, "success: Receipt"),
        (Defect::IgnoresWhatItSaw, 47, "success: Receipt"),
        (Defect::WritesMetadataBeforeItLooks, 74, "a create of a taken name and a stale replace"),
    ] {
        let failed = failure(subject(defect)).await;
        let expected = |found: &String| {
            found.starts_with(&format!("conformance case {case} failed for memory\n"))
                && found.contains(message)
        };
        assert!(failed.as_ref().is_some_and(expected), "{defect:?}: {failed:#?}");
    }
    assert_eq!(failure(subject(Defect::None)).await, None);
}

#[tokio::test]
async fn failure_names_the_case_the_promise_the_finding_and_what_is_allowed() {
    let failed = failure(subject(Defect::IgnoresTheVersionRead)).await;
    let expected = "conformance case 35 failed for memory
  promise  the version in a receipt is the version that is read, and no other is read
  found    a read of the old version 1 found the new payload
  allowed  the old payload, or `None` from a store that does not say that it keeps former versions";
    assert_eq!(failed.as_deref(), Some(expected));
}

#[tokio::test]
async fn subject_that_supplies_too_little_is_refused() {
    let whole = subject(Defect::None);
    let existing = |name: &str| (SecretName::new(name), Payload::text("x"));
    let read_only = {
        let mut expected = whole.expected.clone();
        expected.capabilities.write = false;
        expected
    };
    for (subject, complaint) in [
        (Subject { payloads: whole.payloads[..2].to_vec(), ..whole.clone() }, "three different payloads"),
        (
            Subject { payloads: ["a", "b", "c"].map(Payload::text).into(), ..whole.clone() },
            "must contain the canary",
        ),
        (Subject { expected: read_only, ..whole.clone() }, "three secrets in `existing`"),
        (Subject { page: Some(500), ..whole.clone() }, "`page` must be 1 to 499"),
        (Subject { existing: vec![existing("suite/1")], ..whole.clone() }, "no digit may follow"),
        (Subject { secrets: vec![SecretText::new("")], ..whole.clone() }, "`secrets` is empty"),
        (Subject { longest_name: Bound::Untested(""), ..whole.clone() }, "need a reason"),
        (Subject { binary: Binary::Impossible(""), ..whole.clone() }, "need a reason"),
    ] {
        let failed = failure(subject).await;
        assert!(failed.as_ref().is_some_and(|failed| failed.contains(complaint)), "{complaint}: {failed:?}");
    }
}

#[test]
fn texts_are_all_different() {
    let texts = texts();
    assert!(texts.iter().enumerate().all(|(index, text)| !texts[..index].contains(text)));
}
