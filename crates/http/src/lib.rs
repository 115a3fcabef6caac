#![doc = include_str!("../README.md")]

mod address;
mod answer;
mod body;
mod certificates;
mod client;
mod connect;
mod fault;
mod options;
mod proxy;
mod small_file;
mod too_large;
mod words;

pub use address::Address;
pub use answer::{clock_skew, retry_after, status_error, wrong_service};
pub use body::{LIST_LIMIT, SECRET_LIMIT, read_body};
pub use certificates::{Certificates, require_system_certificates};
pub use client::{build, client_builder};
pub use connect::{ConnectError, causes};
pub use fault::{ConnectHints, Fault, TransportError, outcome_unknown};
pub use options::{CALL_TIMEOUT, CONNECT_TIMEOUT, HttpOptions};
pub use proxy::Proxy;
pub use small_file::{check_small_file, read_small_file};
pub use too_large::BodyTooLarge;
pub use words::{is_safe_word, safe_text};
