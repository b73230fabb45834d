//! Where things are.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Where builds go.
#[allow(
    clippy::disallowed_methods,
    reason = "cargo tells it in the environment"
)]
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The program under test.
pub fn binary() -> PathBuf {
    let binary = target().join("debug/valence");
    assert!(
        binary.exists(),
        "{} is not there: run `cargo build -p valence`",
        binary.display()
    );
    binary
}

/// The component of a sample hook, as `cargo xtask hooks` leaves it.
pub fn hook(name: &str) -> PathBuf {
    let path = target()
        .join("hooks")
        .join(name.replace('-', "_"))
        .with_extension("wasm");
    assert!(
        path.exists(),
        "{} is not there: run `cargo xtask hooks`, with `--python --javascript --c` for those",
        path.display()
    );
    path
}

/// The hand-made mockups of this repository.
pub fn mockups() -> PathBuf {
    root().join("tests/mockups")
}

/// The recorded machines: `$VALENCE_CORPUS`, else `../shared/corpus` beside the
/// repository. None where there are none, which `VALENCE_REQUIRE_CORPUS` makes
/// an error.
#[allow(clippy::disallowed_methods, reason = "the machine says where they are")]
pub fn corpus() -> Option<PathBuf> {
    let directory = std::env::var_os("VALENCE_CORPUS")
        .map_or_else(|| root().join("../shared/corpus"), PathBuf::from);
    if directory.is_dir() {
        return Some(directory);
    }
    assert!(
        std::env::var_os("VALENCE_REQUIRE_CORPUS").is_none(),
        "no recorded machines in {}",
        directory.display()
    );
    None
}
