//! How far a command with many parts is: a bar on a terminal, and a line for each
//! part, above the bar or alone.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::note;

/// Told on standard error.
pub(super) struct Progress {
    quiet: bool,
    bar: ProgressBar,
}

impl Progress {
    /// Of `total` parts. Nothing is told if `quiet`.
    pub(super) fn new(quiet: bool, total: u64) -> Self {
        let target = match quiet {
            true => ProgressDrawTarget::hidden(),
            // Hidden by itself where it is no terminal.
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {elapsed}, {eta} to go");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { quiet, bar }
    }

    /// A part has ended, of which there is this to say, if anything.
    pub(super) fn ended(&self, told: Option<&[String]>) {
        self.bar.inc(1);
        let Some((first, others)) = told.and_then(<[_]>::split_first) else {
            return;
        };
        if self.bar.is_hidden() {
            let (ended, total) = (self.bar.position(), self.bar.length().unwrap_or_default());
            note(self.quiet, &format!("[{ended}/{total}] {first}"));
        } else {
            self.say(first);
        }
        others.iter().for_each(|line| self.say(line));
    }

    /// Says something beside it.
    pub(super) fn say(&self, line: &str) {
        self.bar.suspend(|| note(self.quiet, line));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
