//! A command that runs beside the test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use crate::valence::command;
use crate::{Outcome, Valence};

/// The command line at work. Ends with this value.
pub struct Running(Option<Child>);

impl Valence {
    /// Starts the command line against this server, and does not wait for it.
    pub fn start_cli<const N: usize>(&self, arguments: [&str; N]) -> Running {
        Running::start(command().args(arguments).env("VALENCE_URL", self.url()))
    }

    /// Starts the command line without a server, and does not wait for it.
    pub fn start_offline<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Running {
        Running::start(command().args(arguments))
    }
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(Some(child.unwrap()))
    }

    /// The lines that it prints, as they come; [`Running::wait`] gives none of them.
    pub fn lines(&mut self) -> Receiver<String> {
        let stdout = self.0.as_mut().unwrap().stdout.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if sender.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        lines
    }

    /// Sends it a signal, as in `INT`.
    pub fn signal(&self, name: &str) {
        let id = self.0.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) -> Outcome {
        let output = self.0.take().unwrap().wait_with_output().unwrap();
        Outcome {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
