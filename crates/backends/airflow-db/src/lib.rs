#![doc = include_str!("../README.md")]

mod address;
mod check;
mod connect;
mod database;
mod diagnose;
mod error;
mod fernet;
mod policy;
mod python_base64;
mod row;
mod schema;
mod session;
mod settings;
mod statements;
mod still_file;
mod store;
mod write;

pub use address::{Address, DatabaseKind};
pub use fernet::{Fernet, FernetError};
pub use settings::Settings;
pub use store::{DatabaseStore, open};
