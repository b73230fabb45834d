//! The log of the process: text on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::arguments::Global;

/// Sets the log up. A server tells what it does, a command only what is amiss;
/// `RUST_LOG` says otherwise.
pub(super) fn set_up(global: &Global, server: bool) {
    let level = match (global.quiet, global.verbose, server) {
        (true, _, _) => LevelFilter::ERROR,
        (_, 0, false) => LevelFilter::WARN,
        (_, 0, true) | (_, 1, false) => LevelFilter::INFO,
        (_, 1, true) | (_, 2, _) => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    // Read here and not in `config`, whose own reading is logged already.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        // Libraries at these levels would drown us, and tell of headers.
        EnvFilter::new(format!(
            "{level},hyper=warn,hyper_util=warn,reqwest=warn,rustls=warn,sqlx=warn,h2=warn,cranelift_codegen=warn"
        ))
    });
    // It tells of every event: of each line of a log in a watched directory, too,
    // and would never come to an end.
    let filter = match "notify=info".parse() {
        Ok(quieter) => filter.add_directive(quieter),
        Err(_) => filter,
    };
    // The first one stays: a second can only come from a test.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
}
