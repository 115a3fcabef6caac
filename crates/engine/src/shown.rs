//! What a service shows of a value that it masks.

use airbridge_airflow::{EntryId, Field, ReadRules, Reading, Visible, compare_shown, read};
use airbridge_core::Shown;

/// What is shown of a masked value, as Airflow reads it.
#[derive(Clone, Debug)]
pub struct ShownReading {
    /// What Airflow would read from it. `***` stands for what is hidden.
    reading: Reading,
    /// The fields of which it is not shown whether they are there.
    unknown: Vec<&'static str>,
}

impl ShownReading {
    pub(crate) fn new(read_rules: &ReadRules, id: &EntryId, shown: &Shown) -> Self {
        let reader = read_rules.version.task_reader();
        let reading = read(&read_rules.dialect, reader, id.kind, &shown.payload);
        Self { reading, unknown: shown.unknown.clone() }
    }

    /// What Airflow would read from what is shown.
    pub(crate) fn reading(&self) -> &Reading {
        &self.reading
    }

    /// How `wanted` compares with it.
    pub(crate) fn compare(&self, wanted: &Reading) -> Visible {
        compare_shown(wanted, &self.reading, &self.unknown)
    }

    /// Whether the connection has a field, or may have it.
    pub(crate) fn may_have(&self, field: Field) -> bool {
        self.unknown.contains(&field.name()) || has(&self.reading, field)
    }
}

/// Whether a connection has a field.
pub(crate) fn has(reading: &Reading, field: Field) -> bool {
    match reading {
        Reading::Connection { connection, .. } => !connection.get(field).is_null(),
        _ => true,
    }
}
