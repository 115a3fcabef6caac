//! `import`: a copy from a file.

use super::transfer::job::Job;
use crate::cli::{ImportArgs, Pair};

pub(super) fn job(args: ImportArgs) -> Job {
    let ImportArgs { file, target, options, prune, backup } = args;
    Job::transfer("import", Pair { source: file, target }, options).with(prune, backup)
}
