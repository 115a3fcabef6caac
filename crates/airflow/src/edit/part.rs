//! The parts of an entry that can be changed.

use std::fmt;

use crate::connection::Field;
use crate::entry::Kind;

/// A part of an entry that can be changed separately.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A field of a connection.
    Field(Field),
    /// A top-level key of a connection's extra.
    ExtraKey(String),
    /// The value of a variable or config option.
    Value,
}

impl Part {
    /// Parses `host`, `extra.KEY` or `value`. The key is everything after the first dot.
    pub fn named(name: &str) -> Option<Self> {
        match name.split_once('.') {
            Some(("extra", key)) if !key.is_empty() => Some(Self::ExtraKey(key.to_owned())),
            _ if name == "value" => Some(Self::Value),
            _ => Field::named(name).map(Self::Field),
        }
    }

    /// Whether entries of `kind` have this part.
    pub fn fits(&self, kind: Kind) -> bool {
        (kind == Kind::Connection) != (*self == Self::Value)
    }

    /// Whether the part may hold a secret: login, password, extra and value.
    pub fn may_be_secret(&self) -> bool {
        !matches!(self, Self::Field(field) if !field.is_secret() && *field != Field::Login)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.name()),
            Self::ExtraKey(key) => write!(f, "extra.{key}"),
            Self::Value => f.write_str("value"),
        }
    }
}
