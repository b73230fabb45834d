//! Addresses of network interfaces.

use std::fmt;
use std::str::FromStr;

/// Six octets (IEEE 802, EUI-48), read and written as Ironic does: two
/// hexadecimal digits each, colons between, lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac([u8; 6]);

/// Text that is no MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a MAC looks like `aa:bb:cc:dd:ee:0f`")]
pub struct MacError;

impl Mac {
    /// Why no NIC has this address, if none has. Ironic would take it, and take
    /// the next machine's for a duplicate.
    pub fn problem(&self) -> Option<&'static str> {
        match self.0 {
            [0, 0, 0, 0, 0, 0] => Some("is zero, which is no NIC's address"),
            [first, ..] if first & 1 == 1 => Some("is a group address, which is no NIC's"),
            _ => None,
        }
    }
}

impl FromStr for Mac {
    type Err = MacError;

    fn from_str(text: &str) -> Result<Self, MacError> {
        let mut octets = [0; 6];
        let mut parts = text.split(':');
        for octet in &mut octets {
            let part = parts.next().ok_or(MacError)?;
            if part.len() != 2 || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(MacError);
            }
            *octet = u8::from_str_radix(part, 16).map_err(|_| MacError)?;
        }
        parts.next().map_or(Ok(Self(octets)), |_| Err(MacError))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b':'; 17];
        for (place, octet) in text.chunks_mut(3).zip(self.0) {
            if let [high, low, ..] = place {
                [*high, *low] = [digit(octet >> 4), digit(octet & 15)];
            }
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

fn digit(four_bits: u8) -> u8 {
    match four_bits {
        0..=9 => b'0' + four_bits,
        _ => b'a' + four_bits - 10,
    }
}
