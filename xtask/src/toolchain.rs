//! A compiler for `wasm32-unknown-unknown`.
//!
//! The usual one is the machine's own, after `rustup target add`. Where rustup's
//! servers are out of reach, Debian's packages for building browsers hold a
//! compiler with that target and the sources of its standard library. They are
//! unpacked into a directory, not installed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use valence_testbed::Apt;

use crate::{output, root, say};

/// The target of every hook: no operating system, and so no WASI.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The packages that hold the compiler, its standard library for the build
/// machine, and the sources from which that for [`TARGET`] is built.
const PACKAGES: [&str; 3] = ["rustc-web", "libstd-rust-web-dev", "rust-web-src"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave the machine's own compiler aside, even if it has the target
    #[arg(long)]
    debian: bool,
    /// Print what it takes in the environment for `cargo build` to use it, a
    /// variable a line
    #[arg(long)]
    env: bool,
}

#[expect(
    clippy::print_stdout,
    reason = "what is asked for, for programs to read"
)]
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let toolchain = match arguments.debian {
        true => debian()?,
        false => find()?,
    };
    if arguments.env {
        for (name, value) in toolchain.environment() {
            println!("{name}={}", value.display());
        }
    }
    Ok(())
}

/// A way to compile for [`TARGET`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The compiler at hand has the target's standard library.
    Installed,
    /// A compiler that was unpacked under `usr`; the standard library is built
    /// along with the hooks.
    Unpacked { usr: PathBuf, linker: PathBuf },
}

impl Toolchain {
    /// `cargo build` for the target, to be completed.
    pub(crate) fn build(&self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--release", "--target", TARGET]);
        cargo.arg("--config").arg(remap());
        cargo.envs(self.environment());
        cargo
    }

    /// With what in the environment cargo uses it.
    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let Self::Unpacked { usr, linker } = self else {
            return Vec::new();
        };
        vec![
            ("RUSTC", usr.join("bin/rustc").into()),
            ("LD_LIBRARY_PATH", libraries(usr).into()),
            ("RUSTC_BOOTSTRAP", "1".into()),
            ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort".into()),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.into()),
        ]
    }
}

/// Keeps the paths of this machine out of what is built: panics name files.
fn remap() -> String {
    let home = std::env::home_dir().unwrap_or_default();
    let flags = [(root(), "/valence"), (home, "/home")]
        .map(|(path, name)| format!("'--remap-path-prefix={}={name}'", path.display()));
    format!("target.{TARGET}.rustflags=[{}]", flags.join(", "))
}

/// Finds a toolchain, or gets one, and says which it is.
pub(crate) fn find() -> Result<Toolchain> {
    let sysroot = sysroot()?;
    if sysroot
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib")
        .is_dir()
    {
        say(format!(
            "toolchain: the installed one ({})",
            sysroot.display()
        ));
        return Ok(Toolchain::Installed);
    }
    debian().with_context(|| {
        format!(
            "no compiler for {TARGET}: neither has the one at hand that target, nor could Debian's be had. \
             Run `rustup target add {TARGET}`, or install your distribution's package of it \
             (Fedora: rust-std-static-{TARGET}, Alpine: rust-wasm)"
        )
    })
}

fn sysroot() -> Result<PathBuf> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()))
}

fn debian() -> Result<Toolchain> {
    let linker = linker()?;
    let home = keep();
    let usr = home.join("usr");
    if !serves(&usr) {
        fetch(&home)?;
    }
    let version = version(&usr).context("the unpacked compiler does not run")?;
    ensure!(
        new_enough(&version),
        "Debian's archive has {version} only; hooks need {WANTED}"
    );
    say(format!(
        "toolchain: {version}, from Debian's packages, in {}",
        home.display()
    ));
    Ok(Toolchain::Unpacked { usr, linker })
}

/// Where the unpacked toolchain is kept: one for all checkouts of a user.
fn keep() -> PathBuf {
    let cache = std::env::home_dir()
        .map(|home| home.join(".cache/valence"))
        .filter(|cache| fs::create_dir_all(cache).is_ok());
    cache
        .unwrap_or_else(|| root().join("target"))
        .join("toolchain")
}

/// The linker for wasm: every Rust from rustup brings one.
fn linker() -> Result<PathBuf> {
    let rustlib = sysroot()?.join("lib/rustlib");
    let own = fs::read_dir(&rustlib)
        .into_iter()
        .flatten()
        .flatten()
        .map(|host| host.path().join("bin/rust-lld"))
        .find(|path| path.is_file());
    if let Some(path) = own {
        return Ok(path);
    }
    output(Command::new("wasm-ld").arg("--version"))
        .context("no linker for wasm: install lld, which brings `wasm-ld`")?;
    Ok(PathBuf::from("wasm-ld"))
}

fn libraries(usr: &Path) -> PathBuf {
    let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
    usr.join("lib").join(multiarch)
}

/// The oldest compiler that hooks build with.
const WANTED: &str = env!("CARGO_PKG_RUST_VERSION");

/// Whether a compiler is unpacked there that runs and is new enough.
fn serves(usr: &Path) -> bool {
    version(usr).is_ok_and(|version| new_enough(&version))
}

/// Whether `version`, as `rustc --version` prints it, is [`WANTED`] or newer.
fn new_enough(version: &str) -> bool {
    let numbers = |text: &str| -> Option<(u64, u64)> {
        let mut parts = text.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    let own = version.split_whitespace().nth(1).and_then(numbers);
    own >= numbers(WANTED)
}

fn version(usr: &Path) -> Result<String> {
    let mut rustc = Command::new(usr.join("bin/rustc"));
    let version = output(
        rustc
            .arg("--version")
            .env("LD_LIBRARY_PATH", libraries(usr)),
    )?;
    Ok(version.trim().to_owned())
}

/// Fetches the packages and unpacks them to `home`, which appears only when it
/// is complete: another build may be looking for it.
fn fetch(home: &Path) -> Result<()> {
    say(
        "toolchain: no wasm target here; fetching Debian's rustc-web (140 MB, once; nothing is installed)",
    );
    let making = home.with_extension(format!("making-{}", std::process::id()));
    fs::create_dir_all(&making).with_context(|| format!("cannot make {}", making.display()))?;
    let unpacked = unpack(&making);
    if unpacked.is_ok() {
        // Left from an unpacking that does not serve any more.
        if home.exists() && !serves(&home.join("usr")) {
            fs::remove_dir_all(home)?;
        }
        if fs::rename(&making, home).is_ok() {
            return Ok(());
        }
    }
    fs::remove_dir_all(&making)?;
    unpacked
}

fn unpack(making: &Path) -> Result<()> {
    let state = making.join("apt");
    let apt = Apt::in_directory(state.clone());
    // The machine's own lists may be years old, and name a compiler that is.
    say("toolchain: reading the lists of packages");
    if let Err(error) = apt.update() {
        say(format!("toolchain: with the lists at hand: {error:#}"));
        fs::remove_dir_all(&state)?;
    }
    let names = closure(&apt)?;
    say(format!(
        "toolchain: fetching {}",
        names
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    ));
    apt.unpack(&names, making)?;
    fs::remove_dir_all(&state)?;
    Ok(())
}

/// [`PACKAGES`] and every library they need that this machine lacks.
fn closure(apt: &Apt) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut open: Vec<String> = PACKAGES.map(str::to_owned).to_vec();
    while let Some(name) = open.pop() {
        if names.contains(&name) {
            continue;
        }
        let how = ["depends", "--no-recommends", "--no-suggests"];
        let listed = apt.run("apt-cache", how.into_iter().chain([name.as_str()]))?;
        ensure!(!listed.trim().is_empty(), "apt knows no package `{name}`");
        let needed =
            depends(&listed).filter(|needed| needed.starts_with("lib") && !installed(needed));
        open.extend(needed.map(str::to_owned));
        names.insert(name);
    }
    if names.len() < PACKAGES.len() {
        bail!("apt knows not all of {}", PACKAGES.join(", "));
    }
    Ok(names)
}

/// The real packages that a listing of `apt-cache depends` names.
fn depends(listed: &str) -> impl Iterator<Item = &str> {
    listed
        .lines()
        .filter_map(|line| {
            line.trim()
                .trim_start_matches('|')
                .strip_prefix("Depends: ")
        })
        .filter(|name| !name.starts_with('<'))
}

fn installed(package: &str) -> bool {
    output(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]))
        .is_ok_and(|status| status.contains("installed") && !status.contains("not-installed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_compiler_is_told_from_one_that_serves() {
        let of = |version: &str| new_enough(&format!("rustc {version} (4d91de4e4 2025-02-17)"));
        assert!(of(&format!("{WANTED}.0")) && of("9.0.1"));
        assert!(!of("1.85.0") && !of("0.999.0") && !new_enough("no version"));
    }

    #[test]
    fn reads_the_real_packages_of_a_listing() {
        let listed = "rustc-web\n  Depends: libc6\n |Depends: libfoo1\n  Depends: <libc-dev>\n    libc6-dev\n  Conflicts: rustc\n";
        assert_eq!(depends(listed).collect::<Vec<_>>(), ["libc6", "libfoo1"]);
    }
}
