//! What the services of OpenStack have in common in their answers.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::secret::Secret;
use crate::text::tame;

/// How much of a service's words is passed on, in characters.
const WORDS: usize = 500;

/// The most of a `Retry-After` that is believed. It may come from any proxy on the
/// way, and clocks cannot be set on by just any number.
const LATEST: Duration = Duration::from_secs(3600);

/// The words in the body of an error.
///
/// Ironic's API answers `{"error_message": "<JSON>"}` with a `faultstring` in that
/// JSON, or with a `description` where the API version is refused; its
/// http_basic and Keystone `{"error": {"message": …}}`. Proxies in front of it answer
/// anything.
pub(crate) fn words(body: &[u8]) -> String {
    let text = || String::from_utf8_lossy(body).trim().to_owned();
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return text();
    };
    if let Some(message) = body.pointer("/error/message").and_then(Value::as_str) {
        return message.to_owned();
    }
    let inner = match body.get("error_message") {
        // A string of JSON, or JSON: both have been seen, by version.
        Some(Value::String(inner)) => match serde_json::from_str(inner) {
            Ok(inner) => inner,
            Err(_) => return inner.clone(),
        },
        Some(inner) => inner.clone(),
        None => return text(),
    };
    ["faultstring", "description", "title"]
        .iter()
        .find_map(|key| inner.get(*key)?.as_str())
        .map_or_else(|| inner.to_string(), str::to_owned)
}

/// `words` fit to be shown, without `secret`, which a service may quote back when
/// it complains about the object that it is in.
pub(crate) fn shown(words: &str, secret: Option<&str>) -> String {
    if let Some(secret) = secret.filter(|secret| !secret.is_empty())
        && quotes(words, secret)
    {
        return "(its words are left out: they hold the password)".into();
    }
    let words = words.trim().trim_end_matches('.');
    if words.is_empty() {
        return "it says no more".into();
    }
    tame(words, WORDS)
}

/// What Ironic has written down of its own, without `password`, which a BMC may
/// have told it.
pub fn without(words: &str, password: Option<&Secret>) -> String {
    shown(words, password.map(Secret::expose))
}

/// Whether `secret` stands in `words`, be it escaped as JSON or Python do.
fn quotes(words: &str, secret: &str) -> bool {
    let bare =
        |text: &str| -> String { text.chars().filter(|c| c.is_ascii_alphanumeric()).collect() };
    let essence = bare(secret);
    // What is left of a password of punctuation or other scripts may be too
    // little to look for; then only the text itself counts.
    words.contains(secret) || (essence.len() >= 4 && bare(words).contains(&essence))
}

/// `Retry-After` in seconds (RFC 9110, 10.2.3), or [`LATEST`] where it asks for
/// more; its form as a date is not read.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LATEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_waited_for_for_ever() {
        let after = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", value.parse().expect("a value"));
            retry_after(&headers)
        };
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after(&u64::MAX.to_string()), Some(LATEST));
        assert_eq!(after("Fri, 31 Dec 1999 23:59:59 GMT"), None);
    }

    #[test]
    fn a_password_that_ironic_quotes_is_not_passed_on() {
        let secret = r#"s3cr"et\1"#;
        for quoted in [
            r#"'s3cr"et\1' is not of type 'object'"#,
            r#"{"redfish_password": "s3cr\"et\\1"} is wrong"#,
            r#"{'redfish_password': 's3cr"et\\1'}"#,
        ] {
            assert!(!shown(quoted, Some(secret)).contains("s3cr"), "{quoted}");
        }
        assert_eq!(shown("No such driver", Some(secret)), "No such driver");
        assert!(!shown("'äö!' is wrong", Some("äö!")).contains("äö!"));
    }
}
