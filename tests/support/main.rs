//! The program, as its own `main.rs` runs it.

use std::process::ExitCode;

fn main() -> ExitCode {
    airbridge::run()
}
