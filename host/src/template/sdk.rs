//! The guest SDK, as it goes into a project in Rust.

use super::{CONTRACT, NewFile, verbatim};

/// Where the SDK goes. Its bindings look for the contract beside it.
const PLACE: &str = "vendor/valence-hook/";

macro_rules! sdk {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../guest-sdk/", $path)))),*]
    };
}

/// All that its library is made of; its manifest is a template.
pub(super) const SDK: &[(&str, &str)] = sdk![
    "README.md",
    "src/arena.rs",
    "src/contract.rs",
    "src/document.rs",
    "src/enrollment/body.rs",
    "src/enrollment/capabilities.rs",
    "src/enrollment/mod.rs",
    "src/enrollment/port.rs",
    "src/error.rs",
    "src/export.rs",
    "src/inventory.rs",
    "src/lib.rs",
    "src/log.rs",
    "src/phases.rs",
    "src/places.rs",
    "src/provenance.rs",
    "src/registration.rs",
    "src/settings.rs",
    "src/text/glob.rs",
    "src/text/mac.rs",
    "src/text/mod.rs",
    "src/text/names.rs",
    "src/text/pointer.rs",
    "src/text/template.rs",
    "src/text/version.rs",
];

/// The lock file of the sample hooks.
const LOCK: &str = include_str!("../../../hooks/Cargo.lock");

/// The SDK, the contract, and the versions of crates that were tried with them.
pub(super) fn files() -> Vec<NewFile> {
    let mut files: Vec<_> = SDK
        .iter()
        .map(|(path, text)| verbatim(&format!("{PLACE}{path}"), text))
        .collect();
    files.push(verbatim("vendor/wit/since_v0.1.0/hooks.wit", CONTRACT));
    files.push(verbatim("Cargo.lock", &lock()));
    files
}

/// [`LOCK`] without the hooks themselves, which cargo replaces by what it finds.
fn lock() -> String {
    let mut parts = LOCK.split("[[package]]\n");
    let head = parts.next().unwrap_or_default();
    let kept = parts.filter(|package| package.contains("\nsource = "));
    kept.fold(head.to_owned(), |lock, package| {
        lock + "[[package]]\n" + package
    })
}
