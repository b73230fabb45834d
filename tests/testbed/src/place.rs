//! Where the test bed keeps its things.

use std::path::{Path, PathBuf};

/// `testbed` in cargo's target directory, which need not exist yet.
pub fn directory() -> PathBuf {
    target().join("testbed")
}

#[allow(
    clippy::disallowed_methods,
    reason = "cargo says in the environment where builds go"
)]
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || {
            let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
            workspace.unwrap_or(Path::new(".")).join("target")
        },
        PathBuf::from,
    )
}
