#![doc = include_str!("../README.md")]

mod blocking;
mod bytes;
mod disk;
mod environment;
mod error;
mod medium;
mod part;
mod stdio;
mod store;

pub use environment::EnvironmentStore;
pub use part::{Location, Part};
pub use stdio::read_stdin;
pub use store::{FileStore, open};
