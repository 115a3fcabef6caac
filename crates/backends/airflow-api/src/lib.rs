#![doc = include_str!("../README.md")]

mod answer;
mod client;
mod entry;
mod error;
mod settings;
mod sign_in;
mod store;

pub use settings::{ApiVersion, Settings};
pub use store::{ApiStore, open};
