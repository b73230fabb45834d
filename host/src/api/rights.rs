//! Which role each route takes. What is not named here takes a reader to look at and
//! an administrator to change, so that a new route is locked until somebody says
//! otherwise. docs/api.md prints it; a test holds the two together.

use axum::http::Method;

use crate::access::Role;

/// What everybody may look at: it says nothing about the site.
const EVERYBODY: [&str; 5] = ["/", "/v1", "/v1/openapi.json", "/healthcheck", "/readyz"];

/// What of it shows readers more.
const MORE: &str = "/readyz";

/// What everybody may look at too where the site says so.
const METRICS: &str = "/metrics";

/// The changes that a manager may make.
const MANAGERS: [(Method, &str); 12] = [
    (Method::POST, "/v1/nodes"),
    (Method::PATCH, "/v1/nodes/{id}"),
    (Method::POST, "/v1/nodes/{id}/action"),
    (Method::POST, "/v1/nodes/manage"),
    (Method::DELETE, "/v1/nodes/{id}"),
    (Method::POST, "/v1/nodes/{id}/register"),
    (Method::DELETE, "/v1/nodes/{id}/register"),
    (Method::POST, "/v1/node/{id}/register"),
    (Method::DELETE, "/v1/node/{id}/register"),
    (Method::POST, "/v1/registrations"),
    (Method::POST, "/v1/registrations/{id}/resume"),
    (Method::POST, "/v1/registrations/{id}/stop"),
];

/// The role that `method` takes on the route `path`, which is none where nothing is.
/// No role: everybody may.
pub(super) fn needed(method: &Method, path: Option<&str>, open_metrics: bool) -> Option<Role> {
    let looks = matches!(*method, Method::GET | Method::HEAD);
    let Some(path) = path else {
        // There is nothing to change.
        return Some(Role::Reader);
    };
    let path = match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    if looks {
        let is_open = EVERYBODY.contains(&path) || open_metrics && path == METRICS;
        return (!is_open).then_some(Role::Reader);
    }
    let managers = MANAGERS.iter();
    let mut managers = managers.filter(|(other, route)| other == method && *route == path);
    Some(match managers.next() {
        Some(_) => Role::Manager,
        None => Role::Admin,
    })
}

/// Whether the route `path`, which everybody may look at, shows readers more.
pub(super) fn shows_more(path: Option<&str>) -> bool {
    path.is_some_and(|path| path.trim_end_matches('/') == MORE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_that_is_named_is_there() {
        let document = crate::api::document();
        let is_there = |method: &str, path: &str| document["paths"][path][method].is_object();
        for path in EVERYBODY.into_iter().chain([METRICS]) {
            assert!(is_there("get", path), "{path}");
        }
        for (method, path) in &MANAGERS {
            let method = method.as_str().to_lowercase();
            assert!(is_there(&method, path), "{method} {path}");
        }
    }

    #[test]
    fn what_shows_readers_more_is_for_everybody() {
        assert!(EVERYBODY.contains(&MORE));
        assert!(shows_more(Some("/readyz")) && !shows_more(Some("/healthcheck")));
    }

    #[test]
    fn what_is_not_named_is_locked() {
        for (method, path, role) in [
            (Method::GET, Some("/"), None),
            (Method::HEAD, Some("/healthcheck/"), None),
            (Method::POST, Some("/"), Some(Role::Admin)),
            (Method::GET, Some("/v1/nodes"), Some(Role::Reader)),
            (Method::GET, None, Some(Role::Reader)),
            (Method::POST, Some("/v1/nodes/manage/"), Some(Role::Manager)),
            (Method::PUT, Some("/v1/nodes/manage"), Some(Role::Admin)),
            (Method::POST, Some("/v1/pod_managers"), Some(Role::Admin)),
            (Method::POST, Some("/v1/something/new"), Some(Role::Admin)),
        ] {
            assert_eq!(needed(&method, path, false), role, "{method} {path:?}");
            assert_eq!(needed(&method, path, true), role, "{method} {path:?}");
        }
        let metrics = |open| needed(&Method::GET, Some("/metrics"), open);
        assert_eq!((metrics(false), metrics(true)), (Some(Role::Reader), None));
    }
}
