//! The kinds of endpoint. A new kind is a file in `kinds/`, and its module and a line in the list here.

#[cfg(feature = "airflow-api")]
pub(crate) mod airflow_api;
#[cfg(feature = "aws")]
mod aws;
#[cfg(any(feature = "aws", feature = "aws-ssm"))]
mod aws_shared;
#[cfg(feature = "aws-ssm")]
mod aws_ssm;
#[cfg(feature = "azure")]
mod azure;
pub(crate) mod env;
pub(crate) mod file;
#[cfg(feature = "gcp")]
mod gcp;
mod notes;
// The kind that docs/adding-a-backend.md adds. The tests of this crate treat it like the others.
#[cfg(test)]
#[path = "../../../examples/kv-backend/kinds/kv.rs"]
mod kv;
#[cfg(feature = "vault")]
mod vault;

use crate::airflow_config::AirflowClass;
use crate::kind::Kind;

/// Every kind of endpoint that is a place itself; `airflow:`, which leads to one of them, is added by `open`.
pub(crate) const KINDS: &[&Kind] = &[
    &file::KIND,
    &file::STREAM,
    &env::KIND,
    #[cfg(feature = "aws")]
    &aws::KIND,
    #[cfg(feature = "aws-ssm")]
    &aws_ssm::KIND,
    #[cfg(feature = "gcp")]
    &gcp::KIND,
    #[cfg(feature = "azure")]
    &azure::KIND,
    #[cfg(feature = "vault")]
    &vault::KIND,
    #[cfg(test)]
    &kv::KIND,
];

/// The kinds that can be Airflow's `[secrets] backend`, with their class.
pub(crate) fn configurable() -> impl Iterator<Item = (&'static Kind, &'static AirflowClass)> {
    let with_class = KINDS.iter().filter_map(|kind| Some((*kind, kind.class?)));
    with_class.filter(|(_, class)| class.configurable)
}
