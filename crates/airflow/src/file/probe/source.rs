//! The places that Airflow asks for an entry, and words from Python that messages may show.

use airbridge_core::Json;

/// A place that Airflow asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// The configured secrets backend.
    Backend,
    /// The `AIRFLOW_CONN_*` and `AIRFLOW_VAR_*` variables of the process.
    Environment,
    /// The metadata database, asked by the process itself.
    Metastore,
    /// The API server, which asks its own backend, its own environment and the metadata database.
    ExecutionApi,
    /// Airflow's own reader as a whole, for an Airflow that does not tell which place answered.
    Reader,
}

impl Source {
    const ALL: [Self; 5] =
        [Self::Backend, Self::Environment, Self::Metastore, Self::ExecutionApi, Self::Reader];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Backend => "backend",
            Self::Environment => "environment",
            Self::Metastore => "metastore",
            Self::ExecutionApi => "execution-api",
            Self::Reader => "reader",
        }
    }

    pub(super) fn parse(json: &Json) -> Option<Self> {
        let word = json.as_str()?;
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// As messages name it.
    pub(super) fn in_prose(self) -> &'static str {
        match self {
            Self::Backend => "the secrets backend",
            Self::Environment => "the environment",
            Self::Metastore => "the metadata database",
            Self::ExecutionApi => "the Execution API",
            Self::Reader => "Airflow's own reader",
        }
    }
}

/// The name of a Python class or module, or another word without a secret: ASCII letters, digits, `_`, `.` and `-`.
pub(super) fn word(json: &Json) -> Option<&str> {
    let is_word = |text: &&str| {
        (1..=200).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    json.as_str().filter(is_word)
}

/// An object that says for some places why they did not answer: the class of an error, or a word of the probe.
pub(super) fn reasons(json: &Json) -> Option<Vec<(Source, String)>> {
    let pair =
        |(name, why): (&str, &Json)| Some((Source::parse(&Json::string(name))?, word(why)?.to_owned()));
    json.as_object()?.iter().map(pair).collect()
}
