//! The one binary: server and command line.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// A call of a hook is hundreds of small allocations that live for microseconds.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    valence::cli::run()
}
