//! The target of a transfer, open.

use std::sync::Arc;

use airbridge_core::{CallCounts, Rates, RetryingStore};
use airbridge_endpoints::{AirflowConfig, FileStore, OpenEndpoint};
use airbridge_engine::{Endpoint, Source, Target};

use crate::failure::Outcome;

/// A target, with what the program knows about it and the engine does not need.
pub(in crate::command) struct OpenTarget {
    pub(in crate::command) target: Target,
    /// The store, if it consists of files.
    pub(in crate::command) files: Option<Arc<FileStore>>,
    /// The `[secrets]` section of an Airflow that reads the target.
    pub(in crate::command) airflow: Option<AirflowConfig>,
    /// The rates at which it is called.
    pub(in crate::command) rates: Rates,
    /// Counts the requests to it.
    calls: Arc<RetryingStore>,
}

impl OpenTarget {
    pub(in crate::command) fn new(mut ready: OpenEndpoint) -> Outcome<Self> {
        let (files, airflow) = (ready.files.take(), ready.airflow.take());
        let (rates, calls) = (ready.rates, Arc::clone(&ready.calls));
        Ok(Self { target: ready.into_target()?, files, airflow, rates, calls })
    }

    /// The requests to it so far.
    pub(in crate::command) fn call_counts(&self) -> CallCounts {
        self.calls.call_counts()
    }

    /// The read side.
    pub(in crate::command) fn source(&self) -> &Source {
        self.target.source()
    }

    pub(in crate::command) fn endpoint(&self) -> &Endpoint {
        self.source().endpoint()
    }
}
