//! The Debian package: what is in it, made by `dpkg-deb`, and the try of it in a
//! directory that stands for a machine.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{output, root, say, target};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Package this binary instead of building a release
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Install the package in a directory, run it, remove and purge it again
    #[arg(long)]
    check: bool,
}

/// Where each file of the repository goes, and its mode.
const FILES: [(&str, &str, u32); 6] = [
    (
        "packaging/valence.service",
        "usr/lib/systemd/system/valence.service",
        0o644,
    ),
    ("valence.toml", "etc/valence/valence.toml", 0o644),
    ("README.md", "usr/share/doc/valence/README.md", 0o644),
    ("CHANGELOG.md", "usr/share/doc/valence/CHANGELOG.md", 0o644),
    // Pages lead to it.
    ("valence.toml", "usr/share/doc/valence/valence.toml", 0o644),
    ("LICENSE", "usr/share/doc/valence/copyright", 0o644),
];

const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let binary = match &arguments.binary {
        Some(binary) => fs::canonicalize(binary)?,
        None => released()?,
    };
    let package = make(&binary)?;
    say(format!("made {}", package.display()));
    if arguments.check {
        check(&package)?;
        say("installed, run, removed and purged again");
    }
    Ok(())
}

/// The binary that the tests are run with, as a package, tried where `dpkg` is.
pub(crate) fn tried() -> Result<()> {
    if Command::new("dpkg-deb").arg("--version").output().is_err() {
        say("there is no `dpkg-deb` here: left out");
        return Ok(());
    }
    let package = make(&target().join("debug/valence"))?;
    check(&package)?;
    // It is as large as a binary with all that debuggers need.
    Ok(fs::remove_file(package)?)
}

fn released() -> Result<PathBuf> {
    let built = Command::new("cargo")
        .current_dir(root())
        .args(["build", "--release", "--locked", "-p", "valence"])
        .status()?;
    ensure!(built.success(), "valence does not build");
    Ok(target().join("release/valence"))
}

fn make(binary: &Path) -> Result<PathBuf> {
    let tree = target().join("deb/tree");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    let debian = root().join("packaging/debian");
    put(binary, &tree.join("usr/bin/valence"), 0o755)?;
    for (from, to, mode) in FILES {
        put(&root().join(from), &tree.join(to), mode)?;
    }
    for page in fs::read_dir(root().join("docs"))? {
        let page = page?.path();
        let name = page.file_name().context("a page has a name")?;
        if page.extension().is_some_and(|extension| extension == "md") {
            put(
                &page,
                &tree.join("usr/share/doc/valence/docs").join(name),
                0o644,
            )?;
        }
    }
    help(binary, &tree)?;
    for script in SCRIPTS {
        put(
            &debian.join(script),
            &tree.join("DEBIAN").join(script),
            0o755,
        )?;
    }
    put(
        &debian.join("conffiles"),
        &tree.join("DEBIAN/conffiles"),
        0o644,
    )?;
    let architecture = output(Command::new("dpkg").arg("--print-architecture"))?;
    let architecture = architecture.trim();
    // `0.1.0~dev` is older than `0.1.0`, and `0.1.0-dev` would be newer.
    let version = env!("CARGO_PKG_VERSION").replace('-', "~");
    let control = fs::read_to_string(debian.join("control"))?
        .replace("@VERSION@", &version)
        .replace("@ARCHITECTURE@", architecture);
    fs::write(tree.join("DEBIAN/control"), control)?;
    let package = target().join(format!("deb/valence_{version}_{architecture}.deb"));
    // A binary with what debuggers need is large, and only tried here.
    let compression = if binary.starts_with(target().join("debug")) {
        "-Znone"
    } else {
        "-Zxz"
    };
    let made = Command::new("dpkg-deb")
        .args(["--root-owner-group", compression, "--build"])
        .args([&tree, &package])
        .stdout(std::process::Stdio::null())
        .status()
        .context("`dpkg-deb` cannot be run")?;
    ensure!(
        made.success(),
        "`dpkg-deb` makes no package of {}",
        tree.display()
    );
    fs::remove_dir_all(&tree)?;
    Ok(package)
}

/// Manual pages and completions, as the binary itself makes them.
fn help(binary: &Path, tree: &Path) -> Result<()> {
    let pages = tree.join("usr/share/man/man1");
    fs::create_dir_all(&pages)?;
    output(Command::new(binary).arg("man").arg(&pages))?;
    for (shell, place) in [
        ("bash", "usr/share/bash-completion/completions/valence"),
        ("zsh", "usr/share/zsh/vendor-completions/_valence"),
        ("fish", "usr/share/fish/vendor_completions.d/valence.fish"),
    ] {
        let script = output(Command::new(binary).args(["completions", shell]))?;
        let place = tree.join(place);
        fs::create_dir_all(place.parent().context("a file has a directory")?)?;
        fs::write(&place, script)?;
        fs::set_permissions(&place, Permissions::from_mode(0o644))?;
    }
    Ok(())
}

fn put(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let directory = to.parent().context("a file has a directory")?;
    fs::create_dir_all(directory)?;
    fs::copy(from, to).with_context(|| format!("{} is not there", from.display()))?;
    fs::set_permissions(to, Permissions::from_mode(mode))?;
    Ok(())
}

/// Installs `package` in an empty directory, as on a machine of its own.
fn check(package: &Path) -> Result<()> {
    let machine = target().join("deb/machine");
    if machine.exists() {
        fs::remove_dir_all(&machine)?;
    }
    let database = machine.join("var/lib/dpkg");
    for directory in ["info", "updates"] {
        fs::create_dir_all(database.join(directory))?;
    }
    fs::write(database.join("status"), "")?;
    dpkg(&machine, &["--install", &package.display().to_string()])?;
    let installed = machine.join("usr/bin/valence");
    let version = output(Command::new(&installed).arg("--version"))?;
    ensure!(
        version.contains(env!("CARGO_PKG_VERSION")),
        "it says that it is `{version}`"
    );
    let configuration = machine.join("etc/valence/valence.toml");
    output(
        Command::new(&installed)
            .args(["config", "check", "--config"])
            .arg(&configuration),
    )?;
    ensure!(
        machine
            .join("usr/lib/systemd/system/valence.service")
            .exists(),
        "there is no unit"
    );
    for made in ["man/man1/valence.1", "bash-completion/completions/valence"] {
        ensure!(
            machine.join("usr/share").join(made).exists(),
            "there is no {made}"
        );
    }
    let state = machine.join("var/lib/valence");
    fs::create_dir_all(&state)?;
    dpkg(&machine, &["--remove", "valence"])?;
    ensure!(
        !installed.exists(),
        "the binary is there after it was removed"
    );
    ensure!(
        configuration.exists() && state.exists(),
        "a removal takes configuration or state along"
    );
    dpkg(&machine, &["--purge", "valence"])?;
    ensure!(
        !configuration.exists() && !state.exists(),
        "a purge leaves configuration or state"
    );
    fs::remove_dir_all(&machine)?;
    Ok(())
}

/// The directory has nothing that the package depends on.
fn dpkg(machine: &Path, arguments: &[&str]) -> Result<()> {
    output(
        Command::new("dpkg")
            .arg(format!("--root={}", machine.display()))
            .args([
                "--force-not-root",
                "--force-script-chrootless",
                "--force-depends",
            ])
            .arg(format!("--log={}", machine.join("dpkg.log").display()))
            .args(arguments),
    )
    .map(drop)
}
