//! What a plan writes, as far as an estimate depends on it.

use airbridge_airflow::Kind;
use airbridge_core::Payload;

use crate::plan::{Plan, Step};
use crate::reason::Flag;

/// The entries that a plan writes, in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Workload {
    pub(super) creates: Vec<Written>,
    pub(super) replaces: Vec<Written>,
    pub(super) deletes: usize,
}

/// One entry that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) kind: Kind,
    /// Whether it has a description or tags.
    pub(super) has_metadata: bool,
    /// Whether it is deleted and created again, because the target cannot remove one of its fields.
    pub(super) is_recreated: bool,
    /// The bytes of its value; 0 if the value consists of fields.
    pub(super) bytes: usize,
}

impl Workload {
    /// What `plan` writes.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut work = Self::default();
        for step in &plan.steps {
            match step.decision.word() {
                "create" => work.creates.extend(written(step)),
                "replace" | "restore" => work.replaces.extend(written(step)),
                "delete" => work.deletes += 1,
                _ => {}
            }
        }
        work
    }

    /// Whether nothing is written.
    pub(super) fn is_empty(&self) -> bool {
        self.creates.is_empty() && self.replaces.is_empty() && self.deletes == 0
    }
}

fn written(step: &Step) -> Option<Written> {
    let write = step.decision.write()?;
    Some(Written {
        kind: step.id.kind,
        has_metadata: write.metadata.as_ref().is_some_and(|metadata| !metadata.is_empty()),
        is_recreated: step.flags.contains(&Flag::Recreated),
        bytes: match &write.payload {
            Some(Payload::Text(text)) => text.expose().len(),
            Some(Payload::Fields(_)) | None => 0,
        },
    })
}
