//! Which properties tell one machine from another, by their names: in lower case
//! and without anything between words. From DSP2046, from the OEM parts and BIOS
//! attributes of real machines.

use serde_json::{Map, Value};

use super::identity::Kind;

/// Names that hold one of these are of that kind.
const PARTS: [(&str, Kind); 22] = [
    ("macaddress", Kind::Mac),
    ("uuid", Kind::Uuid),
    ("guid", Kind::Uuid),
    ("hostname", Kind::Host),
    ("fqdn", Kind::Host),
    ("domainname", Kind::Host),
    ("servername", Kind::Host),
    ("nameserver", Kind::Host),
    ("ntpserver", Kind::Host),
    ("dnsserver", Kind::Host),
    ("smtpserver", Kind::Host),
    ("syslogserver", Kind::Host),
    ("serialnumber", Kind::Serial),
    ("servicetag", Kind::Serial),
    ("expressservicecode", Kind::Serial),
    ("assettag", Kind::Serial),
    ("assetnumber", Kind::Serial),
    ("durablename", Kind::Serial),
    ("worldwidename", Kind::Serial),
    ("wwpn", Kind::Serial),
    ("wwnn", Kind::Serial),
    ("eui64", Kind::Serial),
];

/// Names that are one of these.
const NAMES: [(&str, Kind); 12] = [
    ("mac", Kind::Mac),
    ("serial", Kind::Serial),
    ("serialno", Kind::Serial),
    ("chassisserial", Kind::Serial),
    ("boardserial", Kind::Serial),
    ("systemserial", Kind::Serial),
    ("productserial", Kind::Serial),
    ("nguid", Kind::Serial),
    ("wwn", Kind::Serial),
    ("adminname", Kind::Serial),
    ("adminemail", Kind::Serial),
    ("adminphone", Kind::Serial),
];

/// Names of versions, which look like addresses.
const VERSIONS: [&str; 5] = ["version", "revision", "firmware", "release", "build"];

/// What `value` is, as the value of the property `key`.
pub(super) fn kind_of(key: &str, value: &str) -> Option<Kind> {
    // `SerialNumber@Redfish.AllowableValues` is no serial number.
    if key.contains(['@', '#']) {
        return None;
    }
    let name = plain(key);
    // Dell's is the service tag, that of others names a product.
    if name == "sku" {
        let is_tag = value.len() == 7
            && value
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        return is_tag.then_some(Kind::Serial);
    }
    let of_name = NAMES.iter().find(|(whole, _)| name == *whole);
    let of_part = || PARTS.iter().find(|(part, _)| name.contains(part));
    of_name.or_else(of_part).map(|(_, kind)| *kind)
}

/// Whether what looks like an IPv4 address in the property `key` is a version.
pub(super) fn is_version(key: &str) -> bool {
    let name = plain(key);
    VERSIONS.iter().any(|word| name.contains(word))
}

/// The name that the property `key` of `object` goes by: of
/// `{"AttributeName": "AssetTag", "CurrentValue": …}` that of the attribute.
pub(super) fn name_of<'a>(object: &'a Map<String, Value>, key: &'a str) -> &'a str {
    if !plain(key).ends_with("value") {
        return key;
    }
    ["AttributeName", "Name", "Key", "Id"]
        .iter()
        .find_map(|name| object.get(*name)?.as_str())
        .unwrap_or(key)
}

fn plain(key: &str) -> String {
    key.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}
