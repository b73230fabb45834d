//! `valence compile-hook`: what `valence` starts to have a component compiled.

use std::process::ExitCode;

use clap::Args;

use crate::hook::{CompileOrder, compile_for_parent};

#[derive(Args)]
pub(super) struct Arguments {
    /// Bytes of the component
    #[arg(long)]
    size: usize,
    /// The digest of the engine's settings
    #[arg(long)]
    settings: String,
    /// Bytes of address space to use at most
    #[arg(long)]
    memory: usize,
    /// Seconds of processor time to use at most
    #[arg(long)]
    seconds: u64,
}

pub(super) fn run(arguments: Arguments) -> ExitCode {
    compile_for_parent(&CompileOrder {
        size: arguments.size,
        settings: arguments.settings,
        memory: arguments.memory,
        seconds: arguments.seconds,
    })
}
