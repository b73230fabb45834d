//! The virtual environment in which everything of OpenStack is.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{package, place};

const REQUIREMENTS: &str = include_str!("../python/requirements.txt");
const CONSTRAINTS: &str = include_str!("../python/constraints.txt");

/// A virtual environment with all that the test bed runs.
#[derive(Clone, Debug)]
pub struct Python {
    directory: PathBuf,
}

impl Python {
    /// The environment, made first if it is not there: about a minute, once.
    ///
    /// # Errors
    /// If there is no Python 3.11 or newer, or pip cannot install the packages.
    pub fn ready() -> Result<Self> {
        Self::ready_telling(|_| {})
    }

    /// The same; `tell` is given a sentence before each step that takes long.
    ///
    /// # Errors
    /// As [`Python::ready`].
    pub fn ready_telling(tell: impl Fn(&str)) -> Result<Self> {
        let root = place::directory();
        fs::create_dir_all(&root)?;
        // Test binaries run side by side: one makes it, the others wait.
        let lock = File::create(root.join("venv.lock"))?;
        lock.lock()?;
        let environment = Self {
            directory: root.join("venv"),
        };
        let stamp = environment.directory.join("valence-testbed.stamp");
        let wanted = format!("{REQUIREMENTS}{CONSTRAINTS}");
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(environment);
        }
        environment.make(&root, &tell)?;
        fs::write(&stamp, wanted)?;
        Ok(environment)
    }

    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }

    /// Makes an executable file `program` that runs `module`, which pip has installed into
    /// the directory `packages`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn program_of_module(&self, packages: &Path, module: &str, program: &Path) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let script = format!(
            "#!/bin/sh\nPYTHONPATH='{}' exec '{}' -m {module} \"$@\"\n",
            packages.display(),
            self.program("python").display()
        );
        if let Some(directory) = program.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(program, script)?;
        fs::set_permissions(program, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    /// What the Python program `script` prints, given `input`.
    pub(crate) fn run(&self, script: &str, arguments: &[&str], input: &str) -> Result<String> {
        use std::io::Write as _;
        let mut child = Command::new(self.program("python"))
            .arg("-c")
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        ensure!(
            output.status.success(),
            "a python script of the test bed failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    fn make(&self, root: &Path, tell: &impl Fn(&str)) -> Result<()> {
        tell("making a python virtual environment");
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory)?;
        }
        let python = interpreter()?;
        if let Err(missing) = self.make_empty(&python) {
            package::install_venv_module().with_context(|| format!("{missing:#}"))?;
            self.make_empty(&python)?;
        }
        tell("installing ironic, its clients and the redfish emulator from pypi");
        let requirements = root.join("requirements.txt");
        let constraints = root.join("constraints.txt");
        fs::write(&requirements, REQUIREMENTS)?;
        fs::write(&constraints, CONSTRAINTS)?;
        let log = root.join("pip.log");
        let status = Command::new(self.program("python"))
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements)
            .arg("--constraint")
            .arg(&constraints)
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .status()?;
        ensure!(
            status.success(),
            "pip could not install what the test bed needs:\n{}",
            fs::read_to_string(&log).unwrap_or_default()
        );
        Ok(())
    }

    fn make_empty(&self, python: &Path) -> Result<()> {
        let output = Command::new(python)
            .args(["-m", "venv", "--clear"])
            .arg(&self.directory)
            .stdin(Stdio::null())
            .output()?;
        ensure!(
            output.status.success(),
            "`{} -m venv` failed: {}{}",
            python.display(),
            String::from_utf8_lossy(&output.stdout).trim(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }
}

/// A Python that Ironic runs on.
fn interpreter() -> Result<PathBuf> {
    let candidates = [
        "python3",
        "python3.13",
        "python3.12",
        "python3.11",
        "/usr/bin/python3",
    ];
    for candidate in candidates {
        let new_enough = Command::new(candidate)
            .args(["-c", "import sys; sys.exit(sys.version_info < (3, 11))"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if new_enough {
            return Ok(candidate.into());
        }
    }
    bail!("the test bed needs Python 3.11 or newer as `python3`, and finds none")
}
