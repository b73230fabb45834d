//! Where a test has the process die.

use super::environment::Environment;

/// `VALENCE_CRASH_AT`, which tests of a build with debug assertions set.
pub fn crash_point() -> Option<String> {
    Environment::of_process()
        .get("VALENCE_CRASH_AT")
        .map(str::to_owned)
}
