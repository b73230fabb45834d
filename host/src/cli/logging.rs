//! The log of the process: on standard error, as text until the configuration
//! says otherwise. A server's lines of the audit are in it, whatever else is: no
//! filter turns them off, and as text only they begin with `valence::audit`.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use super::arguments::Global;
use crate::access::AUDIT;
use crate::config::LogFormat;

type Lines = Box<dyn Layer<Registry> + Send + Sync>;

/// What writes the lines, to be exchanged: those of the audit, and all others.
static LINES: OnceLock<[reload::Handle<Lines, Registry>; 2]> = OnceLock::new();

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
    let filter = match format!("{AUDIT}=off").parse() {
        Ok(others) => filter.add_directive(others),
        Err(_) => filter,
    };
    let is_audit = filter_fn(move |metadata| server && metadata.target() == AUDIT);
    let (audit, of_audit) = reload::Layer::new(lines(LogFormat::Text, true));
    let (others, of_others) = reload::Layer::new(lines(LogFormat::Text, false));
    let both = vec![
        audit
            .with_filter(is_audit.with_max_level_hint(LevelFilter::INFO))
            .boxed(),
        others.with_filter(filter).boxed(),
    ];
    // The first one stays: a second can only come from a test.
    if tracing_subscriber::registry().with(both).try_init().is_ok() {
        let _ = LINES.set([of_audit, of_others]);
    }
}

/// Goes on writing the log as `format` says.
pub(super) fn write_as(format: LogFormat) {
    if let (LogFormat::Json, Some([audit, others])) = (format, LINES.get()) {
        // Fails when there is no log any more.
        let _ = audit.reload(lines(format, true));
        let _ = others.reload(lines(format, false));
    }
}

fn lines(format: LogFormat, with_target: bool) -> Lines {
    let lines = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(with_target)
            .boxed(),
        // The innermost span alone says which step; all of them, whose.
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    }
}
