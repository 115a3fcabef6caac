//! `export`: a copy into a new file that contains exactly the selection.

use super::transfer::job::Job;
use airbridge_endpoints::Access;

use crate::cli::{ExportArgs, Pair};

pub(super) fn job(args: ExportArgs) -> Job {
    let ExportArgs { source, file, overwrite, recipients, options } = args;
    let mut job = Job::transfer("export", Pair { source, target: file }, options);
    job.access = Access::Create { overwrite };
    recipients.add_to(&mut job.bundle);
    job
}
