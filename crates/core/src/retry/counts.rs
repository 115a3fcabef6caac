//! The number of calls that were made.

/// The calls that a [`RetryingStore`](crate::RetryingStore) has made so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// Calls that list one page.
    pub list: OperationCounts,
    /// Calls that read one batch, including those that confirm an uncertain write.
    pub read: OperationCounts,
    /// Calls that write one batch.
    pub write: OperationCounts,
}

/// The calls of one operation, including those of other stores with the same limiter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperationCounts {
    /// Calls, retries included.
    pub calls: u64,
    /// Retries after a temporary fault.
    pub repeats: u64,
    /// Calls that the service throttled.
    pub throttled: u64,
}
