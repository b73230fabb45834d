//! What is not here, with a sentence that says so.

use axum::http::{Method, Uri};

use super::causes::METHOD_NOT_ALLOWED;
use super::problem::Refusal;

/// Paths of the original Valence that lead nowhere here. A path is the longest
/// of these that it begins with.
const ONCE: [(&str, &str); 10] = [
    ("/v1/devices", POOLED),
    (
        "/v1/storages",
        "storage is attached by pod managers, not here",
    ),
    ("/v1/expether", POOLED),
    ("/Chassis", NOT_PASSED_ON),
    ("/Services", NOT_PASSED_ON),
    ("/Managers", NOT_PASSED_ON),
    ("/Systems", NOT_PASSED_ON),
    ("/EventService", NOT_PASSED_ON),
    ("/Nodes", NOT_PASSED_ON),
    ("/EthernetSwitches", NOT_PASSED_ON),
];

const POOLED: &str = "pooled devices (ExpEther) are not supported";
const NOT_PASSED_ON: &str =
    "requests are not passed on to pod managers; ask the pod manager itself";

/// No route leads there.
pub(super) async fn route(uri: Uri) -> Refusal {
    let path = uri.path();
    let known = ONCE.iter().find(|(prefix, _)| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let sentence = known.map_or("`/v1` lists what there is", |(_, sentence)| sentence);
    Refusal::not_found(format!(
        "there is no `{}`: {sentence}",
        crate::text::tame(path, 200)
    ))
}

/// A route leads there, but not with this method.
pub(super) async fn method(method: Method, uri: Uri) -> Refusal {
    let path = uri.path().trim_end_matches('/');
    let advice = match (method.as_str(), path) {
        ("GET", register) if register.ends_with("/register") => {
            "; POST registers the node and DELETE deregisters it"
        }
        (_, _) if path.starts_with("/v1/systems") || path.starts_with("/v1/racks") => {
            "; systems and racks are read from their pod managers, and changed there"
        }
        _ => "; the header `Allow` names the methods that it has",
    };
    Refusal::of_http(
        METHOD_NOT_ALLOWED,
        format!(
            "`{}` has no method {}{advice}",
            crate::text::tame(path, 200),
            crate::text::tame(method.as_str(), 20)
        ),
    )
}
