//! `--ironic`: which Ironic an offline evaluation is for.

use crate::rules::{IronicProfile, Microversion};
use crate::text::tame;

/// Releases of Ironic and the newest API that each has, as Ironic's own
/// `release_mappings.py` lists them.
const RELEASES: [(&str, u16); 38] = [
    ("16.0", 68),
    ("16.1", 68),
    ("16.2", 69),
    ("17.0", 72),
    ("18.0", 74),
    ("18.1", 75),
    ("18.2", 78),
    ("19.0", 78),
    ("20.0", 78),
    ("20.1", 78),
    ("20.2", 78),
    ("21.0", 79),
    ("21.1", 80),
    ("21.2", 80),
    ("21.3", 81),
    ("21.4", 82),
    ("22.0", 83),
    ("22.1", 86),
    ("23.0", 87),
    ("23.1", 88),
    ("24.0", 89),
    ("24.1", 90),
    ("25.0", 91),
    ("26.0", 91),
    ("26.1", 93),
    ("27.0", 94),
    ("28.0", 95),
    ("29.0", 96),
    ("30.0", 99),
    ("31.0", 99),
    ("32.0", 101),
    ("33.0", 104),
    ("34.0", 109),
    ("35.0", 111),
    ("36.0", 112),
    ("37.0", 112),
    ("38.0", 113),
    ("39.0", 115),
];

/// A release (`21.4`, `39`) or a version of the API (`1.82`).
pub(super) fn profile(text: &str) -> Result<IronicProfile, String> {
    let api = match text.parse::<Microversion>() {
        Ok(api) => api,
        Err(_) => released(text).ok_or_else(|| {
            format!(
                "`{}` is neither a known release of Ironic, such as `21.4` or `39`, nor a version \
                 of its API, such as `1.82`",
                tame(text, 50)
            )
        })?,
    };
    if api < Microversion::TRAITS {
        return Err(format!(
            "version {api} of Ironic's API is too old: {} is the oldest that will do",
            Microversion::TRAITS
        ));
    }
    Ok(IronicProfile {
        api: api.min(Microversion::NEWEST_TESTED),
        ..IronicProfile::default()
    })
}

fn released(text: &str) -> Option<Microversion> {
    let whole = if text.contains('.') {
        text.to_owned()
    } else {
        format!("{text}.0")
    };
    RELEASES
        .into_iter()
        .find(|(release, _)| *release == whole)
        .map(|(_, minor)| Microversion(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_and_api_versions_are_understood() {
        for (text, minor) in [("21.4", 82), ("39", 115), ("1.95", 95), ("1.999", 115)] {
            assert_eq!(profile(text).unwrap().api, Microversion(minor), "{text}");
        }
        for text in ["", "1.20", "newest", "7.3"] {
            assert!(profile(text).is_err(), "{text}");
        }
    }
}
