//! `import`: a copy out of a file.

use super::transfer::Job;
use crate::cli::{ImportArgs, Pair};

pub(super) fn job(args: ImportArgs) -> Job {
    let ImportArgs { file, target, options } = args;
    Job::transfer("import", Pair { source: file, target }, options)
}
