//! `valence completions` and `valence man`.

use std::path::PathBuf;

use clap::Args;

use super::output::print;
use super::trouble::Trouble;

/// For which shell.
#[derive(Args)]
pub(super) struct Shell {
    shell: clap_complete::Shell,
}

/// Whereto.
#[derive(Args)]
pub(super) struct Man {
    /// An existing directory, such as /usr/local/share/man/man1
    directory: PathBuf,
}

pub(super) fn shell(arguments: Shell, mut command: clap::Command) -> Result<(), Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "valence", &mut script);
    print(&String::from_utf8_lossy(&script))
}

pub(super) fn man(arguments: &Man, command: clap::Command) -> Result<(), Trouble> {
    clap_mangen::generate_to(command, &arguments.directory)
        .map_err(|error| Trouble::file("write manual pages to", &arguments.directory, error))
}
