//! Where a new hook is made and built, with what its tools need.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use valence_testbed::Python;
use valence_tests::{Outcome, Valence, target};

/// The name of every new hook of these tests.
const NAME: &str = "rack-traits";

/// A new project. It stands at the same place in each run, and keeps what takes
/// long to make anew.
pub(super) struct Place(PathBuf);

impl Place {
    /// Makes it in `language`; `kept` of the last run are kept.
    pub(super) fn new(language: &str, kept: &[&str]) -> Self {
        let directory = target().join("tmp/new-hooks").join(language);
        let old = directory.join("old");
        fs::create_dir_all(&directory).unwrap();
        if old.exists() {
            fs::remove_dir_all(&old).unwrap();
        }
        let place = directory.join(NAME);
        if place.exists() {
            fs::rename(&place, &old).unwrap();
        }
        let made = Valence::offline_in(&directory, ["hook", "new", NAME, "--lang", language]);
        assert_eq!(made.exit, 0, "{made:?}");
        for name in kept.iter().filter(|name| old.join(name).exists()) {
            fs::rename(old.join(name), place.join(name)).unwrap();
        }
        Self(place)
    }

    pub(super) fn valence<const N: usize>(
        &self,
        variables: &[(String, String)],
        arguments: [&str; N],
    ) -> Outcome {
        // Compiled code is kept from one run to the next, as a user's is.
        let cache = target().join("tmp/new-hooks/cache").display().to_string();
        let variables = [variables, &[("XDG_CACHE_HOME".into(), cache)]].concat();
        Valence::offline_with(&self.0, &variables, arguments)
    }

    pub(super) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Puts the componentize-py that `cargo xtask hooks --python` has installed to
    /// where the first build would install it. What it has made of the same before
    /// is taken again: it makes other bytes each time, and compiling 18 MB anew
    /// takes minutes.
    pub(super) fn installed_componentize_py(&self) {
        let packages = target().join("python/componentize-py");
        let at = packages.display().to_string();
        assert!(
            packages.exists(),
            "{at} is not there: run `cargo xtask hooks --python`"
        );
        let kept = target().join("tmp/new-hooks/componentized");
        fs::create_dir_all(&kept).unwrap();
        let python = Python::ready().unwrap().program("python");
        let script = SCRIPT
            .replace("INTERPRETER", &python.display().to_string())
            .replace("PACKAGES", &at)
            .replace("KEPT", &kept.display().to_string());
        let program = ".venv/bin/componentize-py";
        self.write(program, &script);
        make_executable(&self.0.join(program));
    }
}

/// Its last argument is the file to make.
const SCRIPT: &str = r#"#!/bin/sh
set -e
made_of=$( (echo "$*"; cat 'PACKAGES/installed' hook.py wit/hook.wit wit/deps/*/*) | sha256sum | cut -c 1-64)
for made; do :; done
kept="KEPT/$made_of.wasm"
if [ ! -f "$kept" ]; then
    PYTHONPATH='PACKAGES' 'INTERPRETER' -c 'from componentize_py import script; script()' "$@"
    cp "$made" "$kept.$$"
    mv "$kept.$$" "$kept"
fi
cp "$kept" "$made"
"#;

fn make_executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// What cargo needs in the environment to compile for WebAssembly here, without
/// asking a registry for what has been fetched for the sample hooks.
pub(super) fn compiler() -> Vec<(String, String)> {
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
