//! Text from outside, made fit for logs, errors and terminals.

use std::fmt::Write as _;

/// `text` without control characters (they are escaped) and no longer than
/// `most` characters.
///
/// Hooks, Redfish services and Ironic write into our logs and replies; an
/// escape sequence or a line break of theirs must not forge ours.
pub fn tame(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most));
    for (n, c) in text.chars().enumerate() {
        if n == most {
            out.push('…');
            break;
        }
        if c.is_control() || is_bidirectional_control(c) {
            let _ = write!(out, "{}", c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// `bytes` as lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    push_hexadecimal(&mut text, bytes);
    text
}

/// Adds `bytes` as lower-case hexadecimal to `text`: a secret's, which has room
/// for them, leaves no copy behind.
pub fn push_hexadecimal(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
}

/// Characters that reorder the text around them on a terminal.
pub(crate) fn is_bidirectional_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` in lower case, where it stands if it is ASCII.
pub fn lower(mut text: String) -> String {
    if text.is_ascii() {
        text.make_ascii_lowercase();
        text
    } else {
        text.to_lowercase()
    }
}

/// The one of `known` that `word` was probably meant to be.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .map(|(_, candidate)| candidate)
}

/// Parts of property names that make the value a secret: in lower case, without
/// anything between words. From DSP2046, from BIOS attributes of real machines and from
/// the attributes of their BMCs.
const SECRET: [&str; 18] = [
    "apikey",
    "authenticationkey",
    "communit",
    "encryptionkey",
    "ipmikey",
    "keystring",
    "licensekey",
    "licensestring",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "presharedkey",
    "privacykey",
    "privatekey",
    "secret",
    "token",
    "v3key",
];

/// Whether a property of this `name` holds a password, a token or a key, however
/// its words are put together.
pub(crate) fn names_secret(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    SECRET.iter().any(|secret| name.contains(secret)) || name == "psk"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_length_is_cut() {
        assert_eq!(tame("a\u{1b}[31m\nb", 40), "a\\u{1b}[31m\\u{a}b");
        assert_eq!(tame("abcdef", 3), "abc…");
    }

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!(hexadecimal(&[0, 0x0a, 0xff]), "000aff");
    }

    #[test]
    fn names_of_secrets_are_known_in_any_spelling() {
        for name in [
            "redfish_password",
            "SNMP.Auth-Key-Passphrase",
            "psk",
            "x_api_key",
            "Users.2.SHA1v3Key",
            "Users.2.MD5v3Key",
            "Users.2.IPMIKey",
            "SNMP.1.AgentCommunity",
            "ReadCommunities",
            "snmp_community_write",
        ] {
            assert!(names_secret(name), "{name}");
        }
        for name in [
            "redfish_username",
            "redfish_address",
            "pskill",
            "key",
            "SNMPv3Enable",
            "IPMILanPrivilege",
        ] {
            assert!(!names_secret(name), "{name}");
        }
    }

    #[test]
    fn the_near_word_is_suggested_and_a_far_one_is_not() {
        assert_eq!(nearest("lissten", ["listen", "limits"]), Some("listen"));
        assert_eq!(nearest("banana", ["listen", "limits"]), None);
    }
}
