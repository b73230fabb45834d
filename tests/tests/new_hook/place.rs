//! Where a new hook is made and built, with what its tools need.

use std::fs;
use std::path::{Path, PathBuf};

use valence_tests::{Outcome, Valence, target};

use super::tools;

/// The name of every new hook of these tests, and of the tutorials': what has been made of
/// the one is taken for the other.
const NAME: &str = "my-site";

/// A new project. It stands at the same place in each run, and keeps what takes
/// long to make anew.
pub(super) struct Place(PathBuf);

impl Place {
    /// Makes it in `language`; `kept` of the last run are kept, unless it is built
    /// otherwise by now.
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
        let built_by = |place: &Path| {
            let manifests = ["hook.toml", "package.json"];
            manifests.map(|name| fs::read(place.join(name)).ok())
        };
        let kept = match built_by(&old) == built_by(&place) {
            true => kept,
            false => &[],
        };
        for name in kept.iter().filter(|name| old.join(name).exists()) {
            fs::rename(old.join(name), place.join(name)).unwrap();
        }
        Self(place)
    }

    /// What has been built.
    pub(super) fn component(&self) -> PathBuf {
        self.0.join(NAME).with_extension("wasm")
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

    /// Puts what `cargo xtask hooks --python` has installed to where the first build
    /// would install it.
    pub(super) fn installed_componentize_py(&self) {
        tools::componentize_py(&self.0.join(".venv/bin/componentize-py"));
    }

    /// The same for the zig that the manifest names. Gives the variables of its cache.
    pub(super) fn installed_zig(&self) -> Vec<(String, String)> {
        tools::zig(
            &self.read("hook.toml"),
            &self.0.join(".venv/bin/python-zig"),
        )
    }

    /// The same for the packages of npm. Gives the variables with which a `node` is found
    /// that keeps what it has made.
    pub(super) fn installed_node_modules(&self) -> Vec<(String, String)> {
        tools::node_modules(&self.0.join("node_modules"));
        let programs = self.0.join("bin");
        tools::node_that_keeps(&programs.join("node"));
        let path = format!("{}:{}", programs.display(), tools::programs());
        vec![("PATH".into(), path)]
    }
}
