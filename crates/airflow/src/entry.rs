//! The identity of an entry: its kind, its key and its team.

use std::fmt;
use std::sync::Arc;

/// What Airflow looks up in a secrets backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A connection: host, login, password and more under an id.
    Connection,
    /// A variable: a string under a key.
    Variable,
    /// The value of a configuration option that is kept in a secrets backend.
    Config,
}

impl Kind {
    /// All three kinds, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Connection, Self::Variable, Self::Config];

    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Variable => "variable",
            Self::Config => "config",
        }
    }

    /// The word in plans and options: `connections`, `variables`, `config`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Connection => "connections",
            Self::Variable => "variables",
            Self::Config => "config",
        }
    }

    /// The entries of this kind, as messages name them: `connections`, `variables`, `config options`.
    pub(crate) fn in_prose(self) -> &'static str {
        match self {
            Self::Connection | Self::Variable => self.plural(),
            Self::Config => "config options",
        }
    }

    /// The part before the colon of a written entry: `conn`, `var`, `config`.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Connection => "conn",
            Self::Variable => "var",
            Self::Config => "config",
        }
    }
}

/// The id of one entry, written `conn:ID`, `var:KEY` or `config:KEY`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// The kind of entry.
    pub kind: Kind,
    /// The id of a connection, or the key of a variable or config option. Never a value.
    pub key: Arc<str>,
    /// The team that owns the entry, in Airflow's multi-team mode (3.2 and later).
    pub team: Option<Arc<str>>,
}

impl EntryId {
    /// An entry without a team.
    pub fn new(kind: Kind, key: impl Into<Arc<str>>) -> Self {
        Self { kind, key: key.into(), team: None }
    }

    /// The same entry with this team.
    pub fn with_team(mut self, team: Option<Arc<str>>) -> Self {
        self.team = team;
        self
    }

    /// Parses `conn:ID`, `var:KEY` or `config:KEY`. The key is everything after the first colon. Returns `None` for an
    /// unknown prefix or an empty key.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, key) = text.split_once(':')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
        (!key.is_empty()).then(|| Self::new(kind, key))
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.prefix(), self.key)
    }
}
