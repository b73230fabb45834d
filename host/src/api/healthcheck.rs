//! `/healthcheck`: whether this process serves, as oslo.middleware's says it.

use axum::Json;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

/// The forms it has, and no other: the first that the caller names.
const FORMS: [&str; 3] = ["text/plain", "text/html", "application/json"];

use super::shapes::common as shape;

/// `GET /healthcheck`. It asks neither Ironic nor a pod manager: that one of
/// them is away is no reason to restart this process.
#[utoipa::path(
    get,
    path = "/healthcheck",
    tag = "operation",
    responses(
        (
            status = OK,
            description = "It serves.",
            content(
                (String = "text/plain"),
                (String = "text/html"),
                (shape::Health = "application/json"),
            ),
        ),
        shape::Refused
    )
)]
pub(super) async fn show(headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    match form(accepted.unwrap_or_default()) {
        "application/json" => Json(json!({"detailed": false, "reasons": ["OK"]})).into_response(),
        "text/html" => {
            let page = "<HTML><HEAD><TITLE>Healthcheck Status</TITLE></HEAD><BODY>OK</BODY></HTML>";
            Html(page).into_response()
        }
        _ => "OK".into_response(),
    }
}

/// `HEAD /healthcheck`.
#[utoipa::path(
    head,
    path = "/healthcheck",
    tag = "operation",
    operation_id = "healthcheck_head",
    responses((status = NO_CONTENT, description = "It serves."), shape::Refused)
)]
pub(super) async fn head() -> StatusCode {
    StatusCode::NO_CONTENT
}

fn form(accepted: &str) -> &'static str {
    let names = accepted.split(',').map(|range| range.split(';').next());
    let mut named = names.filter_map(|name| {
        let name = name.unwrap_or_default().trim();
        FORMS
            .into_iter()
            .find(|form| form.eq_ignore_ascii_case(name))
    });
    named.next().unwrap_or("text/plain")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_it_has_is_taken_and_text_else() {
        for (accepted, expected) in [
            ("", "text/plain"),
            ("*/*", "text/plain"),
            ("application/json", "application/json"),
            ("image/png, Application/JSON;q=0.9", "application/json"),
            ("text/html,application/json", "text/html"),
        ] {
            assert_eq!(form(accepted), expected, "{accepted}");
        }
    }
}
