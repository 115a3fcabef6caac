//! What a user sees where no server is needed: one case a file in `cmd/`, run in a copy of `cmd/in/`.
//!
//! `TRYCMD=overwrite cargo test -p airbridge --test cli` takes over what the program says now; read the difference
//! before you keep it.

#[test]
fn what_a_user_sees() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}
