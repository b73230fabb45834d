//! The sample hooks that are one file of a project as `valence hook new` makes it, from
//! source to component.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use valence_testbed::Python;

use crate::{output, python, root, say, target};

/// Such a hook.
pub(crate) struct Project {
    name: &'static str,
    /// For `valence hook new`.
    language: &'static str,
    /// What of the project is the hook's own.
    source: &'static str,
}

pub(crate) const JAVASCRIPT: Project = Project {
    name: "javascript-labels",
    language: "javascript",
    source: "hook.js",
};

pub(crate) const C: Project = Project {
    name: "c-sizes",
    language: "c",
    source: "hook.c",
};

/// What a build leaves that takes long to fetch anew.
const FETCHED: [&str; 2] = ["node_modules", "package-lock.json"];

impl Project {
    /// Builds it, unless it was built of the same before. The binary has been built.
    pub(crate) fn build(&self) -> Result<()> {
        let place = target().join("hook-projects").join(self.name);
        let new = place.with_extension("new");
        let made_of = self.lay_out(&new)?;
        let stamp = place.with_extension("made-of");
        let component = target()
            .join("hooks")
            .join(self.name.replace('-', "_"))
            .with_extension("wasm");
        if component.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == made_of) {
            return Ok(());
        }
        say(format!("hooks: building {}", self.name));
        for kept in FETCHED {
            let (there, here) = (place.join(kept), new.join(kept));
            if there.exists() && same(&place, &new, "package.json") {
                fs::rename(there, here)?;
            }
        }
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        fs::rename(&new, &place)?;
        self.bring_compiler(&place)?;
        let mut valence = valence();
        valence.args(["hook", "build"]).arg(&place);
        output(&mut valence).with_context(|| format!("hook `{}` does not build", self.name))?;
        fs::create_dir_all(target().join("hooks"))?;
        let making = component.with_extension("making");
        fs::copy(place.join(self.name).with_extension("wasm"), &making)?;
        fs::rename(&making, &component)?;
        fs::write(stamp, made_of)?;
        let kibibytes = fs::metadata(&component)?.len().div_ceil(1024);
        say(format!("hooks: {} ({kibibytes} KiB)", component.display()));
        Ok(())
    }

    /// Makes the project in the directory `new`, with the source of this repository. Gives
    /// all that is in it.
    fn lay_out(&self, new: &Path) -> Result<String> {
        if new.exists() {
            fs::remove_dir_all(new)?;
        }
        fs::create_dir_all(new.parent().unwrap_or(new))?;
        let mut valence = valence();
        valence
            .args([
                "hook",
                "new",
                self.name,
                "--lang",
                self.language,
                "--directory",
            ])
            .arg(new);
        output(&mut valence)?;
        let source = root().join("hooks").join(self.name).join(self.source);
        fs::copy(&source, new.join(self.source))
            .with_context(|| format!("cannot read {}", source.display()))?;
        let mut files = BTreeMap::new();
        read_all(new, &mut files)?;
        let mut made_of = String::new();
        for (path, bytes) in files {
            let name = path
                .strip_prefix(new)
                .unwrap_or(&path)
                .display()
                .to_string();
            made_of.push_str(&format!("{name}\n{}\n", String::from_utf8_lossy(&bytes)));
        }
        Ok(made_of)
    }

    /// Puts the compiler that the project's manifest names to where its first build would
    /// install it: fetched once for this repository.
    fn bring_compiler(&self, place: &Path) -> Result<()> {
        let manifest = fs::read_to_string(place.join("hook.toml"))?;
        let mut words = manifest.split('"');
        let Some(package) = words.find(|word| word.starts_with("ziglang==")) else {
            return Ok(());
        };
        let packages = python::installed(package)?;
        let program = place.join(".venv/bin/python-zig");
        Python::ready()?.program_of_module(&packages, "ziglang", &program)
    }
}

/// The binary, with a place in the target directory for the cache of zig.
fn valence() -> Command {
    let mut valence = Command::new(target().join("debug/valence"));
    valence.env("ZIG_GLOBAL_CACHE_DIR", target().join("tmp/new-hooks/zig"));
    valence
}

/// Builds the binary, with the features that it has in a build of everything: what was
/// compiled for the one is taken for the other.
pub(crate) fn binary() -> Result<()> {
    let status = Command::new("cargo")
        .current_dir(root())
        .args(["build", "--workspace", "--locked", "--bin", "valence"])
        .status()?;
    ensure!(status.success(), "valence does not build");
    Ok(())
}

fn same(one: &Path, other: &Path, file: &str) -> bool {
    let [one, other] = [one, other].map(|place| fs::read(place.join(file)).ok());
    one == other
}

fn read_all(directory: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            read_all(&path, files)?;
        } else {
            files.insert(path.clone(), fs::read(&path)?);
        }
    }
    Ok(())
}
