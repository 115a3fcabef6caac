//! The program `airbridge`. Everything is in the library, so that tests can build a program of their own from it.

use std::process::ExitCode;

fn main() -> ExitCode {
    airbridge::run()
}
