//! Options of `doctor`.

use clap::Args;

use super::{FromOptions, IdentityOptions, RateLimitOptions};

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The endpoint, such as aws:us-east-1 or airflow:airflow.cfg
    pub(crate) endpoint: String,
    /// The entry whose lookup to follow: conn:ID, var:KEY or config:KEY
    pub(crate) entry: Option<String>,
    #[command(flatten)]
    pub(crate) from: FromOptions,
    #[command(flatten)]
    pub(crate) bundle: IdentityOptions,
    /// Examine the entries of this team
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    #[command(flatten)]
    pub(crate) rates: RateLimitOptions,
}
