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
        let kept = kept_components();
        let python = Python::ready().unwrap().program("python");
        let script = COMPONENTIZE_PY
            .replace("INTERPRETER", &python.display().to_string())
            .replace("PACKAGES", &at)
            .replace("KEPT", &kept.display().to_string());
        let program = ".venv/bin/componentize-py";
        self.write(program, &script);
        make_executable(&self.0.join(program));
    }

    /// Puts the zig that the manifest names to where the first build would install it.
    /// It is fetched once, and not for each run. Gives the variables of its cache.
    pub(super) fn installed_zig(&self) -> Vec<(String, String)> {
        let manifest = self.read("hook.toml");
        let package = manifest
            .split('"')
            .find(|word| word.starts_with("ziglang=="));
        let package = package.expect("the manifest names the package");
        let packages = target().join("python/ziglang");
        let stamp = packages.join("installed");
        let python = Python::ready().unwrap().program("python");
        if fs::read_to_string(&stamp).ok().as_deref() != Some(package) {
            let status = Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"])
                .arg(&packages)
                .arg(package)
                .status();
            assert!(status.unwrap().success(), "pip cannot install {package}");
            fs::write(&stamp, package).unwrap();
        }
        let script = format!(
            "#!/bin/sh\nPYTHONPATH='{}' exec '{}' -m ziglang \"$@\"\n",
            packages.display(),
            python.display()
        );
        let program = ".venv/bin/python-zig";
        self.write(program, &script);
        make_executable(&self.0.join(program));
        let cache = target().join("tmp/new-hooks/zig").display().to_string();
        vec![("ZIG_GLOBAL_CACHE_DIR".into(), cache)]
    }

    /// A `node` of ours that takes again what componentize-js has made of the same
    /// before, for the same reason, and otherwise is that of the machine. Gives the
    /// variables with which it is found.
    pub(super) fn node_that_keeps(&self) -> Vec<(String, String)> {
        let path = programs();
        let there = std::env::split_paths(&path)
            .map(|directory| directory.join("node"))
            .find(|program| program.is_file())
            .expect("there is no `node`: the tests need Node.js 20 or newer, with npm");
        let script = NODE
            .replace("INTERPRETER", &there.display().to_string())
            .replace("NAME", NAME)
            .replace("KEPT", &kept_components().display().to_string());
        self.write("bin/node", &script);
        make_executable(&self.0.join("bin/node"));
        let ours = self.0.join("bin").display().to_string();
        [
            ("PATH", format!("{ours}:{path}")),
            // A registry that does not answer is to fail the test, not to hold it up.
            ("npm_config_fetch_timeout", "60000".into()),
            ("npm_config_fetch_retries", "1".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

#[allow(clippy::disallowed_methods, reason = "the machine says where they are")]
fn programs() -> String {
    std::env::var("PATH").unwrap()
}

/// Where components are kept that take long to make.
fn kept_components() -> PathBuf {
    let kept = target().join("tmp/new-hooks/componentized");
    fs::create_dir_all(&kept).unwrap();
    kept
}

/// `node build.mjs` is what makes the component.
const NODE: &str = r#"#!/bin/sh
set -e
if [ "$*" != build.mjs ]; then
    exec 'INTERPRETER' "$@"
fi
made_of=$(cat package-lock.json build.mjs hook.js wit/hook.wit wit/deps/*/* | sha256sum | cut -c 1-64)
kept="KEPT/$made_of.wasm"
if [ ! -f "$kept" ]; then
    'INTERPRETER' build.mjs
    cp NAME.wasm "$kept.$$"
    mv "$kept.$$" "$kept"
fi
cp "$kept" NAME.wasm
"#;

/// Its last argument is the file to make.
const COMPONENTIZE_PY: &str = r#"#!/bin/sh
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
