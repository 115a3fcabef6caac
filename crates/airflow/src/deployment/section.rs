//! The two sections that can configure a secrets backend.

/// A section that can configure a backend: for all processes, or for the workers alone (Airflow 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `[secrets]`, for all processes.
    Secrets,
    /// `[workers]`, for the workers. Its options start with `secrets_`.
    Workers,
}

impl Section {
    /// The name in `airflow.cfg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Workers => "workers",
        }
    }

    /// The option with the class of the backend.
    pub fn backend(self) -> &'static str {
        match self {
            Self::Secrets => "backend",
            Self::Workers => "secrets_backend",
        }
    }

    /// The option with the kwargs.
    pub fn kwargs(self) -> &'static str {
        match self {
            Self::Secrets => "backend_kwargs",
            Self::Workers => "secrets_backend_kwargs",
        }
    }

    /// The prefix of the environment variables that each set one kwarg.
    pub fn kwarg_prefix(self) -> &'static str {
        match self {
            Self::Secrets => "AIRFLOW__SECRETS__BACKEND_KWARG__",
            Self::Workers => "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__",
        }
    }
}
