//! Faults of Google Secret Manager.

use crate::row::{Row, Section, tested};

const CLASSIFY: &str = "crates/backends/gcp/tests/classify.rs";
const STORE: &str = "crates/backends/gcp/tests/store.rs";
const FAULTS: &str = "crates/backends/gcp/tests/faults.rs";
const RATES: &str = "crates/conformance/tests/retrying/rates.rs";
const REPEATS: &str = "crates/conformance/tests/retrying/repeats.rs";

pub(crate) const GOOGLE: Section = Section { title: "Google Secret Manager", rows: ROWS };

const ROWS: &[Row] = &[
    tested(
        "The newest version is disabled or destroyed.",
        "The plan refuses a disabled one as `disabled` and skips a destroyed one as a secret without a value. airbridge never reads an older version instead.",
        &[
            (STORE, "latest_version_is_read_in_any_state"),
            (STORE, "state_is_known_without_the_permission_to_read_versions"),
        ],
    ),
    tested(
        "A secret has no version.",
        "It is skipped as a secret without a value.",
        &[(STORE, "missing_empty_and_binary_secrets_are_distinguished")],
    ),
    tested(
        "A run ended between creating a secret and adding its value.",
        "The next run recognises the secret by the mark that airbridge gave it, and adds the value.",
        &[
            (STORE, "create_completes_what_an_interrupted_run_left"),
            (FAULTS, "containers_of_failed_creates_are_completed"),
        ],
    ),
    tested(
        "A secret without a value, which airbridge did not create, has the name.",
        "It is a conflict. With `--on-conflict overwrite` airbridge adds a version to it.",
        &[(STORE, "create_on_taken_name_returns_already_exists")],
    ),
    tested(
        "The reply to a new version is lost.",
        "airbridge reads the secret and adds the version again only if it is not there.",
        &[
            (FAULTS, "version_added_by_a_failed_call_is_not_added_again"),
            (FAULTS, "version_with_a_lost_response_is_not_added_again_while_latest_lags"),
        ],
    ),
    tested(
        "The alias for the newest version still names the old one after a write.",
        "Verification reads the version that the write returned, so the delay is not an error.",
        &[("crates/backends/gcp/tests/conformance.rs", "double_with_lag_and_small_pages_passes_the_suite")],
    ),
    tested(
        "A policy of the organisation restricts locations.",
        "The first refusal ends the run, and the hint names `locations` and `location`.",
        &[(CLASSIFY, "policy_about_locations_ends_the_run_and_names_the_setting")],
    ),
    tested(
        "The address belongs to another location than the secrets.",
        "The run ends, and the hint says which keys must agree. A secret of a region is created without a replication policy.",
        &[
            (CLASSIFY, "invalid_argument_is_classified_by_the_call"),
            ("crates/backends/gcp/src/new_secret.rs", "regional_secrets_have_no_replication"),
        ],
    ),
    tested(
        "The API or billing is not enabled, or the credentials have no quota project.",
        "The run ends, and the hint has the command for this project.",
        &[(CLASSIFY, "faults_of_the_project_end_the_run_with_a_hint")],
    ),
    tested(
        "The checksum of a value is wrong.",
        "The value is not used. airbridge reads it up to 8 times, then the entry fails.",
        &[
            (STORE, "value_with_a_wrong_checksum_is_not_returned"),
            (REPEATS, "unavailable_service_gets_eight_attempts"),
        ],
    ),
    tested(
        "The project's quota is shared with running DAGs, and the service throttles.",
        "airbridge halves its rate, at most once a second and to not less than one request a second. The rate rises again while requests succeed.",
        &[
            (RATES, "long_throttling_reduces_the_rate_to_one_per_second_and_it_recovers"),
            ("tests/throttle.rs", "copy_to_throttling_google_loses_and_doubles_nothing"),
        ],
    ),
];
