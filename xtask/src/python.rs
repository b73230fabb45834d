//! The sample hook in Python, from source to component.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use valence_testbed::Python;

use crate::{output, root, say};

/// The tool, of a version that was tried.
const TOOL: &str = "componentize-py==0.25.1";
const NAME: &str = "python-naming";
/// The world of a hook that maps.
const WORLD: &str = "map-hook";

/// Builds it, unless it was built of the same before.
pub(crate) fn build() -> Result<()> {
    let source = root().join("hooks").join(NAME).join("hook.py");
    let text = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let made_of = format!("{TOOL}\n{}{}", text(&source)?, text(&contract())?);
    let component = crate::target()
        .join("hooks")
        .join(NAME.replace('-', "_"))
        .with_extension("wasm");
    let stamp = component.with_extension("made-of");
    if component.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == made_of) {
        return Ok(());
    }
    say(format!("hooks: building {NAME} with {TOOL}"));
    fs::create_dir_all(crate::target().join("hooks"))?;
    let making = component.with_extension("making");
    componentize(&source, &making).with_context(|| format!("hook `{NAME}` does not build"))?;
    fs::rename(&making, &component)?;
    fs::write(stamp, made_of)?;
    let kibibytes = fs::metadata(&component)?.len().div_ceil(1024);
    say(format!("hooks: {} ({kibibytes} KiB)", component.display()));
    Ok(())
}

fn contract() -> PathBuf {
    root().join("wit/since_v0.1.0/hooks.wit")
}

fn componentize(source: &Path, component: &Path) -> Result<()> {
    let tool = installed(TOOL)?;
    let directory = source.parent().context("it is in no directory")?;
    output(
        interpreter()?
            .env("PYTHONPATH", tool)
            .args(["-c", "from componentize_py import script; script()"])
            .arg("-d")
            .arg(contract())
            .args(["-w", WORLD, "componentize", "--stub-wasi", "hook"])
            .arg("--python-path")
            .arg(directory)
            .arg("--output")
            .arg(component),
    )?;
    Ok(())
}

/// The directory into which pip has installed `package`.
pub(crate) fn installed(package: &str) -> Result<PathBuf> {
    let name = package.split('=').next().unwrap_or(package);
    let directory = crate::target().join("python").join(name);
    let stamp = directory.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == package) {
        return Ok(directory);
    }
    say(format!("hooks: installing {package} from pypi"));
    output(
        interpreter()?
            .args(["-m", "pip", "install", "--quiet", "--upgrade"])
            .args(["--target".as_ref(), directory.as_os_str()])
            .arg(package),
    )?;
    fs::write(stamp, package)?;
    Ok(directory)
}

fn interpreter() -> Result<Command> {
    let python = Python::ready_telling(|line| say(line))?;
    Ok(Command::new(python.program("python")))
}
