//! The texts of `airbridge --help`. It fits one screen: 45 lines of 100 columns.

pub(super) const ABOUT: &str =
    "Moves Apache Airflow connections, variables and config options between secrets backends";

pub(super) const AFTER_HELP: &str = "\
Endpoints:
  SCHEME:PLACE?key=value, a path, `-`, or @NAME; `airbridge endpoints [SCHEME]` lists types or keys

Examples:
  airbridge copy aws:us-east-1 vault:airflow

Exit codes:
  0 done, 1 failed, 2 usage error, 3 differences found, 4 refused before writing,
  5 done except for entries that --partial skipped, 130 interrupted, 143 terminated";
