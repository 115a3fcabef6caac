//! Changes that are rejected before they are sent.

use airbridge_core::{Change, Payload, Rejection, Result, SecretName};

/// Checks the name and payload of a create or replace with the store's `check`, so that nothing is sent that the service
/// would reject or read as the name of another secret.
///
/// # Errors
/// `InvalidName` or `InvalidPayload`, with the rule.
pub fn check_change(
    change: &Change,
    check: impl Fn(&SecretName, &Payload) -> Result<(), Rejection>,
) -> Result<()> {
    let Some(payload) = change.action.payload() else { return Ok(()) };
    check(&change.name, payload).map_err(|rejection| rejection.into_error(&change.name))
}
