//! Errors that quote a request or a value, and how a quoted value is found.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::CANARY;

/// Errors that quote the request, in the forms of the services.
pub(super) const ECHOES: [&str; 9] = [
    r#"{"__type": "InvalidRequestException", "Message": "ECHO"}"#,
    r#"{"__type": "AccessDeniedException", "message": "ECHO"}"#,
    r#"{"__type": "EncryptionFailure", "message": "ECHO"}"#,
    r#"{"__type": "LimitExceededException", "message": "ECHO"}"#,
    r#"{"__type": "ECHO", "message": "ECHO"}"#,
    r#"{"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "ECHO"}}"#,
    r#"{"error": {"code": "Forbidden", "message": "ECHO", "innererror": {"code": "ECHO"}}}"#,
    r#"{"errors": ["ECHO", "1 error occurred: ECHO"], "request_id": "ECHO"}"#,
    r#"{"message": "ECHO", "error": "ECHO", "code": "ECHO"}"#,
];

/// The middle of the canary in base64, at each of the three places where it can start.
pub(super) fn spellings() -> [String; 3] {
    [0, 1, 2].map(|before| {
        let encoded = STANDARD.encode(format!("{}{CANARY}", " ".repeat(before)));
        encoded.chars().skip(4).take(8).collect()
    })
}
