//! Faults of AWS Secrets Manager and AWS Parameter Store.

use crate::row::{Row, Section, tested, untested};

const CLASSIFY: &str = "crates/backends/aws/tests/classify.rs";
const STORE: &str = "crates/backends/aws/tests/store.rs";
const FIXTURES: &str = "crates/backends/aws/tests/fixtures.rs";
const SSM_CLASSIFY: &str = "crates/backends/aws-ssm/tests/classify.rs";
const SSM_STORE: &str = "crates/backends/aws-ssm/tests/store.rs";
const SSM_CHECK: &str = "crates/backends/aws-ssm/src/check/tests.rs";
const SSM_METADATA: &str = "crates/backends/aws-ssm/tests/metadata.rs";
const REPEATS: &str = "crates/conformance/tests/retrying/repeats.rs";
const ENTRIES: &str = "tests/damage/entries.rs";
const PIPELINE: &str = "crates/engine/tests/pipeline.rs";

pub(crate) const SECRETS_MANAGER: Section = Section { title: "AWS Secrets Manager", rows: SECRETS };
pub(crate) const PARAMETER_STORE: Section = Section { title: "AWS Parameter Store", rows: PARAMETERS };

const SECRETS: &[Row] = &[
    tested(
        "A secret is scheduled for deletion.",
        "It is listed as deleted and not copied. airbridge restores a secret only with `--restore-deleted` or `undo`.",
        &[
            (FIXTURES, "states_are_distinguished_alone_and_in_a_batch"),
            (ENTRIES, "entry_that_airflow_treats_as_missing_is_skipped_with_its_state"),
        ],
    ),
    tested(
        "A deleted secret still has the name of a new entry.",
        "The entry is refused or fails as `name-reserved`, with the days that are left and the command that restores the secret. With `--restore-deleted`, airbridge restores it and writes the new value.",
        &[
            (STORE, "create_on_the_name_of_a_deleted_secret_returns_name_reserved"),
            ("tests/undo/prune.rs", "deleted_secret_that_holds_the_name_is_taken_back_only_if_asked"),
            (FIXTURES, "states_are_distinguished_alone_and_in_a_batch"),
        ],
    ),
    tested(
        "A secret has no current version.",
        "It is skipped as a secret without a value. airbridge tells it from a missing secret by one more request.",
        &[(STORE, "missing_value_is_distinguished_from_a_missing_secret_by_describing_it")],
    ),
    tested(
        "A secret holds bytes instead of a string.",
        "It is skipped with the state `binary`, because Airflow cannot read it. No option reads bytes as a string.",
        &[(ENTRIES, "entry_that_airflow_treats_as_missing_is_skipped_with_its_state")],
    ),
    tested(
        "The KMS key of a secret is disabled, deleted or not permitted.",
        "Only this entry is refused, and the hint names the permissions on the key.",
        &[
            (STORE, "failed_items_of_a_batch_do_not_fail_the_others"),
            (CLASSIFY, "denied_permission_is_named"),
        ],
    ),
    tested(
        "Some secrets of a batch fail.",
        "Each failure is judged by its own code. Only secrets with a passing fault are requested again.",
        &[
            (STORE, "failed_items_of_a_batch_do_not_fail_the_others"),
            (REPEATS, "only_items_with_temporary_faults_are_retried"),
        ],
    ),
    tested(
        "The answer to a batch has neither a value nor an error for a name.",
        "airbridge reads this name alone.",
        &[(STORE, "name_without_an_answer_in_a_batch_is_read_alone")],
    ),
    tested(
        "A policy denies the request for batches.",
        "airbridge reads secrets one by one for the rest of the run and does not ask for a batch again.",
        &[(STORE, "denied_batch_is_requested_once")],
    ),
    tested(
        "A page of the listing is empty, but more pages follow.",
        "The listing continues. A page token that comes twice is an error.",
        &[
            (STORE, "listing_continues_after_an_empty_page_and_omits_other_names"),
            ("crates/core/src/ext.rs", "listing_that_would_never_end_is_an_error"),
        ],
    ),
    tested(
        "A new secret is not listed yet.",
        "Verification reads each secret by name and version, not through the listing. A create that finds the name taken compares the values: an equal one counts as unchanged.",
        &[
            ("tests/counts.rs", "aws_requests_are_exactly_as_documented"),
            (PIPELINE, "create_on_taken_name_is_unchanged_if_equal_and_failed_if_different"),
        ],
    ),
    tested(
        "A name only begins like the prefix, as `airflow/connections2/x` does.",
        "It is not an entry: a prefix ends with its separator.",
        &[
            ("crates/airflow/src/layout/tests/survey.rs", "listed_prefix_ends_before_the_id"),
            (STORE, "listing_continues_after_an_empty_page_and_omits_other_names"),
        ],
    ),
    tested(
        "The account cannot have more secrets, or a secret cannot have more versions.",
        "A full account ends the writes, and the remaining entries are `not-tried`. A secret with too many versions fails alone; the hint explains that the service removes no version younger than 24 hours.",
        &[
            (STORE, "secret_with_too_many_versions_fails_alone_and_a_full_account_ends_the_writes"),
            (
                "crates/engine/tests/pipeline/faults.rs",
                "full_account_ends_the_writes_and_the_rest_is_not_tried",
            ),
        ],
    ),
    tested(
        "The reply to a write is lost.",
        "airbridge reads the secret. If the write is not there, it is sent again with the same token, so the service makes it once.",
        &[
            (STORE, "create_after_a_lost_answer_succeeds_by_its_token"),
            ("crates/conformance/tests/retrying/lost.rs", "repeated_change_keeps_its_token"),
        ],
    ),
    tested(
        "The token of a write was used for another value.",
        "The entry fails. Tokens are random, so this is a fault of the service or of airbridge.",
        &[(STORE, "token_that_was_used_for_another_value_fails_the_entry")],
    ),
    tested(
        "Another service owns the secret, or it is a replica of a secret in another region.",
        "The plan refuses to replace it, as `owned`.",
        &[
            (STORE, "secret_of_a_service_or_of_another_region_has_an_owner"),
            ("tests/azure.rs", "secret_of_a_certificate_is_refused_in_the_plan"),
        ],
    ),
];

const PARAMETERS: &[Row] = &[
    tested(
        "A SecureString on a page may not be decrypted.",
        "The page is listed without values. A batch that fails because of one parameter is read one by one, so that only this entry is refused.",
        &[
            (SSM_STORE, "page_that_may_not_be_decrypted_is_listed_without_values"),
            (SSM_STORE, "batch_that_one_parameter_fails_is_read_alone"),
        ],
    ),
    tested(
        "A parameter was deleted after it was listed.",
        "The entry is skipped as `missing`.",
        &[(SSM_STORE, "batch_is_answered_in_the_order_of_the_request")],
    ),
    tested(
        "A value contains `{{…}}`, which the service reads as a reference.",
        "The plan refuses the entry as `value-invalid`.",
        &[(SSM_CHECK, "value_with_a_reference_or_control_character_is_rejected")],
    ),
    tested(
        "A value is larger than 4,096 bytes in the standard tier.",
        "The plan refuses the entry as `value-too-large` and names `tier=advanced`.",
        &[(SSM_CHECK, "value_length_is_measured_in_bytes_for_the_tier")],
    ),
    tested(
        "Another program created the parameter after the plan was made.",
        "Nothing is overwritten. airbridge reads the parameter: an equal value counts as unchanged, another one fails the entry.",
        &[
            (SSM_STORE, "create_is_one_call_and_never_overwrites"),
            (PIPELINE, "create_on_taken_name_is_unchanged_if_equal_and_failed_if_different"),
        ],
    ),
    tested(
        "The oldest of 100 versions has a label and blocks a new one.",
        "Only this entry fails, and the hint names the command that removes the label.",
        &[(SSM_CLASSIFY, "error_code_has_a_kind"), (SSM_CLASSIFY, "error_has_a_hint")],
    ),
    tested(
        "Another program changes the parameter at the same moment.",
        "airbridge tries the write up to 8 times, after growing random delays.",
        &[(SSM_CLASSIFY, "error_code_has_a_kind"), (REPEATS, "unavailable_service_gets_eight_attempts")],
    ),
    tested(
        "A parameter is not encrypted (String or StringList).",
        "airbridge reads it and never replaces it. The hint says how to delete it, so that the next run creates it encrypted.",
        &[
            ("tests/parameters.rs", "unencrypted_parameters_are_read_and_never_replaced"),
            (SSM_STORE, "replace_of_an_unexpected_version_or_type_writes_nothing"),
        ],
    ),
    tested(
        "The service does not accept new tags together with a new value.",
        "The tags are written first, in a request of their own. If that fails, the value stays as it was and the entry fails.",
        &[
            (SSM_METADATA, "replace_writes_tags_before_the_value_and_the_description_with_it"),
            (SSM_METADATA, "denied_tags_leave_the_value_unwritten"),
        ],
    ),
    untested(
        "A policy denies one parameter below a permitted path.",
        "The service ignores such a denial in listings of the path, so airbridge reads the parameter. The page of the adapter warns of it.",
        "the emulators do not check policies",
    ),
];
