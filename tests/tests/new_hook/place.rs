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
        Valence::offline_with(&self.0, variables, arguments)
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
    /// where the first build would install it.
    pub(super) fn installed_componentize_py(&self) {
        let packages = target().join("python/componentize-py");
        let at = packages.display();
        assert!(
            packages.exists(),
            "{at} is not there: run `cargo xtask hooks --python`"
        );
        let python = Python::ready().unwrap().program("python");
        let python = python.display();
        let program = ".venv/bin/componentize-py";
        let run = "from componentize_py import script; script()";
        self.write(
            program,
            &format!("#!/bin/sh\nPYTHONPATH='{at}' exec '{python}' -c '{run}' \"$@\"\n"),
        );
        make_executable(&self.0.join(program));
    }
}

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
