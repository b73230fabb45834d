//! What can be said of a test run.

use clap::{Args, ValueEnum};

use super::super::suites::Chosen;

#[derive(Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    pub(super) chosen: Chosen,
    /// Write what comes out to `expected.json`, after showing what differs
    #[arg(long)]
    pub(super) update: bool,
    /// Run again whenever a file changes
    #[arg(long, conflicts_with = "update")]
    pub(super) watch: bool,
    /// Fail cases that use more fuel, unless they say how much they may
    #[arg(long, value_name = "FUEL")]
    pub(super) max_fuel: Option<u64>,
    /// Show which Redfish values the hooks read, and what no case has tried
    #[arg(long)]
    pub(super) coverage: bool,
    /// The form of the report
    #[arg(short, long, value_enum, default_value_t = Form::Human)]
    pub(super) format: Form,
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people, in colour on a terminal
    Human,
    /// One JSON object
    Json,
    /// JUnit XML, as continuous integration systems read it
    Junit,
    /// Test Anything Protocol, version 14
    Tap,
    /// Workflow commands of GitHub Actions, which mark files
    Github,
}
