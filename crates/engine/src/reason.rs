//! The words for why: one documented list for plans, reports and diffs.

/// A word from the documented list.
pub type Reason = &'static str;

/// Every reason with what it means; `docs/` shows this table.
pub const REASONS: &[(Reason, &str)] = &[
    ("ambiguous", "the name could be several ids, and nothing says which"),
    ("binary", "the secret holds bytes, which Airflow reads as missing"),
    ("collision", "several entries would have one name at the target"),
    ("conflict", "the target holds this entry with another meaning"),
    ("deleted", "the secret is deleted and waits for its end, which Airflow reads as missing"),
    ("disabled", "the secret is switched off"),
    ("excluded", "a rule leaves the entry out"),
    ("exists", "the target holds this entry with another meaning, and it is left alone as asked"),
    ("id-not-reachable", "Airflow would never ask the target for this id under a name of its own"),
    ("kind-not-held", "the target holds no entries of this kind"),
    ("loss", "the target cannot express a part of the entry"),
    ("masked", "the source shows a placeholder instead of the value"),
    ("missing", "Airflow reads this entry as missing"),
    ("name-invalid", "the target's names cannot have these characters"),
    ("name-reserved", "a deleted secret still holds the name at the target"),
    ("name-too-long", "the name is longer than the target allows"),
    ("no-value", "the secret has no value, which Airflow reads as missing"),
    ("not-text", "the value is no text, and the target can only hold texts"),
    ("outside-lookup-pattern", "Airflow is told not to look for this id there"),
    ("owned", "another service or tool owns the secret at the target and refuses changes"),
    ("rule-unfit", "a rule takes the entry and cannot do with it what it says"),
    ("shape", "the target cannot hold a value of this shape"),
    ("source-entry", "the name is one of the source's, which is never written"),
    ("unreadable", "Airflow cannot read the value, or it may not be read"),
    ("value-empty", "the target cannot hold an empty value"),
    ("value-format", "the target has no such spelling of connections as was asked for"),
    ("value-invalid", "the target cannot hold this text"),
    ("value-too-large", "the value is larger than the target allows"),
];

/// Something worth knowing about an entry that is carried all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// The id comes from a name without case (environment, Azure) and may have had capital letters.
    CaseFromEnv,
    /// Airflow in multi-team mode could not read this id.
    MultiTeam,
    /// Something a reader should know, given in the message.
    Note,
    /// The readers of one Airflow version disagree about the text.
    ReaderDependent,
    /// The target file's spelling of other entries cannot be kept.
    Reformatted,
    /// The target means the same in another spelling.
    Spelling,
}

impl Flag {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::CaseFromEnv => "case-from-env",
            Self::MultiTeam => "multi-team",
            Self::Note => "note",
            Self::ReaderDependent => "reader-dependent",
            Self::Reformatted => "reformatted",
            Self::Spelling => "spelling",
        }
    }
}
