//! Colours of reports for people.

use std::io::IsTerminal as _;

use anstyle::{AnsiColor, Style};

use crate::config::no_color;

/// How things are set off from each other; all plain where nobody sees colours.
#[derive(Default)]
pub(super) struct Styles {
    pub(super) good: Style,
    pub(super) bad: Style,
    pub(super) dim: Style,
}

impl Styles {
    /// Those of standard output.
    pub(super) fn of_output() -> Self {
        if no_color() || !std::io::stdout().is_terminal() {
            return Self::default();
        }
        Self {
            good: AnsiColor::Green.on_default(),
            bad: AnsiColor::Red.on_default(),
            dim: Style::new().dimmed(),
        }
    }
}
