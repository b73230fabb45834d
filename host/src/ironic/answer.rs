//! Ironic's three shapes of an error, made into one.

use serde_json::Value;

use super::IronicErrorKind as Kind;

/// What `status` and Ironic's words come to; the words are not tamed yet.
/// `ironics`: whether the answer is Ironic's own.
pub(super) fn kind(status: u16, words: &str, ironics: bool) -> Kind {
    match status {
        401 => Kind::Unauthorized,
        404 if ironics => Kind::NotFound,
        // A proxy that has lost its way knows nothing of what there is: to
        // believe it would be to take nodes for gone.
        404 => Kind::Garbage,
        408 | 504 => Kind::TimedOut,
        // Ironic has one status for both; a lock passes, a conflict does not.
        409 if words.contains("is locked by host") => Kind::Locked,
        409 => Kind::Conflict,
        429 | 500..=599 => Kind::Unavailable,
        400..=499 => Kind::Refused,
        _ => Kind::Garbage,
    }
}

/// Whether `body` is an error as Ironic's API words it.
pub(super) fn is_ironics(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("error_message").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openstack::answer::{shown, words};

    #[test]
    fn three_shapes_come_to_one() {
        // Recorded from Ironic 39.0.0.
        let table: [(u16, &str, Kind, &str); 9] = [
            (
                404,
                r#"{"error_message": "{\"faultcode\": \"Client\", \"faultstring\": \"Node nope could not be found.\", \"debuginfo\": null}"}"#,
                Kind::NotFound,
                "Node nope could not be found",
            ),
            (
                406,
                r#"{"error_message":"{\"code\": 406, \"title\": \"Not Acceptable\", \"description\": \"Version 1.999 was requested but the minor version is not supported by this service. The supported version range is: [1.1, 1.115].\"}"}"#,
                Kind::Refused,
                "Version 1.999 was requested but the minor version is not supported by this service. The supported version range is: [1.1, 1.115]",
            ),
            (
                401,
                r#"{"error":{"message":"Authorization required","code":401}}"#,
                Kind::Unauthorized,
                "Authorization required",
            ),
            (
                409,
                r#"{"error_message": "{\"faultcode\": \"Client\", \"faultstring\": \"Node 1 is locked by host localhost, please retry after the current operation is completed.\"}"}"#,
                Kind::Locked,
                "Node 1 is locked by host localhost, please retry after the current operation is completed",
            ),
            (
                409,
                r#"{"error_message": "{\"faultstring\": \"A node with name a already exists.\"}"}"#,
                Kind::Conflict,
                "A node with name a already exists",
            ),
            (
                502,
                "<html>\r\nBad Gateway</html>",
                Kind::Unavailable,
                "<html>\\u{d}\\u{a}Bad Gateway</html>",
            ),
            (
                404,
                "<h1>Not Found</h1>",
                Kind::Garbage,
                "<h1>Not Found</h1>",
            ),
            (500, "", Kind::Unavailable, "it says no more"),
            (302, "elsewhere", Kind::Garbage, "elsewhere"),
        ];
        for (status, body, expected, text) in table {
            let words = words(body.as_bytes());
            let kind = kind(status, &words, is_ironics(body.as_bytes()));
            assert_eq!(kind, expected, "{body}");
            assert_eq!(shown(&words, None), text);
        }
    }
}
