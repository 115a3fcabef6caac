//! Warnings: what the user should know although the run goes on.

use std::fmt;

/// Something that the user should know although the run goes on. Never contains a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What kind of warning it is.
    pub code: WarningCode,
    /// What was found and where: lower case, no full stop.
    pub message: String,
    /// What the user can do about it; starts with a verb.
    pub hint: Option<String>,
}

impl Warning {
    /// A warning without a hint.
    pub fn new(code: WarningCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    /// Adds a hint.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Defines the codes. A row is: the code, its word in machine output, whether `--quiet` shows it, and its meaning.
macro_rules! warning_codes {
    ($($code:ident, $word:literal, $quiet:literal, $meaning:literal;)*) => {
        /// The kind of a warning. Each has a word in machine output, which never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WarningCode {
            $(#[doc = $meaning] $code,)*
        }

        impl WarningCode {
            /// Every code, in alphabetical order of their words.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The word in machine output.
            pub fn word(self) -> &'static str {
                match self { $(Self::$code => $word,)* }
            }

            /// Whether `--quiet` shows it, because the run does something else than the user may expect.
            pub fn changes_the_run(self) -> bool {
                match self { $(Self::$code => $quiet,)* }
            }

            /// The meaning, for the documentation.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$code => $meaning,)* }
            }
        }
    };
}

warning_codes! {
    AddressFromFile, "address-from-file", true, "Credentials of the environment go to an address that a deployment's file names.";
    ConfigIgnored, "config-ignored", true, "A configuration file is not read, because other users can write it or it is not a regular file.";
    CredentialsFromFile, "credentials-from-file", true, "Variables in a deployment's env file are used to authenticate.";
    DagsUnread, "dags-unread", true, "Files of DAG code cannot be read completely, or there are none, so `check` can miss uses.";
    EmptyEndpoint, "empty-endpoint", true, "An endpoint has no entries.";
    EmptyKind, "empty-kind", true, "The prefix or path that was given for a kind matches no name.";
    EnvironmentIgnored, "environment-ignored", true, "Settings of Airflow in the environment are ignored, because a file was named.";
    IdleRule, "idle-rule", true, "A rule matches no entry.";
    KeyIgnored, "key-ignored", false, "A key of an endpoint has no effect.";
    KindLeftOut, "kind-left-out", true, "Entries of some kinds are not copied, compared or checked, because one side cannot hold them.";
    KwargsIgnored, "kwargs-ignored", true, "Airflow ignores the `backend_kwargs` of a deployment, so every kwarg has its default.";
    LossAllowed, "loss-allowed", true, "A configuration file in the working directory allows losses, so airbridge does not ask about them.";
    MetadataIgnored, "metadata-ignored", true, "`metadata=carry` has no effect, because the source has no descriptions or tags.";
    NearName, "near-name", true, "The name of a variable is nearly one that Airflow reads.";
    NoAirflowConfig, "no-airflow-config", true, "Airflow has no secrets backend that reads the target, so there is no section to print.";
    NoRecord, "no-record", true, "The record of the run cannot be written; its report is the only one.";
    NotCopied, "not-copied", true, "A source holds something that airbridge does not copy or compare, such as pools or fields that are ignored.";
    Note, "note", true, "A remark about one secret.";
    NullText, "null-text", true, "The value of a key is the text `null`, which is not null.";
    PlainSecret, "plain-secret", false, "A secret is in plain text in a file that other users can read.";
    ProbeIncomplete, "probe-incomplete", true, "A probe was asked for all entries, and some places cannot be listed where it ran.";
    ReaderDependent, "reader-dependent", true, "The readers of one Airflow version read different values from an entry.";
    Reformatted, "reformatted", false, "A file cannot keep the spelling of entries that do not change.";
    RelativePath, "relative-path", true, "A deployment has a relative path, which Airflow resolves from another folder.";
    Shadowed, "shadowed", true, "Airflow has several values for an entry, and reads the one of the place that it asks first.";
    SharedTarget, "shared-target", false, "Other users can read or change the file that the run writes.";
    UnknownKwarg, "unknown-kwarg", true, "A deployment has a kwarg that its class or airbridge does not use.";
    UnsetVariable, "unset-variable", true, "A setting of a deployment refers to a variable that is not set.";
    UnverifiedConnection, "unverified-connection", true, "Nothing proves that the server of a database is the right one.";
    WidePolicy, "wide-policy", true, "`policy` allows every name below the prefixes, because the names are not known.";
    WorkersSection, "workers-section", true, "A deployment configures a backend in the section for workers.";
}

#[cfg(test)]
mod tests {
    use super::WarningCode;

    #[test]
    fn words_are_unique_and_sorted() {
        let words: Vec<_> = WarningCode::ALL.iter().map(|code| code.word()).collect();
        let mut sorted = words.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(words, sorted);
    }
}
