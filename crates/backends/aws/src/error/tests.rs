use airbridge_core::ErrorKind;

use super::{Call, Cause, classify_item};

fn cause(code: &str, message: &str) -> Cause {
    classify_item(Call::GetSecretValue, "aws:x", code, Some(message)).cause
}

#[test]
fn message_distinguishes_cases_of_one_code() {
    let missing = "ResourceNotFoundException";
    let no_value = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
    assert_eq!(cause(missing, no_value), Cause::NoValue);
    assert_eq!(cause(missing, "Secrets Manager can't find the specified secret."), Cause::Absent);
    let refused = "InvalidRequestException";
    let marked = "You can't perform this operation on the secret because it was marked for deletion.";
    assert_eq!(cause(refused, marked), Cause::Deleted);
    assert_eq!(cause(refused, "It's currently marked deleted."), Cause::Deleted);
    assert_eq!(cause(refused, "You can't delete a secret that still has replicas."), Cause::Rejected);
}

#[test]
fn unknown_code_of_an_item_is_an_error_without_its_message() {
    let fault = classify_item(Call::GetSecretValue, "aws:x", "what is\nthis", Some("canary"));
    assert_eq!((fault.cause, fault.error.kind()), (Cause::Other, ErrorKind::Unexpected));
    assert!(!format!("{fault:?}").contains("canary") && !format!("{fault:?}").contains("this"));
}

#[test]
fn words_of_the_service_are_shown_for_reads_and_never_for_writes() {
    let message = |call, code| {
        let fault = classify_item(call, "aws:here", code, Some("canary"));
        fault.error.message().to_owned()
    };
    for code in
        ["InvalidRequestException", "AccessDeniedException", "EncryptionFailure", "LimitExceededException"]
    {
        for call in [Call::CreateSecret, Call::PutSecretValue] {
            assert!(!message(call, code).contains("canary"), "{code}");
        }
    }
    assert!(message(Call::ListSecrets, "AccessDeniedException").contains("canary"));
}
