//! Capabilities, limits and rates of the service, each with the page that documents it.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Quota, Rates, Undo};

/// The scheme of its endpoints.
pub(crate) const BACKEND: &str = "aws-ssm";

/// The maximum number of parameters on one page of a path. A page that is not the last may have fewer, or none.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html>
pub(crate) const PATH_PAGE: i32 = 10;

/// The maximum number of names in one read.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>
const READ_BATCH: usize = 10;

/// What a delete leaves behind.
pub(crate) const AFTER_DELETE: &str =
    "deleted for good with its history; the name is free again after 30 seconds";

/// The rates are from the service's endpoints and quotas page, per account and region, for an account without the higher
/// throughput, which is charged. <https://docs.aws.amazon.com/general/latest/gr/ssm.html>
///
/// `metadata` is whether a listing returns descriptions and tags.
pub(crate) fn descriptor(place: String, actor: Option<String>, metadata: bool) -> Descriptor {
    Descriptor {
        backend: BACKEND,
        place,
        actor,
        // A create never overwrites, but no call accepts the version that a new value must replace.
        capabilities: Capabilities {
            write: true,
            atomic_write: false,
            versions: true,
            metadata: true,
            lists_by_prefix: true,
        },
        // Concurrency = rate x latency: 40 calls a second of 0.15 s each keep 6 in flight.
        limits: Limits { read_batch: READ_BATCH, write_batch: 1, look_batch: READ_BATCH, concurrency: 8 },
        // All calls that read values share 40 a second, and a listing reads them. Sources disagree whether writes share
        // these 40 too, or have 3: airbridge starts at 3 and increases the rate while no call is throttled.
        // DescribeParameters has 3 calls a second, and each page needs one.
        rates: Rates {
            list: Some(Quota::exactly(if metadata { 3.0 } else { 40.0 })),
            read: Some(Quota::exactly(40.0)),
            write: Some(Quota::at_least(3.0)),
            more_to_create: 0,
        },
        // The documentation does not say when a written value can be read; it has been observed within a second.
        read_lag: Duration::from_secs(5),
        unremovable: &[],
        undo: Undo { former_versions: true, restores: false, after_delete: Some(AFTER_DELETE) },
    }
}
