//! Functions of Python's standard library that Airflow relies on and that no crate reproduces exactly.
//!
//! They follow `CPython` 3.11 (`urllib.parse`, `ipaddress`, `str`, `int`), under which both Airflow versions were run.

mod chars;
mod int;
mod percent;
#[cfg(test)]
mod tests;
mod urlsplit;

pub(crate) use chars::{is_space, strip};
pub(crate) use int::{int_from_number, int_from_text};
pub(crate) use percent::{parse_query, quote, quote_plus, unquote};
pub(crate) use urlsplit::{SplitError, UrlParts, drop_ignored};
