//! Patterns over the canonical view of an enrollment: what a hook may write.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::pointer::{segments, with_lower_mac};

/// A pointer in which `*` stands for one segment or a part of one, and `**` for
/// any number of segments. It covers what it matches and everything inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// Text that is no pattern.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no pattern: it is to begin with `/` and not to end with one, as in `/node/properties/*`"
)]
pub struct PatternError(String);

impl Pattern {
    /// Whether `pointer` is what this matches, or stands inside of it.
    pub fn covers(&self, pointer: &str) -> bool {
        let pattern: Vec<_> = segments(&self.0).collect();
        let pointer: Vec<_> = segments(pointer).collect();
        covers(&pattern, &pointer)
    }

    /// Whether this names `pointer` itself, without a wildcard. Protected keys
    /// are granted only so.
    pub fn names(&self, pointer: &str) -> bool {
        self.0 == pointer
    }
}

fn covers<S: AsRef<str>>(pattern: &[S], pointer: &[S]) -> bool {
    match (pattern.split_first(), pointer.split_first()) {
        (None, _) => true,
        (Some((first, rest)), _) if first.as_ref() == "**" => {
            covers(rest, pointer)
                || pointer
                    .split_first()
                    .is_some_and(|(_, deeper)| covers(pattern, deeper))
        }
        (Some((first, rest)), Some((segment, deeper))) => {
            glob(first.as_ref(), segment.as_ref()) && covers(rest, deeper)
        }
        (Some(_), None) => false,
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any characters.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut rest) = text.strip_prefix(before) else {
        return false;
    };
    let mut parts = after.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, remains)) => rest = remains,
            None => return false,
        }
    }
    true
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.starts_with('/') && !text.ends_with('/') {
            Ok(Self(with_lower_mac(text.to_owned())))
        } else {
            Err(PatternError(text.into()))
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, pointer: &str) -> bool {
        pattern
            .parse::<Pattern>()
            .is_ok_and(|pattern| pattern.covers(pointer))
    }

    #[test]
    fn a_star_is_one_segment_or_a_part_of_one() {
        assert!(covers("/node/properties/*", "/node/properties/cpus"));
        assert!(covers("/traits/CUSTOM_SITE_*", "/traits/CUSTOM_SITE_A"));
        assert!(!covers("/traits/CUSTOM_SITE_*", "/traits/CUSTOM_RACK_A"));
        assert!(!covers("/node/*", "/ports/aa/address"));
        assert!(covers("/traits/*_A_*_C", "/traits/X_A_B_C"));
    }

    #[test]
    fn two_stars_are_any_number_of_segments() {
        assert!(covers("/ports/**/pxe_enabled", "/ports/aa/pxe_enabled"));
        assert!(covers("/**", "/node/name"));
        assert!(!covers("/ports/**/pxe_enabled", "/ports/aa/address"));
    }

    #[test]
    fn what_stands_inside_is_covered_and_what_stands_around_is_not() {
        assert!(covers(
            "/node/properties/root_device",
            "/node/properties/root_device/serial"
        ));
        assert!(!covers("/node/properties/root_device", "/node/properties"));
    }

    #[test]
    fn a_mac_may_be_written_in_upper_case() {
        assert!(covers(
            "/ports/AA:00:*/extra",
            "/ports/aa:00:00:00:00:01/extra/a"
        ));
        let pattern: Pattern = "/ports/AA:00:00:00:00:01".parse().unwrap();
        assert_eq!(pattern.to_string(), "/ports/aa:00:00:00:00:01");
    }

    #[test]
    fn only_pointers_are_patterns() {
        assert!("node/name".parse::<Pattern>().is_err());
        assert!("/".parse::<Pattern>().is_err());
        // It would cover nothing that there is.
        assert!("/node/extra/".parse::<Pattern>().is_err());
    }
}
