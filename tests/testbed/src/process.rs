//! Servers as process groups that end with us.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// Runs the server beside a reader of standard input, whose end is the end of
/// it all: when the owner lets go of the pipe, or dies in whatever way. Ironic
/// makes a group of its own, hence two. dash takes `--` only after `-s`.
const BOUND: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
end() { kill -s KILL -- "-$server" 2>/dev/null; kill -s KILL -- "-$$"; }
( read -r _ <&3; end ) &
wait "$server"
end
"#;

/// A server in a process group of its own.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts `command`, which writes to the file `log`.
    pub(crate) fn start(command: &Command, log: &Path) -> Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", BOUND, "sh"]);
        shell.arg(command.get_program()).args(command.get_args());
        shell.stdin(Stdio::piped());
        Self::spawn(command, shell, log)
    }

    /// Starts it so that it outlives this process.
    pub(crate) fn start_detached(command: &Command, log: &Path) -> Result<Self> {
        let mut server = Command::new(command.get_program());
        server.args(command.get_args()).stdin(Stdio::null());
        Self::spawn(command, server, log)
    }

    fn spawn(like: &Command, mut command: Command, log: &Path) -> Result<Self> {
        for (name, value) in like.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(directory) = like.get_current_dir() {
            command.current_dir(directory);
        }
        let child = command
            .process_group(0)
            .stdout(File::create(log)?)
            .stderr(File::options().append(true).open(log)?)
            .spawn()
            .with_context(|| format!("`{}` cannot be started", like.get_program().display()))?;
        Ok(Self {
            child,
            log: log.to_owned(),
        })
    }

    /// Waits until `answers` does.
    pub(crate) fn wait_until(
        &mut self,
        within: Duration,
        answers: impl Fn() -> bool,
    ) -> Result<()> {
        let deadline = Instant::now() + within;
        while !answers() {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended at once ({status}):\n{}", self.last_lines());
            }
            ensure!(
                Instant::now() < deadline,
                "it does not answer after {within:?}; the end of its log:\n{}",
                self.last_lines()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn last_lines(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines
            .get(lines.len().saturating_sub(30)..)
            .unwrap_or_default()
            .join("\n")
    }

    /// The process group.
    pub(crate) fn group(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.stdin.take().is_some() {
            let _ = self.child.wait();
        }
    }
}

/// A server that outlives the process that started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detached {
    /// Its process group.
    pub group: u32,
    /// Its directory, which goes with it. The server's command line holds it.
    pub directory: PathBuf,
}

impl Detached {
    /// Whether it still runs: the group's first process is the one that was
    /// started in that directory, and not a later one of the same number.
    pub fn runs(&self) -> bool {
        let process = PathBuf::from(format!("/proc/{}", self.group));
        fs::canonicalize(&self.directory).is_ok_and(|directory| {
            fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == directory)
        })
    }

    /// Ends it and removes its directory.
    ///
    /// # Errors
    /// If it cannot be ended, or the directory not be removed.
    pub fn stop(&self) -> Result<()> {
        if self.runs() {
            let status = Command::new("sh")
                .args([
                    "-c",
                    "kill -s KILL -- \"-$1\"",
                    "sh",
                    &self.group.to_string(),
                ])
                .status()?;
            ensure!(
                status.success(),
                "process group {} cannot be ended",
                self.group
            );
            let deadline = Instant::now() + Duration::from_secs(5);
            while self.runs() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory)?;
        }
        Ok(())
    }
}
