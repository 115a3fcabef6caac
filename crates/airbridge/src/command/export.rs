//! `export`: a copy into a new file that contains exactly the selection.

use super::transfer::job::Job;
use airbridge_endpoints::Access;

use crate::cli::{ExportArgs, Pair};

pub(super) fn job(args: ExportArgs) -> Job {
    let ExportArgs { source, file, overwrite, options } = args;
    Job {
        access: Access::Create { overwrite },
        ..Job::transfer("export", Pair { source, target: file }, options)
    }
}
