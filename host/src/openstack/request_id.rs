//! The ids that requests go by in every service of OpenStack: `req-<uuid>`.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The id of a request: our own, or the one that a caller gave to all that belongs
/// to an undertaking of its own, its *global* one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(Uuid);

/// It does not look like one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRequestId;

tokio::task_local! {
    static CURRENT: RequestId;
}

impl RequestId {
    /// A new one.
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }

    /// The one that goes by `uuid`.
    pub fn of(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

impl FromStr for RequestId {
    type Err = NoRequestId;

    /// Exactly as they are written: it goes into logs, ours and others'.
    fn from_str(text: &str) -> Result<Self, NoRequestId> {
        let uuid = text.strip_prefix("req-").ok_or(NoRequestId)?;
        if uuid.len() != uuid::fmt::Hyphenated::LENGTH {
            return Err(NoRequestId);
        }
        Uuid::try_parse(uuid).map(Self).map_err(|_| NoRequestId)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "req-{}", self.0)
    }
}

/// `work`, which is part of the request `id`: what it asks other services goes by
/// that id there. A task that it starts is none of it, unless it says so too.
pub fn in_request<T>(id: RequestId, work: T) -> impl Future<Output = T::Output>
where
    T: Future,
{
    CURRENT.scope(id, work)
}

/// The request that this is part of, if it is part of one.
pub fn current_request() -> Option<RequestId> {
    CURRENT.try_get().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_one_is_one() {
        let id = "req-9f3d2a8e-4b1c-4d5e-8f60-718293a4b5c6";
        assert_eq!(id.parse::<RequestId>().unwrap().to_string(), id);
        for other in [
            "",
            "req-",
            "9f3d2a8e-4b1c-4d5e-8f60-718293a4b5c6",
            "req-9f3d2a8e4b1c4d5e8f60718293a4b5c6",
            "req-{9f3d2a8e-4b1c-4d5e-8f60-718293a4b5}",
            "req-9f3d2a8e-4b1c-4d5e-8f60-718293a4b5c6 ",
            "req-9f3d2a8e-4b1c-4d5e-8f60-718293a4b5c6\nreq-1",
        ] {
            assert_eq!(other.parse::<RequestId>(), Err(NoRequestId), "{other}");
        }
    }

    #[tokio::test]
    async fn it_is_known_within_and_nowhere_else() {
        let id = RequestId::new();
        assert_eq!(in_request(id, async { current_request() }).await, Some(id));
        assert_eq!(current_request(), None);
    }
}
