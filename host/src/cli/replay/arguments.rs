//! What can stand after `valence replay`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::super::since;

#[derive(Args)]
pub(in crate::cli) struct Arguments {
    /// A bundle (`valence registration export`), in place of what the server has on record
    #[arg(long, value_name = "FILE")]
    pub(super) bundle: Option<PathBuf>,
    /// Only what is on record since then: a time, a date, or how long ago, such as 7d
    #[arg(long, value_name = "TIME", value_parser = since::parse)]
    pub(super) since: Option<Timestamp>,
    /// Only the node with this uuid or name
    #[arg(long, value_name = "UUID_OR_NAME")]
    pub(super) node: Option<String>,
    /// Every decision of a node, not the newest only
    #[arg(long, conflicts_with = "bundle")]
    pub(super) all: bool,
    /// Another component for a hook of the configuration, or a new hook after all others; may be
    /// given several times
    #[arg(long = "hook", value_name = "NAME=F.wasm", value_parser = hook)]
    pub(super) hooks: Vec<(String, PathBuf)>,
    /// Fail where something is read that is not on record, too
    #[arg(long)]
    pub(super) strict: bool,
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
    /// JUnit XML, a test case for each decision
    Junit,
}

fn hook(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => {
            Ok((name.to_owned(), path.into()))
        }
        _ => Err("it is to be the hook's name, `=`, and its component's file".into()),
    }
}
