//! The body of an answer, up to a limit.

use reqwest::Response;
use zeroize::Zeroizing;

use crate::fault::TransportError;

/// The largest answer to a request for one secret: 16 MiB.
pub const SECRET_LIMIT: usize = 16 << 20;

/// The largest answer to a request for a list: 64 MiB.
pub const LIST_LIMIT: usize = 64 << 20;

/// Reads the body of an answer; it is wiped when it is dropped.
///
/// # Errors
/// [`TransportError`] if the body is cut off, late, or longer than `limit` bytes.
pub async fn read_body(mut response: Response, limit: usize) -> Result<Zeroizing<Vec<u8>>, TransportError> {
    let length = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if length > limit {
        return Err(TransportError::TooLarge);
    }
    // With the announced length the buffer never moves, which would leave a copy behind.
    let mut body = Zeroizing::new(Vec::with_capacity(length));
    while let Some(chunk) = response.chunk().await.map_err(|error| TransportError::of(&error))? {
        if body.len() + chunk.len() > limit {
            return Err(TransportError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
