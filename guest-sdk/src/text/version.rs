//! Versions of firmware, which follow no common rule.

use std::cmp::Ordering;

/// Compares two versions piece by piece: numbers as numbers, words as words
/// without regard to case. What stands between them does not count; a version
/// that goes on is newer than one that ends.
///
/// Only versions of one scheme compare to any purpose: `U46 v2.12` with
/// `U46 v2.9`, not with `7.00.00.00`.
///
/// ```
/// use std::cmp::Ordering;
/// use valence_hook::text::compare_versions;
/// assert_eq!(compare_versions("2.10.1", "2.9"), Ordering::Greater);
/// assert_eq!(compare_versions("U46 v2.12", "U46 v2.12"), Ordering::Equal);
/// ```
pub fn compare_versions(left: &str, right: &str) -> Ordering {
    let mut right = pieces(right);
    for left in pieces(left) {
        let Some(right) = right.next() else {
            return Ordering::Greater;
        };
        let order = compare(&left, &right);
        if order.is_ne() {
            return order;
        }
    }
    right.next().map_or(Ordering::Equal, |_| Ordering::Less)
}

/// Runs of digits, and runs of letters.
fn pieces(version: &str) -> impl Iterator<Item = String> {
    version
        .split(|letter: char| !letter.is_alphanumeric())
        .flat_map(|word| {
            word.as_bytes()
                .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
                .map(|piece| String::from_utf8_lossy(piece).to_ascii_lowercase())
                .collect::<Vec<_>>()
        })
}

fn compare(left: &str, right: &str) -> Ordering {
    let number = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    match (number(left), number(right)) {
        (true, true) => {
            let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
            left.len().cmp(&right.len()).then_with(|| left.cmp(right))
        }
        (left_number, right_number) => left_number.cmp(&right_number).then_with(|| left.cmp(right)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_what_vendors_write() {
        for (older, newer) in [
            ("2.9", "2.10"),
            ("1.15.2", "2.0.0"),
            ("U46 v2.58 (05/24/2022)", "U46 v2.62 (03/10/2022)"),
            ("7.00.00", "7.00.00.174"),
            ("2.10-beta", "2.10.1"),
            ("", "1"),
            ("99999999999999999998", "99999999999999999999"),
        ] {
            assert_eq!(
                compare_versions(older, newer),
                Ordering::Less,
                "{older} {newer}"
            );
            assert_eq!(
                compare_versions(newer, older),
                Ordering::Greater,
                "{newer} {older}"
            );
        }
        assert_eq!(compare_versions("v2.07", "V2.7"), Ordering::Equal);
    }

    proptest::proptest! {
        #[test]
        fn is_an_order(versions in proptest::collection::vec("[vU0-2a. -]{0,6}", 3)) {
            let [a, b, c] = [&versions[0], &versions[1], &versions[2]];
            proptest::prop_assert_eq!(compare_versions(a, b), compare_versions(b, a).reverse());
            if compare_versions(a, b).is_le() && compare_versions(b, c).is_le() {
                proptest::prop_assert!(compare_versions(a, c).is_le());
            }
        }
    }
}
