//! Airflow's versions and their connection parsers. Up to three parsers read the same stored value, and they differ.

/// The Airflow version that reads an endpoint, with the provider versions released at that time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AirflowVersion {
    /// Airflow 2.11.2, amazon 9.23.0, google 20.0.0, microsoft-azure 13.0.1, hashicorp 4.5.0.
    V2_11,
    /// Airflow 3.3.2, amazon 9.39.0, google 22.8.0, microsoft-azure 15.2.1, hashicorp 4.8.4.
    #[default]
    V3_3,
}

impl AirflowVersion {
    /// The parser that tasks use. Comparisons and plans use what it reads.
    pub fn task_reader(self) -> Reader {
        match self {
            Self::V2_11 => Reader::Core2,
            Self::V3_3 => Reader::Task3,
        }
    }

    /// The parser that the scheduler, the API server and the command line use.
    pub fn core_reader(self) -> Reader {
        match self {
            Self::V2_11 => Reader::Core2,
            Self::V3_3 => Reader::Core3,
        }
    }

    /// Parses `2.11` or `3.3`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "2.11" => Some(Self::V2_11),
            "3.3" => Some(Self::V3_3),
            _ => None,
        }
    }

    /// The version as written in settings: `2.11` or `3.3`.
    pub fn text(self) -> &'static str {
        match self {
            Self::V2_11 => "2.11",
            Self::V3_3 => "3.3",
        }
    }
}

/// One of Airflow's three connection parsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reader {
    /// Airflow 2, every process.
    Core2,
    /// Airflow 3: scheduler, API server, command line.
    Core3,
    /// Airflow 3.2 and later: tasks, Dag processors, triggerers (the Task SDK).
    Task3,
}

impl Reader {
    /// The Airflow version that contains this parser.
    pub fn version(self) -> AirflowVersion {
        match self {
            Self::Core2 => AirflowVersion::V2_11,
            Self::Core3 | Self::Task3 => AirflowVersion::V3_3,
        }
    }
}
