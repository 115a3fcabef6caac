#![doc = include_str!("../README.md")]

mod answer;
mod body;
mod check;
mod client;
mod entry;
mod error;
mod name;
mod policy;
mod settings;
mod sign_in;
mod store;
mod write;

pub use settings::{ApiVersion, Settings, TokenSource};
pub use store::{ApiStore, open};
