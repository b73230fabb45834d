//! `--since`: a moment, as people write it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A time as RFC 3339 has it, a date, whose first moment in UTC is meant, or how long
/// ago it was.
pub(super) fn parse(text: &str) -> Result<Timestamp, String> {
    let of_date = |date: Date| date.to_zoned(TimeZone::UTC).ok();
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    if let Some(zoned) = text.parse().ok().and_then(of_date) {
        return Ok(zoned.timestamp());
    }
    let ago = humantime::parse_duration(text).ok();
    ago.and_then(|ago| Timestamp::now().checked_sub(ago).ok())
        .ok_or_else(|| {
            "it is to be a time such as 2026-11-01T12:00:00Z, a date, or how long ago, such as 7d"
                .into()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_a_date_or_how_long_ago() {
        let at = |text: &str| parse(text).map(|time| time.to_string());
        assert_eq!(at("2026-11-01").as_deref(), Ok("2026-11-01T00:00:00Z"));
        assert_eq!(
            at("2026-11-01T12:30:00+01:00").as_deref(),
            Ok("2026-11-01T11:30:00Z")
        );
        assert!(parse("7d").is_ok_and(|then| then < Timestamp::now()));
        for text in ["", "yesterday", "2026-13-01", "-7d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
