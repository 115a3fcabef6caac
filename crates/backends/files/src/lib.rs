#![doc = include_str!("../README.md")]

mod blocking;
mod bytes;
mod disk;
mod environment;
mod error;
mod exposure;
mod identity;
mod lock;
mod medium;
mod output;
mod part;
mod stdio;
mod store;

pub use disk::{is_pipe, read_input};
pub use environment::EnvironmentStore;
pub use exposure::Exposure;
pub use identity::FileIdentity;
pub use output::OutputFile;
pub use part::{Location, Part};
pub use stdio::{read_pipe, read_stdin, read_stdin_now, stdin_is_socket};
pub use store::{FileStore, open};
