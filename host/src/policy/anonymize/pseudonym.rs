//! What takes the place of a value: of the same form, made from it and a seed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use sha2::{Digest as _, Sha256};

use super::Anonymizer;
use super::identity::{Identity, Kind, is_hexadecimal};

/// How often another replacement is tried where two values would get the same.
/// Of one digit there are only ten.
const ATTEMPTS: u32 = 1_000;

/// Digits from this many on are octets that somebody wrote down as text.
const OCTETS_FROM: usize = 12;

/// Gives each identity a replacement, in the same spelling, that no other has and
/// that is no identity itself.
pub(super) fn assign(
    anonymizer: &Anonymizer,
    identities: &BTreeSet<Identity>,
) -> BTreeMap<Identity, String> {
    let mut taken: HashSet<String> = identities.iter().map(|one| one.text.clone()).collect();
    for one in identities.iter().filter(|one| one.kind == Kind::Host) {
        taken.extend(one.text.split('.').map(str::to_owned));
    }
    let mut labels = HashMap::new();
    identities
        .iter()
        .map(|identity| {
            let replacement = if identity.kind == Kind::Host {
                host(anonymizer, &identity.text, &mut labels, &mut taken)
            } else {
                free(&mut taken, |attempt| {
                    make(anonymizer, identity.kind, &identity.text, attempt)
                })
            };
            (identity.clone(), replacement)
        })
        .collect()
}

/// The first that `make` makes and that is not taken.
fn free(taken: &mut HashSet<String>, make: impl Fn(u32) -> String) -> String {
    let made = (0..ATTEMPTS).map(&make).find(|made| !taken.contains(made));
    let made = made.unwrap_or_else(|| make(0));
    taken.insert(made.clone());
    made
}

/// Label by label, so that a name and the same with its domain go together. The
/// last one becomes that of RFC 2606, lest it be somebody's.
fn host(
    anonymizer: &Anonymizer,
    name: &str,
    labels: &mut HashMap<String, String>,
    taken: &mut HashSet<String>,
) -> String {
    let mut replaced: Vec<String> = name
        .split('.')
        .map(|label| {
            let known = labels.entry(label.to_owned());
            let made = || {
                free(taken, |attempt| {
                    make(anonymizer, Kind::Host, label, attempt)
                })
            };
            known.or_insert_with(made).clone()
        })
        .collect();
    if let [_, .., last] = replaced.as_mut_slice() {
        "example".clone_into(last);
    }
    replaced.join(".")
}

fn make(anonymizer: &Anonymizer, kind: Kind, text: &str, attempt: u32) -> String {
    let mut noise = Noise::new(&anonymizer.seed, kind, text, attempt);
    match kind {
        Kind::Mac if anonymizer.keep_oui => {
            let oui = text.get(..6).unwrap_or_default();
            format!("{oui}{}", noise.hexadecimal(6))
        }
        // Locally administered, and no group's.
        Kind::Mac => {
            let first = noise.byte() & 0xfc | 0x02;
            format!("{first:02x}{}", noise.hexadecimal(10))
        }
        // Version and variant stay, or it would be no UUID any more.
        Kind::Uuid => keeping(text, &[12, 16], &noise.hexadecimal(32)),
        // The first digit says how the name is made (NAA).
        Kind::Octets => keeping(text, &[0], &noise.hexadecimal(text.len())),
        Kind::Ipv4 => {
            let link_local = text.starts_with("169.254.");
            let [a, b, c] = [noise.byte(), noise.byte(), noise.byte() % 254 + 1];
            match link_local {
                true => Ipv4Addr::new(169, 254, b, c),
                false => Ipv4Addr::new(10, a, b, c),
            }
            .to_string()
        }
        Kind::Ipv6 => {
            let old: Ipv6Addr = text.parse().unwrap_or(Ipv6Addr::UNSPECIFIED);
            let (kept, prefix) = match old.is_unicast_link_local() {
                true => (64, 0xfe80_u128 << 112),
                false => (8, 0xfd_u128 << 120),
            };
            let low = (0..16).fold(0_u128, |low, _| low << 8 | u128::from(noise.byte()));
            Ipv6Addr::from(prefix | low >> kept).to_string()
        }
        Kind::Host | Kind::Serial => noise.like(text),
    }
}

/// `noise` with the characters of `text` at `places`.
fn keeping(text: &str, places: &[usize], noise: &str) -> String {
    let pairs = text.chars().zip(noise.chars()).enumerate();
    pairs
        .map(|(at, (old, new))| if places.contains(&at) { old } else { new })
        .collect()
}

/// Bytes that follow from seed and value, and look like chance.
struct Noise {
    key: Sha256,
    block: u32,
    bytes: Vec<u8>,
}

impl Noise {
    fn new(seed: &str, kind: Kind, text: &str, attempt: u32) -> Self {
        let mut key = Sha256::new();
        for part in [seed, kind.name(), text] {
            key.update(part.len().to_be_bytes());
            key.update(part);
        }
        key.update(attempt.to_be_bytes());
        Self {
            key,
            block: 0,
            bytes: Vec::new(),
        }
    }

    fn byte(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.bytes.pop() {
                return byte;
            }
            let block = self.key.clone().chain_update(self.block.to_be_bytes());
            self.bytes = block.finalize().to_vec();
            self.block += 1;
        }
    }

    fn hexadecimal(&mut self, digits: usize) -> String {
        let digit = |byte: u8| char::from_digit(u32::from(byte % 16), 16);
        (0..digits).filter_map(|_| digit(self.byte())).collect()
    }

    /// A text with digits, letters and the rest where `text` has them. What says
    /// how the rest is to be read stays: `0x`, `naa.`, `iqn.1988-11.com.vendor:`.
    fn like(&mut self, text: &str) -> String {
        let kept = match text {
            _ if text.starts_with("nqn.") || text.starts_with("iqn.") => {
                text.find(':').map_or(4, |colon| colon + 1)
            }
            _ if text.starts_with("naa.") || text.starts_with("eui.") => 4,
            _ if text.starts_with("0x") => 2,
            _ => 0,
        };
        let (head, rest) = text.split_at_checked(kept).unwrap_or(("", text));
        let bare: String = rest.chars().filter(|c| c.is_alphanumeric()).collect();
        let letters = match bare.len() >= OCTETS_FROM && is_hexadecimal(&bare) {
            true => 6,
            false => 26,
        };
        let mut out = head.to_owned();
        for c in rest.chars() {
            out.push(match c {
                // A number that begins with zero would be another.
                '1'..='9' if out.is_empty() => char::from(b'1' + self.byte() % 9),
                '0'..='9' => char::from(b'0' + self.byte() % 10),
                c if c.is_alphabetic() => char::from(b'a' + self.byte() % letters),
                c => c,
            });
        }
        out
    }
}
