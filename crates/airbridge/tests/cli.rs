//! What a user sees, where no server is needed: one file in `cmd/` for each case, run in a copy of `cmd/in/`.
//!
//! `TRYCMD=overwrite cargo test -p airbridge --test cli` accepts the current output. Read the difference before you commit
//! it.

#[test]
fn output_equals_the_snapshots() {
    let records = tempfile::tempdir().unwrap();
    let records = records.path().display().to_string();
    trycmd::TestCases::new().env("AIRBRIDGE_STATE_DIR", records).case("tests/cmd/*.toml");
}
