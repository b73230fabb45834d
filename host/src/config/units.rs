//! Sizes and durations as people write them.

use std::time::Duration;

/// The units of a size, the greatest first.
const UNITS: [(&str, usize); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// A size in bytes, more than none: `64MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(pub(super) usize);

/// Reads `64MiB`.
pub(super) fn size(text: &str) -> Option<Size> {
    let (number, unit) = UNITS
        .iter()
        .find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, bytes)))?;
    let number = number.trim_end();
    // `+5` would be a number too.
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let bytes = number.parse::<usize>().ok()?.checked_mul(*unit)?;
    (bytes > 0).then_some(Size(bytes))
}

/// Writes `64MiB`: in the greatest unit that is exact.
pub(super) fn show_size(size: Size) -> String {
    let exact = UNITS
        .iter()
        .find(|(_, bytes)| size.0.is_multiple_of(*bytes));
    match exact {
        Some((unit, bytes)) => format!("{}{unit}", size.0 / bytes),
        None => format!("{}B", size.0),
    }
}

/// Reads `250ms`, `1m 30s`: more than nothing, and no more than a day, which is
/// longer than any time limit makes sense.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let duration = humantime::parse_duration(text).ok()?;
    let day = Duration::from_secs(24 * 60 * 60);
    (!duration.is_zero() && duration <= day).then_some(duration)
}

/// Writes `250ms`.
pub(super) fn show_duration(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_binary_and_carry_their_unit() {
        for (text, bytes) in [
            ("64MiB", Some(67_108_864)),
            ("512 KiB", Some(524_288)),
            ("1GiB", Some(1_073_741_824)),
            ("7B", Some(7)),
            ("0MiB", None),
            ("64", None),
            ("64MB", None),
            ("-1MiB", None),
            ("+1MiB", None),
            ("1.5GiB", None),
            ("99999999999GiB", None),
            ("MiB", None),
        ] {
            assert_eq!(size(text), bytes.map(Size), "{text}");
        }
    }

    #[test]
    fn durations_carry_their_unit_and_are_more_than_nothing() {
        for (text, milliseconds) in [
            ("250ms", Some(250)),
            ("1m 30s", Some(90_000)),
            ("0s", None),
            ("5", None),
            ("2days", None),
            ("-1s", None),
        ] {
            assert_eq!(
                duration(text),
                milliseconds.map(Duration::from_millis),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same(bytes in 1..usize::MAX, nanoseconds in 1..86_400_000_000_000_u64) {
            prop_assert_eq!(size(&show_size(Size(bytes))), Some(Size(bytes)));
            let time = Duration::from_nanos(nanoseconds);
            prop_assert_eq!(duration(&show_duration(time)), Some(time));
        }
    }
}
