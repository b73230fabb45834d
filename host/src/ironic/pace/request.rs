//! What the pace sees of a request.

use super::Ended;
use crate::ironic::error::{IronicError, IronicErrorKind as Kind};

/// What a request tells about how much Ironic can take. None: nothing, since it never
/// got there, or the way back broke.
pub(super) fn ended(error: Option<&IronicError>) -> Option<Ended> {
    let Some(error) = error else {
        return Some(Ended::Answered);
    };
    match error.kind {
        Kind::Unavailable | Kind::TimedOut => Some(Ended::Overloaded),
        Kind::Refused | Kind::NotFound | Kind::Conflict => Some(Ended::Answered),
        // A lock is waited for, which says nothing about the pace.
        _ => None,
    }
}

/// Which requests take about the same: `PUT nodes traits` of
/// `PUT /v1/nodes/UUID/traits`.
pub(in crate::ironic) fn kind(name: &str) -> String {
    let (method, path) = name.split_once(' ').unwrap_or((name, ""));
    let mut segments = path.trim_start_matches("/v1").split('/').skip(1);
    let (what, of) = (segments.next(), segments.nth(1));
    let words = [Some(method), what, of].into_iter().flatten();
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ironic_had_too_much_of_is_told_from_what_it_refuses() {
        for (kind, expected) in [
            (Kind::Unavailable, Some(Ended::Overloaded)),
            (Kind::TimedOut, Some(Ended::Overloaded)),
            (Kind::Refused, Some(Ended::Answered)),
            (Kind::NotFound, Some(Ended::Answered)),
            (Kind::Locked, None),
            (Kind::Unreachable, None),
            (Kind::Transport, None),
        ] {
            let error = IronicError::new(kind, "text");
            assert_eq!(ended(Some(&error)), expected, "{kind:?}");
        }
        assert_eq!(ended(None), Some(Ended::Answered));
    }

    #[test]
    fn requests_of_a_kind_differ_in_what_they_are_about_only() {
        for (name, expected) in [
            ("GET /", "GET "),
            ("GET /v1/nodes", "GET nodes"),
            ("GET /v1/nodes/5d2e7c2c", "GET nodes"),
            ("PUT /v1/nodes/5d2e7c2c/traits", "PUT nodes traits"),
            (
                "PUT /v1/nodes/5d2e7c2c/states/provision",
                "PUT nodes states",
            ),
        ] {
            assert_eq!(kind(name), expected);
        }
    }
}
