//! `[server]`: Valence's own port, its log and its end.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::ConfigError;
use super::section::Section;
use super::setting::choice;

/// Longer than a registration takes before an Ironic that answers.
const STOP_WITHIN: Duration = Duration::from_secs(60);

/// `[server]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSection {
    /// The address and port that `valence serve` listens on.
    pub listen: SocketAddr,
    /// How the log is written.
    pub log: LogFormat,
    /// How long what was begun may take to end once the server is told to stop.
    pub stop_within: Duration,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// An object a line, for programs.
    Json,
}

choice!(LogFormat, "`\"text\"` or `\"json\"`",
    "text" => LogFormat::Text,
    "json" => LogFormat::Json,
);

pub(super) fn read(mut section: Section<'_>) -> Result<ServerSection, ConfigError> {
    let listen = section.or("listen", SocketAddr::from((Ipv4Addr::LOCALHOST, 8181)))?;
    let log = section.or("log", LogFormat::default())?;
    let stop_within = section.or("stop_within", STOP_WITHIN)?;
    section.finish()?;
    Ok(ServerSection {
        listen,
        log,
        stop_within,
    })
}
