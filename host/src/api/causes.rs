//! The one table of causes: which status, code and exit each has, and how a
//! reply is titled. docs/api.md prints it; a test holds the two together.

use crate::failure::Cause;

/// What a cause looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appearance {
    /// The HTTP status; none for what only the command line can meet.
    pub status: Option<u16>,
    /// `code` of the reply's body.
    pub code: &'static str,
    /// `title` of the reply's body: Valence's own words where it had some.
    pub title: &'static str,
    /// The exit status of the command line.
    pub exit: u8,
}

/// Every cause, in the order of the table.
pub const CAUSES: [Cause; 20] = [
    Cause::BadRequest,
    Cause::Unauthorized,
    Cause::Forbidden,
    Cause::TooManyRequests,
    Cause::Denied,
    Cause::NotFound,
    Cause::Conflict,
    Cause::InvalidEnrollment,
    Cause::HookFailed,
    Cause::RedfishFailed,
    Cause::RedfishTimeout,
    Cause::IronicUnavailable,
    Cause::IronicTimeout,
    Cause::IronicFailed,
    Cause::KeystoneUnavailable,
    Cause::Deferred,
    Cause::Internal,
    Cause::Unreachable,
    Cause::BadConfiguration,
    Cause::Different,
];

/// What `cause` looks like from outside.
pub const fn appearance(cause: Cause) -> Appearance {
    match cause {
        Cause::BadRequest => over_http(400, "bad-request", "Bad Request", 2),
        Cause::Unauthorized => over_http(401, "unauthorized", "Authorization Error", 8),
        Cause::Forbidden => over_http(403, "forbidden", "Forbidden", 8),
        Cause::TooManyRequests => over_http(429, "too-many-requests", "Too Many Requests", 8),
        Cause::Denied => over_http(403, "denied", "Denied by a Hook", 3),
        Cause::NotFound => over_http(404, "not-found", "Resource could not be found", 9),
        Cause::Conflict => over_http(409, "conflict", "Conflict", 4),
        Cause::InvalidEnrollment => over_http(422, "invalid-enrollment", "Invalid Enrollment", 7),
        Cause::HookFailed => over_http(500, "hook-failed", "A Hook Failed", 7),
        Cause::RedfishFailed => over_http(502, "redfish-failed", "Pod Manager Failed", 5),
        Cause::RedfishTimeout => over_http(504, "redfish-timeout", "Pod Manager Too Slow", 5),
        Cause::IronicUnavailable => {
            over_http(503, "ironic-unavailable", "Ironic Is Unavailable", 6)
        }
        Cause::IronicTimeout => over_http(504, "ironic-timeout", "Ironic Too Slow", 6),
        Cause::IronicFailed => over_http(502, "ironic-failed", "Ironic Failed", 6),
        Cause::KeystoneUnavailable => {
            over_http(503, "keystone-unavailable", "Keystone Is Unavailable", 6)
        }
        Cause::Deferred => over_http(503, "deferred", "Deferred by a Hook", 6),
        // `EX_SOFTWARE` of sysexits(3): 1 says that something differs.
        Cause::Internal => over_http(500, "internal", "Internal Error", 70),
        Cause::Unreachable => here("unreachable", 10),
        // Over HTTP it is what a reload ran into: the server itself is as it was.
        Cause::BadConfiguration => over_http(422, "bad-configuration", "Bad Configuration", 2),
        Cause::Different => here("different", 1),
    }
}

/// A method that the resource does not have: only HTTP knows this one.
pub const METHOD_NOT_ALLOWED: Appearance =
    over_http(405, "method-not-allowed", "Method Not Allowed", 2);

/// The request was given up after the server's own deadline.
pub const TOO_SLOW: Appearance = over_http(504, "timeout", "Too Slow", 70);

/// The exit status for a reply whose `code` is `code`. One of a newer server's
/// codes is as bad as `internal`.
pub fn exit_of(code: &str) -> u8 {
    CAUSES
        .into_iter()
        .map(appearance)
        .chain([METHOD_NOT_ALLOWED, TOO_SLOW])
        .find(|appearance| appearance.code == code)
        .map_or(appearance(Cause::Internal).exit, |appearance| {
            appearance.exit
        })
}

const fn over_http(status: u16, code: &'static str, title: &'static str, exit: u8) -> Appearance {
    Appearance {
        status: Some(status),
        code,
        title,
        exit,
    }
}

const fn here(code: &'static str, exit: u8) -> Appearance {
    Appearance {
        status: None,
        code,
        title: code,
        exit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of docs/api.md as they have to be.
    fn rows() -> Vec<String> {
        CAUSES
            .into_iter()
            .map(appearance)
            .chain([METHOD_NOT_ALLOWED, TOO_SLOW])
            .map(|row| {
                let status = row
                    .status
                    .map_or("–".to_owned(), |status| status.to_string());
                format!("| `{}` | {status} | {} |", row.code, row.exit)
            })
            .collect()
    }

    #[test]
    fn the_documented_table_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");
        let text = std::fs::read_to_string(path).unwrap();
        let documented: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 3)
            .filter_map(|line| line.rsplit_once(" | "))
            .map(|(row, _)| format!("{row} |"))
            .collect();
        assert_eq!(documented, rows());
    }

    #[test]
    fn codes_are_the_names_of_the_causes() {
        for cause in CAUSES {
            assert_eq!(
                serde_json::to_value(cause).unwrap(),
                serde_json::json!(appearance(cause).code)
            );
        }
    }

    #[test]
    fn a_code_leads_to_its_exit() {
        for (code, exit) in [
            ("denied", 3),
            ("conflict", 4),
            ("redfish-timeout", 5),
            ("deferred", 6),
            ("invalid-enrollment", 7),
            ("hook-failed", 7),
            ("not-found", 9),
            ("never-heard-of", 70),
        ] {
            assert_eq!(exit_of(code), exit, "{code}");
        }
    }
}
