//! That no password of any test shows anywhere but where it is to go.
//!
//! Passwords of tests begin with `canary-`, or stand in the list. Every reply that a
//! test gets is searched for them, and so is all that a server leaves behind: its
//! log, which holds everything there is to log, and its database.

use std::fs;
use std::path::Path;

/// How passwords of tests begin.
const CANARIES: [&str; 3] = ["canary-", "ironic-canary", "valence-pa55word"];

/// Where a canary stands in `text`, with what is around it.
fn found(text: &str) -> Option<String> {
    let place = CANARIES.iter().find_map(|canary| text.find(canary))?;
    let around: String = text[..place].chars().rev().take(200).collect();
    let around: String = around.chars().rev().collect();
    let rest: String = text[place..].chars().take(100).collect();
    Some(format!("{around}{rest}"))
}

/// # Panics
/// If a password stands in `text`.
pub(crate) fn assert_none(what: &str, text: &str) {
    if let Some(found) = found(text) {
        panic!("a password stands in {what}: {found}");
    }
}

/// Where in the files below `directory` a password stands, those aside that are
/// among `given`, by name: they were put there by the test.
pub(crate) fn left_in(directory: &Path, given: &[String]) -> Option<String> {
    for entry in fs::read_dir(directory).ok()?.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let is_given = given.iter().any(|given| Path::new(given) == name);
        if is_given || name == "valence.toml" {
            continue;
        }
        if path.is_dir() {
            if let Some(found) = left_in(&path, given) {
                return Some(found);
            }
            continue;
        }
        let bytes = fs::read(&path).unwrap_or_default();
        if let Some(found) = found(&String::from_utf8_lossy(&bytes)) {
            return Some(format!("{}: {found}", path.display()));
        }
    }
    None
}
