//! MACs, and texts that stand where one belongs.

use serde_json::Value;

use super::quirks::{PLACEHOLDER_MACS, look_up};
use crate::rules::Mac;
use crate::text::tame;

/// The first of `candidates` that is a NIC's own address, as Ironic writes it; or
/// why none is, to be read after "because".
pub(super) fn first<'a>(
    candidates: impl IntoIterator<Item = Option<&'a Value>>,
) -> Result<String, String> {
    let mut problem = None;
    for candidate in candidates {
        match candidate.and_then(Value::as_str).map(str::trim) {
            None | Some("") => {}
            Some(text) => match parse(text) {
                Ok(mac) => return Ok(mac),
                Err(reason) => problem = problem.or(Some(reason)),
            },
        }
    }
    Err(problem.unwrap_or_else(|| "it names no MAC".into()))
}

/// `text` as six octets in lower case with colons. Hyphens, and twelve digits
/// without anything between, are how some services write it.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    let quoted = || tame(text, 40);
    let parsed = if text.len() == 12 && text.is_ascii() {
        let octets = (0..6).filter_map(|n| text.get(2 * n..2 * n + 2));
        octets.collect::<Vec<_>>().join(":").parse::<Mac>()
    } else if text.contains('-') {
        text.split('-').collect::<Vec<_>>().join(":").parse()
    } else {
        text.parse()
    };
    let mac = parsed.map_err(|_| format!("`{}` is no MAC", quoted()))?;
    if let Some(reason) = mac.problem() {
        return Err(format!("`{}` {reason}", quoted()));
    }
    let mac = mac.to_string();
    if look_up(PLACEHOLDER_MACS, &mac).is_some() {
        return Err(format!(
            "`{}` is a placeholder that many NICs share",
            quoted()
        ));
    }
    Ok(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macs_are_proper_or_refused_with_a_reason() {
        for (text, expected) in [
            ("B8:3F:D2:90:97:C4", Some("b8:3f:d2:90:97:c4")),
            ("b8-3f-d2-90-97-c4", Some("b8:3f:d2:90:97:c4")),
            ("B83FD29097C4", Some("b8:3f:d2:90:97:c4")),
            ("AA:BB:CC:DD:EE:00", Some("aa:bb:cc:dd:ee:00")),
            ("Not Available", None),
            ("00:00:00:00:00:00", None),
            ("00:A0:C9:00:00:00", None),
            ("01:00:5e:00:00:01", None),
            ("ff:ff:ff:ff:ff:ff", None),
            ("b8:3f:d2:03:00:90:97:c4", None),
            ("b8:3f:d2:90:97", None),
            ("b8:3f:d2:90:97:+4", None),
            ("b83fd29097cé", None),
            ("zzzzzzzzzzzz", None),
        ] {
            assert_eq!(parse(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_reason_is_that_of_the_first_that_is_none() {
        let (text, empty) = (Value::from("Not Available"), Value::from(""));
        assert_eq!(
            first([Some(&text), Some(&empty)]),
            Err("`Not Available` is no MAC".into())
        );
        assert_eq!(first([Some(&empty), None]), Err("it names no MAC".into()));
    }
}
