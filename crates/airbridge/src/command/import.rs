//! `import`: a copy out of a file.

use super::transfer::{Job, Side, Then};
use crate::cli::ImportArgs;
use crate::endpoint::Role;

pub(super) fn job(args: ImportArgs) -> Job {
    let ImportArgs { file, target, sides, carry, write } = args;
    Job {
        verb: "import",
        source: Side { text: file, keys: sides.from.from },
        target: Side { text: target, keys: sides.to.to },
        role: Role::Target,
        select: sides.select,
        rules: sides.rules,
        pace: sides.pace,
        carry,
        then: Then::Write(write),
    }
}
