//! The reason words of plans, reports and diffs.

/// A word from [`REASONS`].
pub type Reason = &'static str;

/// Every reason and its meaning. The documentation shows this table.
pub const REASONS: &[(Reason, &str)] = &[
    ("ambiguous", "the name could be several ids, and nothing resolves it"),
    ("binary", "the secret holds bytes, which Airflow reads as missing"),
    ("changed-since", "the entry was changed after the run that is undone, or that the plan was made by"),
    ("collision", "several entries would get the same name at the target"),
    ("conflict", "the target has this entry with a different value"),
    ("deleted", "the secret is deleted and waits for its removal, which Airflow reads as missing"),
    ("disabled", "the secret is disabled"),
    ("excluded", "a rule excludes the entry"),
    ("exists", "the target has this entry with a different value, and `--on-conflict skip` keeps it"),
    ("id-not-reachable", "Airflow would never ask the target for this id"),
    ("kind-not-held", "the target cannot hold entries of this kind"),
    ("loss", "the target cannot express a part of the entry"),
    ("masked", "the source shows a placeholder instead of the value"),
    ("missing", "Airflow reads this entry as missing"),
    ("name-invalid", "the name contains characters that the target does not allow"),
    ("name-reserved", "a deleted secret still uses the name at the target"),
    ("name-taken", "a row that belongs to another team has this id at the target"),
    ("name-too-long", "the name is longer than the target allows"),
    ("no-former-value", "nothing keeps what the entry was before the run that is undone"),
    ("no-value", "the secret has no value, which Airflow reads as missing"),
    ("not-text", "the value is not a string, and the target can only hold strings"),
    ("outside-lookup-pattern", "the lookup pattern of the endpoint excludes this id"),
    ("owned", "another service or tool owns the secret at the target and refuses changes"),
    ("rule-unfit", "a rule matches the entry but cannot be applied to it"),
    ("shape", "the target cannot hold a value of this shape"),
    ("source-entry", "the name belongs to an entry of the source, and the source is never written"),
    ("unreadable", "Airflow cannot read the value, or airbridge may not read it"),
    ("value-empty", "the target cannot hold an empty value"),
    ("value-format", "the target does not support the requested spelling of connections"),
    ("value-invalid", "the target cannot hold this value"),
    ("value-too-large", "the value is larger than the target allows"),
];

/// A remark about an entry that does not keep it from being copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Airflow reads a connection from it in which every field is absent or empty.
    EmptyReading,
    /// Airflow reads a connection without a host from a URI that probably has one.
    NoHost,
    /// Airflow reads a connection without a type from it.
    NoType,
    /// The id comes from a name that does not keep case (environment, Azure). The original id may have capital letters.
    CaseFromEnv,
    /// Airflow in multi-team mode cannot read this id.
    MultiTeam,
    /// The message of the step has a remark.
    Note,
    /// The readers of one Airflow version read different values from the payload.
    ReaderDependent,
    /// The target cannot remove a field of this entry, so it is deleted and created again.
    Recreated,
    /// The target file cannot keep the spelling of this entry.
    Reformatted,
    /// The target has the same value in another spelling.
    Spelling,
    /// Nothing shows whether the entry was changed after the run that is undone.
    Unchecked,
}

impl Flag {
    /// Every remark, in alphabetical order of the words.
    pub const ALL: [Self; 11] = [
        Self::CaseFromEnv,
        Self::EmptyReading,
        Self::MultiTeam,
        Self::NoHost,
        Self::NoType,
        Self::Note,
        Self::ReaderDependent,
        Self::Recreated,
        Self::Reformatted,
        Self::Spelling,
        Self::Unchecked,
    ];

    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::CaseFromEnv => "case-from-env",
            Self::EmptyReading => "empty-reading",
            Self::NoHost => "no-host",
            Self::NoType => "no-type",
            Self::MultiTeam => "multi-team",
            Self::Note => "note",
            Self::ReaderDependent => "reader-dependent",
            Self::Recreated => "recreated",
            Self::Reformatted => "reformatted",
            Self::Spelling => "spelling",
            Self::Unchecked => "unchecked",
        }
    }

    /// What it means. Plans and the documentation show it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::CaseFromEnv => {
                "the source does not keep the case of names; the original id may have capital letters"
            }
            Self::EmptyReading => "Airflow reads an empty connection from it; it is copied as it is",
            Self::MultiTeam => "Airflow in multi-team mode cannot read an id that contains `--`",
            Self::NoHost => "Airflow reads a connection without a host from it; it is copied as it is",
            Self::NoType => "Airflow reads a connection without a type from it; it is copied as it is",
            Self::Note => "the message has a remark about the secret",
            Self::ReaderDependent => {
                "Airflow's own readers read different values from it; it is copied as it is"
            }
            Self::Recreated => {
                "the target cannot remove the password, so the entry is deleted and created again; in between, Airflow does not \
                 find it"
            }
            Self::Reformatted => {
                "the target file cannot keep the spelling of the entry; its value stays the same"
            }
            Self::Spelling => "the target has the same value in another spelling",
            Self::Unchecked => "nothing shows whether the entry was changed after the run that is undone",
        }
    }

    /// Whether the question before writing names it, because what tasks will find may not be what the user expects.
    pub fn needs_attention(self) -> bool {
        match self {
            Self::CaseFromEnv
            | Self::EmptyReading
            | Self::NoHost
            | Self::NoType
            | Self::ReaderDependent
            | Self::Recreated
            | Self::Unchecked => true,
            Self::MultiTeam | Self::Note | Self::Reformatted | Self::Spelling => false,
        }
    }
}
