//! The error of a body that is longer than its limit.

use std::error::Error;
use std::fmt;

/// The error of a body that is longer than its limit, for clients that read bodies themselves.
#[derive(Clone, Copy, Debug)]
pub struct BodyTooLarge;

impl fmt::Display for BodyTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is too large")
    }
}

impl Error for BodyTooLarge {}
