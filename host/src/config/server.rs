//! `[server]`: Valence's own port, its log and its end.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::section::Section;
use super::setting::choice;
use super::units::Size;
use super::{ConfigError, Problem};

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
    /// What it serves https by. None: it serves http.
    pub tls: Option<ServerTls>,
    /// What callers may take of it.
    pub limits: ServerLimits,
}

/// `[server.tls]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerTls {
    /// The certificate, with those that it is signed by.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Who signs the certificates of callers. None: they are asked for none.
    pub client_ca: Option<PathBuf>,
}

/// `[server.limits]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// How large a body may be, in bytes.
    pub body: usize,
    /// How long it may take to come.
    pub body_timeout: Duration,
    /// How large the line and the headers of a request may be, in bytes.
    pub head: usize,
    /// How long they may take to come.
    pub head_timeout: Duration,
    /// How long a caller may leave what was sent unread.
    pub reply_timeout: Duration,
    /// How many connections there may be.
    pub connections: usize,
    /// How many requests one caller may make a second in the long run.
    pub requests_per_second: usize,
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
    let tls = tls(section.table("tls")?)?;
    let limits = limits(section.table("limits")?)?;
    let log = section.or("log", LogFormat::default())?;
    let stop_within = section.or("stop_within", STOP_WITHIN)?;
    section.finish()?;
    Ok(ServerSection {
        listen,
        log,
        stop_within,
        tls,
        limits,
    })
}

fn tls(mut section: Section<'_>) -> Result<Option<ServerTls>, ConfigError> {
    let cert = section.placed::<PathBuf>("cert")?;
    let key = section.placed::<PathBuf>("key")?;
    let client_ca = section.placed::<PathBuf>("client_ca")?;
    let beside = |present: &str, origin, missing: &str| {
        let problem = Problem::Impossible(format!("it needs a `{missing}` beside it"));
        section.error(present, Some(origin), problem)
    };
    let tls = match (cert, key, client_ca) {
        (Some((cert, _)), Some((key, _)), client_ca) => Some(ServerTls {
            cert,
            key,
            client_ca: client_ca.map(|(path, _)| path),
        }),
        (Some((_, origin)), None, _) => return Err(beside("cert", &origin, "key")),
        (None, Some((_, origin)), _) => return Err(beside("key", &origin, "cert")),
        (None, None, Some((_, origin))) => return Err(beside("client_ca", &origin, "cert")),
        (None, None, None) => None,
    };
    section.finish()?;
    Ok(tls)
}

fn limits(mut section: Section<'_>) -> Result<ServerLimits, ConfigError> {
    // What the HTTP library cannot go below.
    const LEAST_HEAD: usize = 8 << 10;
    let body: Size = section.or("body", Size(1 << 20))?;
    let body_timeout = section.or("body_timeout", Duration::from_secs(30))?;
    let head: Size = section.or("head", Size(64 << 10))?;
    let head_timeout = section.or("head_timeout", Duration::from_secs(10))?;
    let reply_timeout = section.or("reply_timeout", Duration::from_secs(30))?;
    let connections = section.or("connections", 1024)?;
    let requests_per_second = section.or("requests_per_second", 200)?;
    let limits = ServerLimits {
        body: body.0,
        body_timeout,
        head: head.0.max(LEAST_HEAD),
        head_timeout,
        reply_timeout,
        connections,
        requests_per_second,
    };
    section.finish()?;
    Ok(limits)
}
