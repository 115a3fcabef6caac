//! Faults that every service can have, and those of this machine.

use crate::row::{Row, Section, tested, untested};

const RATES: &str = "crates/conformance/tests/retrying/rates.rs";
const LOST: &str = "crates/conformance/tests/retrying/lost.rs";
const REPEATS: &str = "crates/conformance/tests/retrying/repeats.rs";
const AWS_CLASSIFY: &str = "crates/backends/aws/tests/classify.rs";
const SERVERS: &str = "tests/damage/servers.rs";
const ENTRIES: &str = "tests/damage/entries.rs";
const FILES: &str = "tests/damage/files.rs";
const DISK: &str = "tests/damage/disk.rs";
const PIPELINE: &str = "crates/engine/tests/pipeline.rs";
const PIPELINE_WRITTEN: &str = "crates/engine/tests/pipeline/written.rs";
const PIPELINE_FAULTS: &str = "crates/engine/tests/pipeline/faults.rs";
const PATHS: &str = "tests/paths.rs";

pub(crate) const EVERY_SERVICE: Section = Section { title: "Every service", rows: SERVICE };
pub(crate) const ENTRIES_AND_RUNS: Section = Section { title: "Entries, runs and this machine", rows: RUNS };

const SERVICE: &[Row] = &[
    tested(
        "The service throttles many requests at once.",
        "The rate is halved once, and at most once a second. Throttled requests are repeated for as long as others succeed.",
        &[
            (RATES, "burst_of_throttled_calls_halves_the_rate_once"),
            (REPEATS, "throttled_calls_are_retried_until_the_throttle_timeout"),
            ("tests/throttle.rs", "copy_to_throttling_aws_loses_and_doubles_nothing"),
        ],
    ),
    tested(
        "The connection is closed within a request or an answer.",
        "A read is repeated. A write is looked up first and sent again only if it did not happen.",
        &[
            ("tests/faults.rs", "copy_to_aws_through_faults_lands_every_entry_exactly_once"),
            ("tests/faults.rs", "copy_to_vault_through_faults_lands_every_entry_exactly_once"),
            (LOST, "create_that_happened_is_not_sent_again"),
        ],
    ),
    tested(
        "A confirmed write was not stored.",
        "Verification reads the entry and reports that it differs. The exit code is 1.",
        &[("tests/faults.rs", "write_that_is_confirmed_and_not_stored_is_found_by_reading_back")],
    ),
    tested(
        "The host is unknown, the connection is refused, or the certificate is not trusted.",
        "The run ends before the plan. The message names the host, and the hint the key and the variable for a private authority.",
        &[(SERVERS, "unreachable_server_is_named"), (SERVERS, "untrusted_certificate_is_named")],
    ),
    tested(
        "A proxy or a login page answers with HTML.",
        "The run ends. Such a page never counts as an empty listing or as a missing secret.",
        &[
            (AWS_CLASSIFY, "page_of_another_server_is_not_an_answer"),
            ("crates/backends/gcp/tests/classify.rs", "response_of_another_server_is_not_used"),
            ("crates/backends/azure/tests/classify.rs", "server_that_is_not_a_vault_ends_the_run"),
            ("crates/backends/vault/tests/classify.rs", "html_page_is_not_an_answer_of_vault"),
        ],
    ),
    tested(
        "The clock of this machine is wrong.",
        "The run ends. For AWS, the hint says by how many minutes; for Google and Azure, the hint for rejected credentials mentions the clock.",
        &[
            (AWS_CLASSIFY, "wrong_clock_is_reported_with_the_difference"),
            ("crates/backends/aws-common/src/error/wire.rs", "clock_difference_of_minutes_is_reported"),
        ],
    ),
    tested(
        "Credentials expire during the run.",
        "Azure, Vault and Airflow's REST API get a new token once; then the run ends. Tokens of AWS and Google are renewed before they expire; a rejected one ends the run. The remaining entries are `not-tried`.",
        &[
            ("crates/backends/azure/tests/store.rs", "revoked_token_is_renewed_once"),
            ("crates/backends/airflow-api/tests/server.rs", "rejected_token_is_renewed_once"),
            (
                "crates/backends/vault/tests/sign_in.rs",
                "approle_token_that_expires_during_the_run_is_replaced",
            ),
            (AWS_CLASSIFY, "error_code_has_a_kind"),
            ("crates/backends/gcp/tests/classify.rs", "rejected_credentials_end_the_run"),
            (PIPELINE, "expired_credentials_end_the_run_and_the_rest_is_not_tried"),
        ],
    ),
    tested(
        "Permission is missing for some entries only.",
        "These entries fail, the others are copied, and the report lists each.",
        &[(SERVERS, "entry_without_write_permission_fails_alone")],
    ),
    tested(
        "An answer is cut off, has no body, or has no end.",
        "It is a failed request, never an empty listing. Answers have a maximum size, and each request has a timeout.",
        &[
            ("crates/backends/aws/tests/conformance.rs", "hostile_answers_are_errors"),
            ("crates/backends/vault/tests/conformance.rs", "hostile_answers_are_errors"),
            (SERVERS, "empty_answer_is_not_an_empty_listing"),
            (REPEATS, "missing_outcome_is_an_error"),
        ],
    ),
    tested(
        "A server repeats a value in the text of an error.",
        "The text is left out. airbridge shows a server's own words only for requests that carry no value, and only if they repeat no part of a value, in any encoding.",
        &[
            ("crates/core/src/scrub/tests.rs", "words_that_repeat_a_value_are_left_out"),
            ("tests/faults.rs", "words_of_a_server_that_repeat_a_value_are_left_out_of_all_output"),
            ("crates/backends/aws/tests/conformance.rs", "hostile_answers_are_errors"),
            ("crates/backends/gcp/tests/classify.rs", "errors_never_show_a_value"),
            ("crates/backends/vault/tests/classify.rs", "sentence_of_the_server_is_not_quoted"),
            ("tests/secrecy.rs", "values_are_in_no_output_log_or_file"),
        ],
    ),
    tested(
        "A redirect leads to another host.",
        "It is not followed, and the run ends.",
        &[(SERVERS, "redirect_to_another_server_is_not_followed")],
    ),
    tested(
        "The address is that of an emulator or a private endpoint.",
        "The host is part of the place, which plans and questions show.",
        &[
            ("crates/backends/aws-common/src/place.rs", "place_is_region_account_and_foreign_address"),
            (
                "crates/backends/gcp/src/place.rs",
                "configured_address_is_part_of_the_place_unless_it_is_googles",
            ),
            ("tests/places.rs", "list_show_and_diff_name_place_and_actor"),
        ],
    ),
    tested(
        "The service lists very many other secrets.",
        "Services that can filter list only the prefixes; other names are dropped page by page. A listing ends with an error after 5,000,000 names.",
        &[
            (
                "crates/backends/gcp/tests/store.rs",
                "a_listing_takes_a_call_for_every_5_000_names_and_none_for_other_prefixes",
            ),
            ("crates/core/src/ext.rs", "listing_ends_at_the_maximum_of_names"),
        ],
    ),
    untested(
        "New secrets cost more than expected.",
        "airbridge shows how many secrets it creates, and what they get. It does not know prices.",
        "there is nothing to test",
    ),
];

const RUNS: &[Row] = &[
    tested(
        "A value is empty.",
        "The plan refuses it as `value-empty` where the service does not accept it. Airflow reads an empty connection as missing, so it is skipped.",
        &[
            (ENTRIES, "values_that_aws_rejects_are_refused"),
            ("crates/airflow/src/read/tests.rs", "empty_value_is_missing_and_white_space_is_an_error"),
        ],
    ),
    tested(
        "A value ends in a line break, or has line breaks of Windows.",
        "It is written and verified byte for byte.",
        &[
            ("crates/backends/aws/tests/store.rs", "value_is_sent_byte_for_byte_and_never_shown"),
            ("tests/azure.rs", "ids_with_underscores_hyphens_and_capitals_are_read_back_unchanged"),
        ],
    ),
    tested(
        "Bytes are not valid UTF-8.",
        "A secret of a service is skipped as `binary`. In a file, the line is named, and the file is not read.",
        &[
            ("crates/backends/gcp/tests/store.rs", "missing_empty_and_binary_secrets_are_distinguished"),
            (FILES, "invalid_utf_8_is_named_with_its_line"),
        ],
    ),
    tested(
        "Two ids differ in case only.",
        "The plan refuses both as `collision` where the target ignores case.",
        &[
            (ENTRIES, "two_ids_with_one_name_are_refused"),
            ("tests/databases/copies.rs", "ids_that_differ_in_case_only_collide_where_the_database_says_so"),
        ],
    ),
    tested(
        "The source changes after the plan was made.",
        "airbridge reads each value of the source once, before the plan, and writes what the plan showed. The next run copies the change.",
        &[(PIPELINE_FAULTS, "source_that_changes_after_the_plan_is_copied_as_planned")],
    ),
    tested(
        "Another program changes the target during the run.",
        "The entry fails, and nothing is overwritten where the service can compare versions.",
        &[
            (PIPELINE_WRITTEN, "replace_of_changed_version_fails"),
            (LOST, "replace_that_lost_a_race_is_version_mismatch"),
            ("crates/backends/files/tests/disk.rs", "file_changed_after_the_listing_is_not_overwritten"),
        ],
    ),
    tested(
        "A secret vanishes between listing and reading.",
        "The entry is skipped as `missing`.",
        &[(PIPELINE_FAULTS, "secret_that_vanishes_after_it_was_listed_is_skipped")],
    ),
    tested(
        "Source and target are the same place.",
        "The copy is refused, unless names differ. A file that a run reads cannot be its target.",
        &[(PIPELINE, "copy_onto_itself_is_rejected"), (PATHS, "target_that_the_run_reads_is_refused")],
    ),
    tested(
        "The disk is full.",
        "A change is sent only once its line in the record of the run is written; otherwise the run ends. A target file stays as it was.",
        &[
            ("crates/records/src/store.rs", "change_is_not_sent_if_the_disk_is_full"),
            (DISK, "disk_that_is_too_full_for_the_record_stops_the_run_before_it_writes"),
            (DISK, "full_disk_leaves_the_file_unchanged"),
        ],
    ),
    tested(
        "The run is interrupted, terminated or killed.",
        "After a signal, requests in flight are completed and the report is written. The same command completes the run, also after it was killed.",
        &[
            (
                "tests/interrupt.rs",
                "interrupted_copy_completes_requests_reports_and_is_completed_by_the_next_run",
            ),
            ("tests/interrupt.rs", "killed_copy_is_completed_by_the_next_run"),
            ("tests/runs.rs", "killed_run_is_cut_off_and_its_journal_names_what_may_have_happened"),
        ],
    ),
    tested(
        "airbridge crashes, or another process looks at it while it runs.",
        "Core dumps are off, no temporary file stays behind, and neither the command line nor the environment of the process has a value that you did not put there.",
        &[
            ("tests/secrecy/processes.rs", "crash_leaves_no_core_dump_and_no_file_with_values"),
            (
                "tests/secrecy/processes.rs",
                "process_that_holds_values_shows_none_in_its_command_line_and_environment",
            ),
            ("tests/secrecy/processes.rs", "values_of_a_running_copy_are_hidden_from_other_processes"),
        ],
    ),
    tested(
        "The record of an earlier run is damaged.",
        "It is shown as unreadable, and the other runs are listed.",
        &[
            ("tests/damage/records.rs", "damaged_record_is_named_and_the_other_runs_are_listed"),
            ("crates/records/tests/hostile.rs", "damaged_record_is_read_or_an_error_and_hides_no_other"),
        ],
    ),
    tested(
        "Two runs write to one target at the same time.",
        "Where the service creates a name only once, one of them creates each entry; the other finds an equal value, or its entry fails. Two runs that write one file do not overwrite each other.",
        &[
            (PIPELINE, "create_on_taken_name_is_unchanged_if_equal_and_failed_if_different"),
            ("crates/backends/gcp/tests/store.rs", "concurrent_creates_of_one_name_make_one_version"),
            ("crates/backends/files/tests/disk.rs", "of_two_writers_at_the_same_moment_one_is_told"),
        ],
    ),
];
