//! What can stand on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::{
    bulks, compile_hook, completions, config, decisions, evaluate, flavor, hardware, hook, node,
    podm, record, replay, serve, store,
};

/// What the help of `valence` itself, and its manual page, say besides.
const ENVIRONMENT: &str = "\
Environment:
  VALENCE_CONFIG                      The configuration file
  VALENCE_URL                         The server's address
  VALENCE_USERNAME, VALENCE_PASSWORD  Log in with these, where its `[api] auth` is `http_basic`
  OS_CLOUD, OS_*                      Get a token with these, where that is `keystone`
  VALENCE_TOKEN                       Or show it this token
  VALENCE_CACERT                      The authority of its certificate, in a PEM file
  VALENCE_CERT, VALENCE_KEY           The certificate to show it, if it asks for one, and its key
  VALENCE__SECTION__KEY               What is to hold whatever the configuration file says
  RUST_LOG                            What to log";

/// Registers composed and bare-metal nodes in OpenStack Ironic, mapped by a
/// site's own WebAssembly hooks.
#[derive(Parser)]
#[command(name = "valence", version, arg_required_else_help = true, after_help = ENVIRONMENT)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options of every command.
#[derive(Args)]
pub(super) struct Global {
    /// The configuration file [default: $VALENCE_CONFIG, ./valence.toml, /etc/valence/valence.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The server's address [default: $VALENCE_URL, http://127.0.0.1:8181]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) url: Option<String>,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Log errors only, and show no warnings
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Run the server
    Serve(serve::Arguments),
    /// Pod managers: the Redfish services that nodes are behind
    #[command(subcommand)]
    Podm(podm::Command),
    /// Nodes
    #[command(subcommand)]
    Node(node::Command),
    /// Flavors: named sets of what composed nodes are to have
    #[command(subcommand)]
    Flavor(flavor::Command),
    /// Systems behind pod managers, as they are now
    #[command(subcommand)]
    System(hardware::Command),
    /// Racks behind pod managers, as they are now
    #[command(subcommand)]
    Rack(hardware::Command),
    /// The same as `node register`
    NodeRegister(node::Register),
    /// Show what a recorded system would be registered as, without server or network
    Evaluate(evaluate::Arguments),
    /// Record a live machine as a mockup, for policy tests; needs no server
    Record(Box<record::Arguments>),
    /// Evaluate what is on record again with other hooks, and show what would differ
    Replay(replay::Arguments),
    /// Registrations of many nodes, as `node register` begins them
    #[command(subcommand)]
    Bulk(bulks::Command),
    /// What the server evaluated, and what became of it
    #[command(subcommand)]
    Registration(decisions::Command),
    /// Hooks
    #[command(subcommand)]
    Hook(hook::Command),
    /// The key that passwords are sealed with; needs no server
    #[command(subcommand)]
    Store(store::Command),
    /// The configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Print the description of the REST API, as OpenAPI 3.1
    Openapi,
    /// Print completions for a shell
    Completions(completions::Shell),
    /// Write manual pages into a directory
    Man(completions::Man),
    /// Compile a component from standard input, for the process that started this one
    #[command(hide = true)]
    CompileHook(compile_hook::Arguments),
}
