//! What the tests of the adapters of Amazon's services share; no program uses it.
//!
//! | to see | look at |
//! | --- | --- |
//! | servers, each with accounts of their own | [`Server`] |
//! | a service that says what it is told to | [`Canned`] |
//! | short words for calls and what they find | `calls` |

#![expect(clippy::expect_used, clippy::panic, reason = "what a test stands on must be there")]
#![expect(clippy::missing_panics_doc, reason = "all of it panics where a test cannot go on")]

mod calls;
mod canned;
mod server;

pub use calls::{create, is_text, metadata, read, read_all, write, write_with};
pub use canned::{CANARY, Canned, failure, fine, shown};
pub use server::{REGION, SECRET_KEY, Server, account, environment};
