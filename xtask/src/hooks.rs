//! The sample hooks, from source to component.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use wit_component::{ComponentEncoder, DecodedWasm};

use crate::toolchain::{self, TARGET};
use crate::{output, projects, python, root, say};

/// How the names of the contract's interfaces begin.
const CONTRACT: &str = "valence:hooks/";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these; all of them by default
    names: Vec<String>,
    /// That in Python, with componentize-py from PyPI
    #[arg(long, conflicts_with = "names")]
    python: bool,
    /// That in JavaScript, with componentize-js from npm
    #[arg(long, conflicts_with = "names")]
    javascript: bool,
    /// That in C, with zig from PyPI
    #[arg(long, conflicts_with = "names")]
    c: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments {
        names,
        python,
        javascript,
        c,
    } = arguments;
    if !(*python || *javascript || *c) {
        return build(names).map(drop);
    }
    if *python {
        python::build()?;
    }
    if *javascript || *c {
        projects::binary()?;
    }
    for (project, wanted) in [(projects::JAVASCRIPT, javascript), (projects::C, c)] {
        if *wanted {
            project.build()?;
        }
    }
    Ok(())
}

/// Builds the hooks `names`, or all, and gives the files of their components.
/// What has not changed is not built again.
pub(crate) fn build(names: &[String]) -> Result<Vec<PathBuf>> {
    build_in(&root().join("hooks"), names)
}

/// As [`build`], of the workspace in the directory `workspace`.
pub(crate) fn build_in(workspace: &Path, names: &[String]) -> Result<Vec<PathBuf>> {
    let all = hooks(workspace)?;
    for name in names {
        ensure!(
            all.contains(name),
            "no hook `{name}`: there are {}",
            all.join(", ")
        );
    }
    let chosen: Vec<_> = all
        .into_iter()
        .filter(|hook| names.is_empty() || names.contains(hook))
        .collect();

    let modules = modules(workspace, &chosen)?;
    let components = crate::target().join("hooks");
    fs::create_dir_all(&components)?;
    chosen
        .iter()
        .map(|name| {
            let module = modules.join(name.replace('-', "_")).with_extension("wasm");
            let component = components
                .join(name.replace('-', "_"))
                .with_extension("wasm");
            componentize(&module, &component)
                .with_context(|| format!("cannot make a component of hook `{name}`"))?;
            Ok(component)
        })
        .collect()
}

/// Builds `packages` of the workspace for WebAssembly, and gives the directory of
/// their modules.
fn modules(workspace: &Path, packages: &[String]) -> Result<PathBuf> {
    let toolchain = toolchain::find()?;
    // Not cargo's own directory: another compiler, and other flags.
    let target = crate::target().join("hooks-wasm");
    say(format!("hooks: building {}", packages.join(", ")));
    let mut cargo = toolchain.build();
    cargo
        .current_dir(workspace)
        .arg("--locked")
        .arg("--target-dir")
        .arg(&target);
    for name in packages {
        cargo.args(["--package", name]);
    }
    let status = cargo.status().context("cannot start `cargo`")?;
    ensure!(status.success(), "the hooks do not build");
    Ok(target.join(TARGET).join("release"))
}

/// Builds a package that is no hook, and gives its module.
pub(crate) fn build_module(workspace: &Path, package: &str) -> Result<PathBuf> {
    let modules = modules(workspace, &[package.to_owned()])?;
    Ok(modules.join(package).with_extension("wasm"))
}

/// The packages of the workspace of hooks that build to a module.
fn hooks(workspace: &Path) -> Result<Vec<String>> {
    let mut names: Vec<_> = packages(workspace)?
        .iter()
        .filter(|package| package.to_string().contains("\"cdylib\""))
        .filter_map(|package| package.get("name")?.as_str().map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// The packages of a workspace, as `cargo metadata` tells of them.
pub(crate) fn packages(workspace: &Path) -> Result<Vec<Value>> {
    let metadata = output(Command::new("cargo").current_dir(workspace).args([
        "metadata",
        "--no-deps",
        "--locked",
        "--format-version=1",
    ]))?;
    let mut metadata: Value = serde_json::from_str(&metadata)?;
    match metadata.get_mut("packages").map(Value::take) {
        Some(Value::Array(packages)) => Ok(packages),
        _ => bail!("cargo metadata lists no packages"),
    }
}

/// Wraps the core module in a component, unless that has been done.
pub(crate) fn componentize(module: &Path, component: &Path) -> Result<()> {
    if modified(component).is_some_and(|done| modified(module).is_some_and(|built| done >= built)) {
        return Ok(());
    }
    let core = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let bytes = ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(|encoder| encoder.encode())?;
    let (imports, exports) = interfaces(&bytes)?;
    if let Some(import) = imports.iter().find(|import| !import.starts_with(CONTRACT)) {
        bail!("it imports {import}, which Valence does not offer");
    }
    // Complete or not there: a server may be watching the file.
    let making = component.with_extension("making");
    fs::write(&making, &bytes)?;
    fs::rename(&making, component)?;
    let kibibytes = bytes.len().div_ceil(1024);
    let exports = exports.join(", ");
    say(format!(
        "hooks: {} ({kibibytes} KiB; {exports})",
        component.display()
    ));
    Ok(())
}

/// The interfaces that a component imports and exports.
fn interfaces(component: &[u8]) -> Result<(Vec<String>, Vec<String>)> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        bail!("it is no component");
    };
    let world = resolve.worlds.get(world).context("it has no world")?;
    let imports = world.imports.keys().map(|key| resolve.name_world_key(key));
    let exports = world.exports.keys().map(|key| resolve.name_world_key(key));
    Ok((imports.collect(), exports.collect()))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}
