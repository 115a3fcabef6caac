//! Faults of Airflow's own stores.

use crate::row::{Row, Section, tested};

const UNUSABLE: &str = "crates/backends/airflow-db/tests/unusable.rs";
const READING: &str = "crates/backends/airflow-db/tests/reading.rs";
const WRITING: &str = "crates/backends/airflow-db/tests/writing.rs";
const SERVER: &str = "crates/backends/airflow-api/tests/server.rs";
const API_WRITING: &str = "crates/backends/airflow-api/tests/writing.rs";

pub(crate) const DATABASE: Section = Section { title: "Airflow's metadata database", rows: ROWS };
pub(crate) const API: Section = Section { title: "Airflow's REST API", rows: REQUESTS };

const ROWS: &[Row] = &[
    tested(
        "No Fernet key opens a row.",
        "Only this entry is refused as `unreadable`, and the message says whether the key is missing, wrong, or the row is damaged.",
        &[(READING, "each_row_that_no_key_opens_says_why_and_the_others_are_read")],
    ),
    tested(
        "A row changes after it was read, or a statement fails.",
        "The transaction of the run is rolled back, so nothing of it is stored.",
        &[
            (WRITING, "row_that_changed_after_it_was_read_fails_the_whole_transaction"),
            (WRITING, "failed_statement_leaves_nothing_of_the_transaction"),
        ],
    ),
    tested(
        "The database is down, is a standby, or has no tables of Airflow.",
        "The run ends and names the cause. A standby can be a source and not a target.",
        &[
            (UNUSABLE, "database_that_is_down_cannot_be_reached"),
            (UNUSABLE, "standby_is_a_source_and_no_target"),
            (UNUSABLE, "missing_tables_are_named_with_the_way_to_make_them"),
        ],
    ),
];

const REQUESTS: &[Row] = &[
    tested(
        "The server masks a value.",
        "A masked entry of a source is refused as `masked`, and the hint says where to read it. At a target, the fields that cannot be read back are named.",
        &[
            (SERVER, "what_the_api_masks_is_masked_and_the_rest_is_read"),
            (
                "tests/rest_api.rs",
                "what_the_api_shows_whole_is_what_the_database_has_and_the_rest_is_refused",
            ),
            ("tests/rest_api.rs", "replaced_entries_keep_nothing_and_the_plan_says_what_is_recreated"),
        ],
    ),
    tested(
        "A run ends between deleting an entry and creating it again.",
        "The next run creates it.",
        &[
            (API_WRITING, "interrupted_pair_is_completed_when_it_is_repeated"),
            ("tests/rest_api.rs", "killed_copy_into_the_api_is_completed_by_the_next_run"),
        ],
    ),
    tested(
        "The server refuses one entry of many in a request.",
        "The entries are tried one by one, so that only this one fails.",
        &[(API_WRITING, "changes_that_are_refused_together_are_tried_alone")],
    ),
];
