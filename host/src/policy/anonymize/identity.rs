//! A value that tells one machine from another.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::inventory::{clean, is_placeholder_uuid, parse_mac};

/// Of what kind a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// EUI-48: twelve hexadecimal digits.
    Mac,
    /// Thirty-two hexadecimal digits.
    Uuid,
    /// A longer row of octets, as of a world wide name: their digits.
    Octets,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A host name, with or without its domain.
    Host,
    /// A serial number, asset tag, or another text that one machine only has.
    Serial,
}

/// A value in the spelling that all of its spellings have in common: lower case,
/// and of MACs, UUIDs and octets the digits only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Identity {
    pub(super) kind: Kind,
    pub(super) text: String,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mac => "mac",
            Self::Uuid => "uuid",
            Self::Octets => "octets",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Host => "host",
            Self::Serial => "serial",
        }
    }
}

impl Identity {
    fn new(kind: Kind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, text }
    }

    /// `text` as the value of a property whose name says `kind`. None if it stands
    /// for nothing, or for what many machines share.
    pub(super) fn of_property(kind: Kind, text: &str) -> Option<Self> {
        let text = clean(text)?;
        let shaped = [Self::uuid, Self::mac, Self::address]
            .into_iter()
            .find_map(|shaped| shaped(&text));
        match (kind, shaped) {
            (_, Some(shaped)) => shaped.known(),
            (Kind::Uuid, None) if text.len() == 32 && is_hexadecimal(&text) => {
                Self::new(Kind::Uuid, text.to_ascii_lowercase()).known()
            }
            (Kind::Mac, None) => parse_mac(&text).ok().and_then(|mac| Self::mac(&mac)),
            (Kind::Host, None) if matches!(&*text.to_ascii_lowercase(), "localhost") => None,
            (Kind::Host, None) => Some(Self::new(Kind::Host, text.to_ascii_lowercase())),
            (_, None) => Some(Self::new(Kind::Serial, text.to_ascii_lowercase())),
        }
    }

    /// `text` as a UUID with its hyphens.
    pub(super) fn uuid(text: &str) -> Option<Self> {
        let uuid = uuid::Uuid::try_parse(text).ok()?;
        (text.len() == 36).then(|| Self::new(Kind::Uuid, uuid.simple().to_string()))
    }

    /// `text` as octets with colons, hyphens or escaped colons between.
    pub(super) fn mac(text: &str) -> Option<Self> {
        let text = text
            .to_ascii_lowercase()
            .replace("%3a", ":")
            .replace('-', ":");
        let octets: Vec<&str> = text.split(':').collect();
        let proper = |octet: &&str| octet.len() == 2 && is_hexadecimal(octet);
        if octets.len() < 6 || !octets.iter().all(proper) {
            return None;
        }
        let kind = match octets.len() {
            6 => Kind::Mac,
            _ => Kind::Octets,
        };
        Some(Self::new(kind, octets.concat()))
    }

    /// `text` as an address of the internet protocol.
    pub(super) fn address(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Self::new(Kind::Ipv4, address.to_string()));
        }
        let address = text.parse::<Ipv6Addr>().ok()?;
        Some(Self::new(Kind::Ipv6, address.to_string()))
    }

    /// Itself, unless it stands for nothing or many machines have it.
    pub(super) fn known(self) -> Option<Self> {
        let is_shared = match self.kind {
            Kind::Mac => {
                let octets: Vec<_> = (0..6)
                    .filter_map(|n| self.text.get(2 * n..2 * n + 2))
                    .collect();
                parse_mac(&octets.join(":")).is_err()
            }
            Kind::Uuid => {
                let uuid = uuid::Uuid::try_parse(&self.text);
                uuid.is_ok_and(|uuid| is_placeholder_uuid(&uuid.hyphenated().to_string()))
            }
            Kind::Octets => {
                let mut digits = self.text.bytes();
                let first = digits.next();
                digits.all(|digit| Some(digit) == first)
            }
            Kind::Ipv4 => self.text.parse().is_ok_and(|address: Ipv4Addr| {
                // From 224: groups, and the masks of networks.
                matches!(address.octets(), [0 | 127 | 224.., ..])
            }),
            Kind::Ipv6 => self.text.parse().is_ok_and(|address: Ipv6Addr| {
                address.is_unspecified() || address.is_loopback() || address.is_multicast()
            }),
            Kind::Host | Kind::Serial => false,
        };
        (!is_shared).then_some(self)
    }
}

pub(super) fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
