//! What the tests of the AWS adapters share. The program does not use it.
//!
//! | to see | look at |
//! | --- | --- |
//! | emulators, and accounts for each test | [`Server`] |
//! | a service with canned answers | [`Canned`] |
//! | short functions for calls and their results | `calls` |

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it cannot go on")]
#![expect(clippy::missing_panics_doc, reason = "every function panics where a test cannot go on")]

mod calls;
mod canned;
mod server;

pub use calls::{create, is_text, metadata, read, read_all, write, write_with};
pub use canned::{CANARY, Canned, failure, fine, shown};
pub use server::{REGION, Server, account, environment};
