//! Where the test bed keeps its things.

use std::path::{Path, PathBuf};

/// `target/testbed` of the workspace, which need not exist yet.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."))
        .join("target/testbed")
}
