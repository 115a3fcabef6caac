//! The target of a transfer, open.

use std::sync::Arc;

use airbridge_core::Rates;
use airbridge_endpoints::{AirflowConfig, FileStore, OpenEndpoint};
use airbridge_engine::{Endpoint, Source, Target};

use crate::failure::Outcome;

/// A target, with what the program knows about it and the engine does not need.
pub(super) struct OpenTarget {
    pub(super) target: Target,
    /// The store, if it consists of files.
    pub(super) files: Option<Arc<FileStore>>,
    /// The `[secrets]` section of an Airflow that reads the target.
    pub(super) airflow: Option<AirflowConfig>,
    /// The rates at which it is called.
    pub(super) rates: Rates,
}

impl OpenTarget {
    pub(super) fn new(mut ready: OpenEndpoint) -> Outcome<Self> {
        let (files, airflow) = (ready.files.take(), ready.airflow.take());
        let rates = ready.rates;
        Ok(Self { target: ready.into_target()?, files, airflow, rates })
    }

    /// The read side.
    pub(super) fn source(&self) -> &Source {
        self.target.source()
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        self.source().endpoint()
    }
}
