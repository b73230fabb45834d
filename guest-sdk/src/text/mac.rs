//! MAC addresses.

/// A MAC address as Ironic writes it: six octets, lower case, with colons. None
/// for what is no address of a network interface: other lengths (a WWN has
/// eight octets), zeros, multicast.
///
/// ```
/// # use valence_hook::text::mac;
/// assert_eq!(mac("02-00-5E-10-00-0A").as_deref(), Some("02:00:5e:10:00:0a"));
/// assert_eq!(mac("00:00:00:00:00:00"), None);
/// ```
pub fn mac(text: &str) -> Option<String> {
    let separated: Vec<&str> = text.trim().split([':', '-']).collect();
    let digits = separated.concat();
    let shape = match *separated.as_slice() {
        [_] => digits.len() == 12,
        _ => separated.len() == 6 && separated.iter().all(|octet| octet.len() == 2),
    };
    if !shape || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let octets: Option<Vec<u8>> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let octets = octets?;
    let multicast = octets.first().is_some_and(|first| first & 1 == 1);
    if multicast || octets.iter().all(|octet| *octet == 0) {
        return None;
    }
    let written: Vec<_> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    Some(written.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_addresses_of_interfaces_only() {
        for (text, expected) in [
            (" 02:00:5E:10:00:0A ", Some("02:00:5e:10:00:0a")),
            ("02005e10000a", Some("02:00:5e:10:00:0a")),
            ("02:00:5e:10:00", None),
            ("02:00:5e:10:00:0a:0b:0c", None),
            ("ff:ff:ff:ff:ff:ff", None),
            ("01:00:5e:10:00:0a", None),
            ("02:00:5e:10:00:zz", None),
            ("+2:+0:+e:10:00:0a", None),
            ("2:0:5e:10:0:a", None),
            ("0200:5e10:000a", None),
            ("é0:00:5e:10:00:0", None),
            ("", None),
        ] {
            assert_eq!(mac(text).as_deref(), expected, "{text}");
        }
    }
}
