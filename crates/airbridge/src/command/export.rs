//! `export`: a copy into a new file that holds exactly the selection.

use super::transfer::{Job, Side, Then};
use crate::cli::ExportArgs;
use crate::endpoint::Role;

pub(super) fn job(args: ExportArgs) -> Job {
    let ExportArgs { source, file, overwrite, sides, carry, write } = args;
    Job {
        verb: "export",
        source: Side { text: source, keys: sides.from.from },
        target: Side { text: file, keys: sides.to.to },
        role: Role::NewFile { overwrite },
        select: sides.select,
        rules: sides.rules,
        pace: sides.pace,
        carry,
        then: Then::Write(write),
    }
}
