//! `[server]`: Valence's own port.

use std::net::{Ipv4Addr, SocketAddr};

use super::ConfigError;
use super::section::Section;

/// `[server]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSection {
    /// The address and port that `valence serve` listens on.
    pub listen: SocketAddr,
}

pub(super) fn read(mut section: Section<'_>) -> Result<ServerSection, ConfigError> {
    let listen = section.or("listen", SocketAddr::from((Ipv4Addr::LOCALHOST, 8181)))?;
    section.finish()?;
    Ok(ServerSection { listen })
}
