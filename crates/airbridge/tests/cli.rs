//! What a user sees, where no server is needed: one file in `cmd/` for each case, run in a copy of `cmd/in/`.
//!
//! `TRYCMD=overwrite cargo test -p airbridge --test cli` accepts the current output. Read the difference before you commit
//! it.

#[test]
fn output_equals_the_snapshots() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}
