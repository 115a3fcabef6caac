//! Faults of Azure Key Vault.

use crate::row::{Row, Section, tested, untested};

const CLASSIFY: &str = "crates/backends/azure/tests/classify.rs";
const STORE: &str = "crates/backends/azure/tests/store.rs";
const SIGN_IN: &str = "crates/backends/azure/tests/sign_in.rs";
const PROGRAM: &str = "tests/azure.rs";

pub(crate) const AZURE: Section = Section { title: "Azure Key Vault", rows: ROWS };

const ROWS: &[Row] = &[
    tested(
        "A secret is disabled.",
        "The plan refuses the entry as `disabled`. It does not count as a missing permission.",
        &[(STORE, "disabled_secret_is_read_as_disabled_and_not_written")],
    ),
    tested(
        "A secret has expired, or is not valid yet.",
        "It is copied, and the plan has a note with the date. Use `--exclude` to leave it out.",
        &[(STORE, "secret_outside_its_dates_is_read_with_a_note")],
    ),
    tested(
        "A secret belongs to a certificate.",
        "At a target, the plan refuses to replace it, as `owned`. At a source, it is read like any other secret.",
        &[
            (STORE, "secret_of_a_certificate_has_an_owner_and_is_not_replaced"),
            (PROGRAM, "secret_of_a_certificate_is_refused_in_the_plan"),
        ],
    ),
    tested(
        "A deleted secret still has the name.",
        "The plan refuses the entry as `name-reserved`, with the date and the commands that recover or purge the secret. airbridge recovers it only with `--restore-deleted` or `undo`, and never purges.",
        &[(PROGRAM, "deleted_secret_is_refused_with_its_deadline_and_the_commands_that_free_the_name")],
    ),
    tested(
        "A secret of the same name is being deleted or recovered.",
        "airbridge tries the write up to 8 times, after growing delays.",
        &[
            (CLASSIFY, "conflicts_are_reserved_names_or_passing_faults"),
            (STORE, "create_during_a_slow_deletion_waits_until_the_name_is_reserved"),
        ],
    ),
    tested(
        "Two ids get the same name.",
        "The plan refuses both as `collision`.",
        &[(PROGRAM, "entries_with_the_same_target_name_are_refused")],
    ),
    untested(
        "Two programs create the same name at the same moment.",
        "The service makes two versions, and the newer one counts. airbridge verifies the version that it wrote and does not see the other.",
        "the service has no condition that would show it",
    ),
    tested(
        "The firewall of the vault blocks this machine.",
        "The run ends without retries, and the hint has the command that lists the permitted networks.",
        &[(CLASSIFY, "firewall_block_ends_the_run")],
    ),
    tested(
        "A role was assigned a moment ago.",
        "The request is denied, and the hint says that an assignment takes some minutes. airbridge does not wait: run it again.",
        &[(CLASSIFY, "denied_call_names_the_permission_and_the_role")],
    ),
    tested(
        "The credentials are of another directory than the vault.",
        "airbridge reads the vault's directory from its first answer and authenticates there.",
        &[(SIGN_IN, "vault_of_another_directory_is_authenticated_in_that_directory")],
    ),
    tested(
        "The address leads to a server that asks for the token of another service.",
        "The run ends, and no token is sent.",
        &[
            (CLASSIFY, "vault_that_asks_for_the_token_of_another_service_gets_none"),
            (CLASSIFY, "next_page_on_another_host_is_not_requested"),
        ],
    ),
    tested(
        "The vault throttles without saying for how long.",
        "airbridge waits for growing random delays and halves its rate.",
        &[("tests/throttle.rs", "copy_to_azure_that_throttles_without_a_delay_loses_and_doubles_nothing")],
    ),
];
