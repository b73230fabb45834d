//! The templates: where each file goes, and its text.

/// Paths in the project with their texts.
type Files = &'static [(&'static str, &'static str)];

macro_rules! template {
    ($($path:literal: $from:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../templates/", $from)))),*]
    };
}

pub(super) const COMMON: Files = template![
    "README.md": "common/README.md",
    "cases/in-a-rack/case.toml": "common/in-a-rack.toml",
    "cases/in-a-rack/expected.json": "common/in-a-rack.json",
    "cases/no-rack/case.toml": "common/no-rack.toml",
    "mockups/two-machines.json": "common/two-machines.json",
];

pub(super) const RUST: Files = template![
    ".cargo/config.toml": "rust/config.toml",
    ".gitignore": "rust/gitignore",
    "Cargo.toml": "rust/manifest.toml",
    "hook.toml": "rust/hook.toml",
    "src/lib.rs": "rust/lib.rs",
    "vendor/valence-hook/Cargo.toml": "rust/sdk.toml",
];

pub(super) const PYTHON: Files = template![
    ".gitignore": "python/gitignore",
    "hook.py": "python/hook.py",
    "hook.toml": "python/hook.toml",
    "wit/hook.wit": "common/hook.wit",
];

pub(super) const JAVASCRIPT: Files = template![
    ".gitignore": "javascript/gitignore",
    "build.mjs": "javascript/build.mjs",
    "hook.js": "javascript/hook.js",
    "hook.toml": "javascript/hook.toml",
    "package.json": "javascript/package.json",
    "wit/hook.wit": "common/hook.wit",
];

pub(super) const C: Files = template![
    ".gitignore": "c/gitignore",
    "hook.c": "c/hook.c",
    "hook.toml": "c/hook.toml",
    "support/memory.c": "c/memory.c",
    "support/stdlib.h": "c/stdlib.h",
    "support/string.h": "c/string.h",
    "support/text.c": "c/text.c",
    "support/text.h": "c/text.h",
    "wit/hook.wit": "common/hook.wit",
];
