//! The program `airbridge`. Everything is in the library, so that tests can build a program of their own from it.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Large documents are many small allocations, which the system's allocator serves slowly and scatters over twice the memory.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    airbridge::run()
}
