//! The identity of an entry: what kind, of which team, called what.

use std::fmt;

/// What Airflow looks up in a secrets backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A connection: host, login, password and more under an id.
    Connection,
    /// A variable: a text under a key.
    Variable,
    /// The value of a configuration option that is kept in a secrets backend.
    Config,
}

impl Kind {
    /// All three, in the order in which they are shown.
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

    /// What stands before the colon of an entry: `conn`, `var`, `config`.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Connection => "conn",
            Self::Variable => "var",
            Self::Config => "config",
        }
    }
}

/// One entry: written `conn:ID`, `var:KEY` or `config:KEY`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// What it is.
    pub kind: Kind,
    /// The id of a connection, the key of a variable or config option. Never a value.
    pub key: String,
    /// The team it belongs to, in Airflow's multi-team mode (3.2 and later).
    pub team: Option<String>,
}

impl EntryId {
    /// Without a team.
    pub fn new(kind: Kind, key: impl Into<String>) -> Self {
        Self { kind, key: key.into(), team: None }
    }

    /// Of a team.
    pub fn with_team(mut self, team: Option<String>) -> Self {
        self.team = team;
        self
    }

    /// Reads `conn:ID`, `var:KEY` or `config:KEY`; the key is whatever follows the first colon.
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
