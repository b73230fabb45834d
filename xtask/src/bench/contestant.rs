//! A process that measures when it is told to, on its standard input.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};

pub(super) struct Contestant {
    /// What it said of itself.
    pub(super) greeting: String,
    /// How the names of what it knows begin; all others, if that is nothing.
    names: &'static [&'static str],
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

/// Nanoseconds.
#[derive(Clone, Copy)]
pub(super) struct Took {
    pub(super) cpu: u64,
    pub(super) wall: u64,
}

impl Contestant {
    pub(super) fn start(command: &mut Command, names: &'static [&'static str]) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let to = process.stdin.take().context("no standard input")?;
        let from = process.stdout.take().context("no standard output")?;
        let mut started = Self {
            greeting: String::new(),
            names,
            process,
            to: Some(to),
            from: BufReader::new(from),
        };
        let said = started.line()?;
        started.greeting = said.trim_start_matches("ready").trim().to_owned();
        Ok(started)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        const OTHERS: [&str; 3] = ["extism", "rego", "cpython"];
        let is_of = |names: &[&str]| names.iter().any(|begin| name.starts_with(begin));
        match self.names {
            [] => !is_of(&OTHERS),
            names => is_of(names),
        }
    }

    pub(super) fn ask(&mut self, line: &str) -> Result<String> {
        let to = self.to.as_mut().context("it has ended")?;
        writeln!(to, "{line}")?;
        to.flush()?;
        self.line()
    }

    pub(super) fn run(&mut self, name: &str, iterations: u64, threads: u32) -> Result<Took> {
        let answer = self.ask(&format!("run {name} {iterations} {threads}"))?;
        let (cpu, wall) = answer.split_once(' ').context("an answer of two numbers")?;
        Ok(Took {
            cpu: cpu.parse()?,
            wall: wall.parse()?,
        })
    }

    /// The system calls of one call of `name`, where `strace` is at hand: what
    /// many calls need more than few.
    pub(super) fn count_system_calls(command: &Command, name: &str) -> Option<f64> {
        const FEW: u64 = 200;
        const MANY: u64 = 10_200;
        let count = |iterations: u64| -> Option<f64> {
            let mut strace = Command::new("strace");
            let file = crate::target().join("bench/strace.txt");
            // Of the thread that measures: others end their own business.
            strace.args(["-c", "-o"]).arg(&file);
            strace.arg(command.get_program()).args(command.get_args());
            let mut own = Self::start(strace.stderr(Stdio::null()), &[]).ok()?;
            own.run(name, iterations, 1).ok()?;
            drop(own);
            let summary = std::fs::read_to_string(&file).ok()?;
            let total = summary.lines().last()?;
            total.split_whitespace().nth(3)?.parse().ok()
        };
        Some((count(MANY)? - count(FEW)?) / (MANY - FEW) as f64)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        ensure!(!line.is_empty(), "a process that measures has ended");
        Ok(line.trim().to_owned())
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        // It ends by itself when nobody can tell it anything any more.
        self.to = None;
        let _ = self.process.wait();
    }
}
