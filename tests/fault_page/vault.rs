//! Faults of HashiCorp Vault and OpenBao.

use crate::row::{Row, Section, tested};

const CLASSIFY: &str = "crates/backends/vault/tests/classify.rs";
const SERVER: &str = "crates/backends/vault/tests/server.rs";
const SIGN_IN: &str = "crates/backends/vault/tests/sign_in.rs";
const CHECK: &str = "crates/backends/vault/src/check.rs";
const LOST: &str = "crates/conformance/tests/retrying/lost.rs";
const REPEATS: &str = "crates/conformance/tests/retrying/repeats.rs";
const SERVERS: &str = "tests/damage/servers.rs";

pub(crate) const VAULT: Section = Section { title: "HashiCorp Vault and OpenBao", rows: ROWS };

const ROWS: &[Row] = &[
    tested(
        "The newest version of a secret is deleted or destroyed.",
        "At a source, the entry is skipped as deleted. At a target, it is refused as `name-reserved`. airbridge reads no older version instead.",
        &[
            (CLASSIFY, "create_on_a_deleted_or_destroyed_secret_returns_name_reserved"),
            (SERVER, "deleted_secret_is_listed_and_reserves_its_name"),
        ],
    ),
    tested(
        "The mount has another version of the engine than configured.",
        "The run ends, and the message names the version of the mount. Without the key, airbridge uses the version that the server reports.",
        &[(SERVER, "mount_of_another_type_or_version_and_folder_are_rejected")],
    ),
    tested(
        "The token may not ask for the version of the mount.",
        "The run ends with the hint to set `kv_engine_version`. With the key, the mount is open for reading only.",
        &[(CLASSIFY, "mount_of_unconfirmed_version_is_open_for_reading_only")],
    ),
    tested(
        "The token expires or is revoked during the run.",
        "airbridge renews it, signs in again, or reads its file again. If the new token is rejected, too, the run ends.",
        &[
            (SIGN_IN, "approle_token_that_expires_during_the_run_is_replaced"),
            (SIGN_IN, "approle_token_that_is_revoked_during_the_run_is_replaced"),
            (SIGN_IN, "token_that_is_always_rejected_ends_the_run"),
        ],
    ),
    tested(
        "A policy permits to list a secret and not to read it.",
        "The plan refuses this entry as `unreadable` and names the missing capability.",
        &[(SERVERS, "missing_read_permission_is_named")],
    ),
    tested(
        "A folder does not exist.",
        "It counts as empty. If it is a path that you named, airbridge warns.",
        &[
            ("crates/backends/vault/tests/conformance.rs", "version_2_conforms"),
            ("tests/caution.rs", "prefix_that_matches_nothing_is_a_warning_with_near_names"),
        ],
    ),
    tested(
        "The server is sealed during the run.",
        "Each request is tried up to 8 times, then its entry fails. A server that is sealed at the start ends the run.",
        &[
            (CLASSIFY, "write_with_each_status_returns_its_kind"),
            (REPEATS, "unavailable_service_gets_eight_attempts"),
            (SERVERS, "sealed_or_uninitialised_vault_is_named"),
        ],
    ),
    tested(
        "The address is that of a standby or of a disaster-recovery secondary.",
        "A redirect to the same address is followed, one to another host is not: the message names that host. A secondary for disaster recovery ends the run.",
        &[
            (CLASSIFY, "standby_is_opened"),
            (CLASSIFY, "server_that_cannot_serve_is_not_opened"),
            (CLASSIFY, "redirect_to_another_host_is_not_followed"),
            (CLASSIFY, "redirect_to_the_same_address_is_followed_up_to_three_times"),
        ],
    ),
    tested(
        "A secret was changed since it was read, or the mount requires check-and-set.",
        "Every write on KV 2 names the version that it replaces, so such mounts work. A secret in another version is not overwritten, and the entry fails.",
        &[
            (CLASSIFY, "replace_of_a_changed_secret_returns_version_mismatch_or_not_found"),
            (SERVER, "mount_that_requires_check_and_set_is_written"),
        ],
    ),
    tested(
        "A secret is larger than the server's storage permits.",
        "The plan refuses secrets above 1 MiB. If the server has a lower limit, the entry fails without a retry.",
        &[
            (CHECK, "secret_above_a_mebibyte_is_rejected"),
            (CLASSIFY, "write_with_each_status_returns_its_kind"),
        ],
    ),
    tested(
        "The server answers a write with an internal error.",
        "airbridge reads the secret and writes again only if the write did not happen.",
        &[
            (CLASSIFY, "write_with_each_status_returns_its_kind"),
            (LOST, "replace_that_happened_is_not_sent_again"),
            (LOST, "replace_that_did_not_happen_is_sent_again"),
        ],
    ),
    tested(
        "A standby answers a read with an older state.",
        "Verification reads the version that the write returned, and repeats the read for up to 10 seconds.",
        &[(LOST, "lagging_reads_are_awaited"), (CLASSIFY, "read_with_each_status_returns_its_kind")],
    ),
    tested(
        "A field is a whole number that KV 2 would round.",
        "The plan refuses the entry as `value-invalid`. A source is read with all digits.",
        &[
            (CHECK, "whole_numbers_that_version_2_rounds_are_rejected"),
            (CLASSIFY, "numbers_are_read_with_all_their_digits"),
        ],
    ),
    tested(
        "The namespace is missing or wrong.",
        "The run ends, and the hint names `namespace` and `VAULT_NAMESPACE`.",
        &[(SERVER, "missing_namespace_is_rejected"), (CLASSIFY, "read_with_each_status_returns_its_kind")],
    ),
    tested(
        "A secret has other fields than Airflow reads.",
        "A variable without `value` is skipped as `missing`, as Airflow has it. A connection that Airflow cannot build is refused as `unreadable`. Ignored fields are named.",
        &[
            ("crates/airflow/src/read/tests.rs", "payload_of_the_wrong_shape_is_unreadable"),
            ("crates/airflow/src/read/ignored.rs", "fields_of_vault_beside_the_one_that_counts_are_ignored"),
            ("crates/airflow/src/vectors/stored.rs", "stored_value_is_read_like_airflow"),
        ],
    ),
    tested(
        "The server redirects because it cleans up a path.",
        "The redirect is not followed, because it leads to another secret. The plan refuses such names as `name-invalid`.",
        &[
            (CLASSIFY, "redirect_to_another_path_is_not_followed"),
            ("tests/damage/entries.rs", "names_that_vault_changes_are_refused"),
        ],
    ),
];
