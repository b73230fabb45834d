//! Proxies that requests come through, and who is behind them.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// The proxies whose word counts for who it was that asked.
#[derive(Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Those with addresses in `networks`.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Who is behind `peer`, which sent `forwarded`: `X-Forwarded-For`, to whose end each
    /// proxy adds whom it was asked by. What stands before the first that is no proxy
    /// anybody may have written.
    pub fn behind<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        let mut last = peer;
        for told in forwarded.rev().flat_map(|line| line.rsplit(',')) {
            if !self.contains(last) {
                break;
            }
            match address(told.trim()) {
                Some(before) => last = before,
                None => break,
            }
        }
        last
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().map(|socket: SocketAddr| socket.ip());
    let address = text.parse().or_else(|_| with_port()).ok();
    address.map(|address: IpAddr| address.to_canonical())
}

/// What is counted as one caller where only its address is known: of IPv6 the network
/// (/64), of which whoever has one address has them all.
pub(super) fn neighbourhood(address: IpAddr) -> String {
    match address {
        IpAddr::V4(_) => address.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(peer: &str, forwarded: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "fd00::1/128"];
        let proxies = Proxies::new(networks.map(|network| network.parse().unwrap()).into());
        let behind = proxies.behind(peer.parse().unwrap(), forwarded.iter().copied());
        behind.to_string()
    }

    #[test]
    fn only_proxies_are_believed_and_only_as_far_as_they_know() {
        for (peer, forwarded, who) in [
            ("192.0.2.1", vec!["198.51.100.1"], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            // What the caller wrote itself stands before what the proxy adds.
            ("10.0.0.1", vec!["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
            (
                "10.0.0.1",
                vec!["127.0.0.1", "198.51.100.1"],
                "198.51.100.1",
            ),
            ("10.0.0.1", vec!["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("fd00::1", vec!["[2001:db8::1]:443"], "2001:db8::1"),
            ("10.0.0.1", vec!["::ffff:198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", vec!["198.51.100.1:80,nonsense"], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.1, 10.0.0.2, "], "10.0.0.1"),
        ] {
            assert_eq!(behind(peer, &forwarded), who, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn the_addresses_of_one_network_are_one() {
        let of = |address: &str| neighbourhood(address.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
