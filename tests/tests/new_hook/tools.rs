//! The tools of languages, where a first build would install them: fetched once, by
//! `cargo xtask hooks`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use valence_testbed::Python;
use valence_tests::target;

/// Puts componentize-py at `program`. What it has made of the same before is taken again:
/// it makes other bytes each time, and compiling 18 MB anew takes minutes.
pub(crate) fn componentize_py(program: &Path) {
    let packages = target().join("python/componentize-py");
    let at = packages.display().to_string();
    assert!(
        packages.exists(),
        "{at} is not there: run `cargo xtask hooks --python`"
    );
    let python = Python::ready().unwrap().program("python");
    let script = COMPONENTIZE_PY
        .replace("INTERPRETER", &python.display().to_string())
        .replace("PACKAGES", &at)
        .replace("KEPT", &kept_components().display().to_string());
    make_executable(program, &script);
}

/// Puts the zig that `manifest` names at `program`. Gives the variables of its cache.
pub(super) fn zig(manifest: &str, program: &Path) -> Vec<(String, String)> {
    let mut words = manifest.split('"');
    let package = words.find(|word| word.starts_with("ziglang=="));
    let packages = target().join("python/ziglang");
    let stamp = fs::read_to_string(packages.join("installed")).ok();
    assert!(
        package.is_some() && package == stamp.as_deref(),
        "{package:?} is not there: run `cargo xtask hooks --c`"
    );
    let python = Python::ready().unwrap();
    python
        .program_of_module(&packages, "ziglang", program)
        .unwrap();
    let cache = target().join("tmp/new-hooks/zig").display().to_string();
    vec![("ZIG_GLOBAL_CACHE_DIR".into(), cache)]
}

/// Puts the packages of a project in JavaScript at `place`.
pub(crate) fn node_modules(place: &Path) {
    let there = target().join("hook-projects/javascript-labels/node_modules");
    assert!(
        there.exists(),
        "{} is not there: run `cargo xtask hooks --javascript`",
        there.display()
    );
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(there, place).unwrap();
}

/// Puts a `node` at `program` that takes again what componentize-js has made of the same
/// before, for the same reason, and otherwise is that of the machine.
pub(crate) fn node_that_keeps(program: &Path) {
    let there = std::env::split_paths(&programs())
        .map(|directory| directory.join("node"))
        .find(|program| program.is_file())
        .expect("there is no `node`: the tests need Node.js 20 or newer, with npm");
    let script = NODE
        .replace("INTERPRETER", &there.display().to_string())
        .replace("KEPT", &kept_components().display().to_string());
    make_executable(program, &script);
}

#[allow(clippy::disallowed_methods, reason = "the machine says where they are")]
pub(crate) fn programs() -> String {
    std::env::var("PATH").unwrap()
}

/// Where components are kept that take long to make.
fn kept_components() -> PathBuf {
    let kept = target().join("tmp/new-hooks/componentized");
    fs::create_dir_all(&kept).unwrap();
    kept
}

/// `node build.mjs` is what makes the component, which is called as the directory is.
const NODE: &str = r#"#!/bin/sh
set -e
if [ "$*" != build.mjs ]; then
    exec 'INTERPRETER' "$@"
fi
made=$(basename "$PWD").wasm
made_of=$(cat package.json build.mjs hook.js wit/hook.wit wit/deps/*/* | sha256sum | cut -c 1-64)
kept="KEPT/$made_of.wasm"
exec 9> "$kept.lock"
flock 9
if [ ! -f "$kept" ]; then
    'INTERPRETER' build.mjs
    cp "$made" "$kept.$$"
    mv "$kept.$$" "$kept"
fi
cp "$kept" "$made"
"#;

/// Its last argument is the file to make.
const COMPONENTIZE_PY: &str = r#"#!/bin/sh
set -e
made_of=$( (echo "$*"; cat 'PACKAGES/installed' hook.py wit/hook.wit wit/deps/*/*) | sha256sum | cut -c 1-64)
for made; do :; done
kept="KEPT/$made_of.wasm"
exec 9> "$kept.lock"
flock 9
if [ ! -f "$kept" ]; then
    PYTHONPATH='PACKAGES' 'INTERPRETER' -c 'from componentize_py import script; script()' "$@"
    cp "$made" "$kept.$$"
    mv "$kept.$$" "$kept"
fi
cp "$kept" "$made"
"#;

fn make_executable(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// What cargo needs in the environment to compile for WebAssembly here, without
/// asking a registry for what has been fetched for the sample hooks.
pub(crate) fn compiler() -> Vec<(String, String)> {
    let xtask = target().join("debug/xtask");
    let output = Command::new(xtask)
        .args(["toolchain", "--env"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let mut variables: Vec<_> = text
        .lines()
        .map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect();
    variables.push(("CARGO_NET_OFFLINE".into(), "true".into()));
    variables
}
