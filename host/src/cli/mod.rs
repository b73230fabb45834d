//! The command line: one file a command, one for how results are shown, one for
//! how failures are told.

mod account;
mod action;
mod arguments;
mod assemble;
mod baremetal_create;
mod bulk;
mod bulks;
mod client;
mod compile_hook;
mod completions;
mod compose;
mod config;
mod config_check;
mod conflict;
mod decisions;
mod discover;
mod drift;
mod evaluate;
mod evaluation;
mod explanation;
mod flavor;
mod hardware;
mod hook;
mod hook_bench;
mod hook_build;
mod hook_new;
mod hook_source;
mod hook_test;
mod ironic_release;
mod junit;
mod logging;
mod node;
mod node_set;
mod openapi;
mod output;
mod parameters;
mod podm;
mod progress;
mod record;
mod replay;
mod serve;
mod show;
mod since;
mod store;
mod styles;
mod suites;
mod trouble;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use arguments::{Arguments, Command, Global};
use trouble::Trouble;

/// Runs the command that the process was started with. Wrong usage exits 2; the
/// other exits stand in `api/causes.rs`.
pub fn run() -> ExitCode {
    let matches = Arguments::command().get_matches();
    if let Err(trouble) = baremetal_create::check(&matches) {
        return trouble.tell();
    }
    let Arguments { global, command } =
        Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // Before anything is set up: this process has a component of nobody knows whom
    // in it, and needs neither log nor network.
    if let Command::CompileHook(arguments) = command {
        return compile_hook::run(arguments);
    }
    logging::set_up(&global, matches!(command, Command::Serve(_)));
    // The same provider for every TLS connection of the process; a second
    // attempt to install one changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Trouble::from)
        .and_then(|runtime| runtime.block_on(execute(&global, command)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => trouble.tell(),
    }
}

async fn execute(global: &Global, command: Command) -> Result<(), Trouble> {
    match command {
        Command::Serve(arguments) => serve::run(global, arguments).await,
        Command::Podm(command) => podm::run(global, command).await,
        Command::Node(command) => node::run(global, command).await,
        Command::Flavor(command) => flavor::run(global, command).await,
        Command::System(command) => hardware::run(global, "systems", command).await,
        Command::Rack(command) => hardware::run(global, "racks", command).await,
        Command::NodeRegister(arguments) => node::register(global, arguments).await,
        Command::Evaluate(arguments) => evaluate::run(global, arguments).await,
        Command::Record(arguments) => record::run(global, *arguments).await,
        Command::Replay(arguments) => replay::run(global, arguments).await,
        Command::Bulk(command) => bulks::run(global, command).await,
        Command::Registration(command) => decisions::run(global, command).await,
        Command::Hook(command) => hook::run(global, command).await,
        Command::Store(command) => store::run(global, command).await,
        Command::Config(command) => config::run(global, command).await,
        Command::Openapi => openapi::run(),
        Command::Completions(arguments) => completions::shell(arguments, Arguments::command()),
        Command::Man(arguments) => completions::man(&arguments, Arguments::command()),
        Command::CompileHook(_) => Ok(()),
    }
}
