//! Damage to an input.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::corpus::Corpus;

/// The largest input.
const LARGEST: usize = 16 << 10;

/// What often means something to a parser.
const TOKENS: &[&str] = &[
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "\t",
    " ",
    "  ",
    "\0",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{1b}",
    "é",
    "e\u{301}",
    "🔑",
    "\"",
    "'",
    "\"\"",
    "'''",
    "\"\"\"",
    "\\",
    "\\\\",
    "\\n",
    "\\u0000",
    "\\ud800",
    "\\x41",
    "{",
    "}",
    "{}",
    "[",
    "]",
    "[]",
    "(",
    ")",
    "<",
    ">",
    ",",
    ":",
    ": ",
    "::",
    ";",
    "=",
    "==",
    ":=",
    "#",
    " #",
    "%",
    "%%",
    "%(a)s",
    "%41",
    "%2F",
    "%ff",
    "+",
    "-",
    "- ",
    "---",
    "...",
    "_",
    "__",
    ".",
    "..",
    "/",
    "//",
    "://",
    "?",
    "&",
    "@",
    "*",
    "**",
    "!",
    "!!str ",
    "!!binary ",
    "&a ",
    "*a",
    "<<: *a",
    "|",
    "|\n",
    ">-\n",
    "~",
    "$",
    "$$",
    "${",
    "${A}",
    "$A",
    "${A:-b}",
    "`",
    "null",
    "true",
    "no",
    "0",
    "-0",
    "00",
    "1e999",
    "NaN",
    "Infinity",
    "0x1F",
    "1_000",
    "12:30:45",
    "2001-01-01",
    "99999999999999999999999999",
    "export ",
    "AIRFLOW_CONN_",
    "AIRFLOW_VAR_",
    "__extra__",
    "conn:",
    "env",
    "file",
];

/// One change. Positions count from the start and are taken modulo the length.
#[derive(Clone, Debug)]
enum Change {
    Insert(Index, &'static str),
    InsertByte(Index, u8),
    Delete(Index, usize),
    Replace(Index, usize, &'static str),
    Repeat(Index, usize, usize),
    Move(Index, Index, usize),
    Splice(Index, Index, Index, usize),
}

/// An input of the corpus, and the changes to it.
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    input: Index,
    changes: Vec<Change>,
}

pub(crate) fn strategy() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    let length = || prop_oneof![4 => 1..4_usize, 2 => 1..40_usize, 1 => 1..400_usize];
    let change = prop_oneof![
        8 => (at(), select(TOKENS)).prop_map(|(at, token)| Change::Insert(at, token)),
        4 => (at(), length()).prop_map(|(at, length)| Change::Delete(at, length)),
        4 => (at(), length(), select(TOKENS)).prop_map(|(at, length, token)| Change::Replace(at, length, token)),
        2 => (at(), length(), prop_oneof![4 => 1..4_usize, 1 => 1..1_000_usize])
            .prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        2 => (at(), at(), length()).prop_map(|(from, to, length)| Change::Move(from, to, length)),
        2 => (at(), at(), at(), length()).prop_map(|(at, input, from, length)| Change::Splice(at, input, from, length)),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::InsertByte(at, byte)),
    ];
    (at(), vec(change, 1..7)).prop_map(|(input, changes)| Damage { input, changes })
}

impl Damage {
    /// The damaged input.
    pub(crate) fn apply(&self, corpus: &Corpus) -> Vec<u8> {
        let mut bytes = self.input.get(corpus).clone();
        for change in &self.changes {
            change.apply(&mut bytes, corpus);
            bytes.truncate(LARGEST);
        }
        bytes
    }
}

/// `length` bytes from a position on, as far as there are any.
fn range(bytes: &[u8], at: Index, length: usize) -> Range<usize> {
    let start = at.index(bytes.len() + 1);
    start..bytes.len().min(start + length)
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>, corpus: &Corpus) {
        let position = |bytes: &[u8], at: Index| at.index(bytes.len() + 1);
        match *self {
            Self::Insert(at, token) => insert(bytes, position(bytes, at), token.as_bytes()),
            Self::InsertByte(at, byte) => bytes.insert(position(bytes, at), byte),
            Self::Delete(at, length) => drop(bytes.drain(range(bytes, at, length))),
            Self::Replace(at, length, token) => {
                drop(bytes.splice(range(bytes, at, length), token.bytes()));
            }
            Self::Repeat(at, length, times) => {
                let range = range(bytes, at, length);
                let times = times.min(LARGEST / range.len().max(1));
                let again = bytes[range.clone()].repeat(times);
                insert(bytes, range.end, &again);
            }
            Self::Move(from, to, length) => {
                let moved: Vec<u8> = bytes.drain(range(bytes, from, length)).collect();
                insert(bytes, position(bytes, to), &moved);
            }
            Self::Splice(at, input, from, length) => {
                let other = input.get(corpus);
                let part = other[range(other, from, length)].to_vec();
                insert(bytes, position(bytes, at), &part);
            }
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    drop(bytes.splice(at..at, new.iter().copied()));
}
