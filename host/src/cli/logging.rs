//! The log of the process: on standard error, as text until the configuration
//! says otherwise.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layered, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use super::arguments::Global;
use crate::config::LogFormat;

type Filtered = Layered<EnvFilter, Registry>;
type Lines = Box<dyn Layer<Filtered> + Send + Sync>;

/// What writes the lines, to be exchanged.
static LINES: OnceLock<reload::Handle<Lines, Filtered>> = OnceLock::new();

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
    let (lines, handle) = reload::Layer::new(lines(LogFormat::Text));
    // The first one stays: a second can only come from a test.
    let log = tracing_subscriber::registry().with(filter).with(lines);
    if log.try_init().is_ok() {
        let _ = LINES.set(handle);
    }
}

/// Goes on writing the log as `format` says.
pub(super) fn write_as(format: LogFormat) {
    if let (LogFormat::Json, Some(handle)) = (format, LINES.get()) {
        // Fails when there is no log any more.
        let _ = handle.reload(lines(format));
    }
}

fn lines(format: LogFormat) -> Lines {
    let lines = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
        // The innermost span alone says which step; all of them, whose.
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    }
}
