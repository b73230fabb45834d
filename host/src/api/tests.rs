//! The API from outside, as far as it does not depend on what lies below.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::access::{Door, DoorSettings, Lock};
use crate::enrollment::Object;

use super::body::{BodyLimits, JsonObject};
use super::envelope::Entrance;
use super::fields::Fields;
use super::list::{Asked, BY_UUID, Shape};
use super::problem::Refusal;
use super::router::{dressed, stateless};

const LIST: Shape = Shape {
    path: "/letters",
    fields: &["uuid", "name", "size"],
    brief: &["uuid", "name"],
    filters: &["name", "size"],
    key: BY_UUID,
};

async fn letters(asked: Asked) -> Result<axum::response::Response, Refusal> {
    let record = |(uuid, name, size)| {
        let mut record = Object::new();
        record.insert("uuid".into(), json!(uuid));
        record.insert("name".into(), json!(name));
        record.insert("size".into(), json!(size));
        record
    };
    let all = [("1", "a", "big"), ("2", "b", "small"), ("3", "c", "big")];
    asked.of(&LIST)?.page(all.map(record))
}

async fn greet(JsonObject(body): JsonObject) -> Result<Json<Value>, Refusal> {
    let mut fields = Fields::of_body(body, &["name", "title"])?;
    Ok(Json(json!(fields.text("name")?)))
}

async fn fall() {
    panic!("as a test wants it");
}

/// As by default: everybody on this machine may do everything.
fn entrance() -> Entrance {
    let door = Door::new(DoorSettings {
        lock: Lock::None,
        open: false,
        requests_per_second: 1000,
    });
    Entrance {
        door: Arc::new(door),
        proxies: Arc::default(),
        limits: BodyLimits::default(),
        is_https: false,
        open_metrics: false,
    }
}

fn api() -> Router {
    let (routes, _) = stateless().split_for_parts();
    dressed(
        routes
            .route("/letters", get(letters))
            .route("/greet", post(greet))
            .route("/fall", get(fall)),
        entrance(),
    )
}

async fn send(request: Request<Body>) -> (Response<()>, Value) {
    let response = api().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    (Response::from_parts(parts, ()), body)
}

fn request(method: &str, path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:8181")
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

async fn ask(path: &str) -> (Response<()>, Value) {
    send(request("GET", path, "")).await
}

async fn refused(request: Request<Body>, status: u16) -> String {
    let (response, body) = send(request).await;
    assert_eq!(response.status().as_u16(), status, "{body}");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(body["status"], status);
    body["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_root_is_valences() {
    let (response, body) = ask("/").await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        body,
        json!({
            "name": "OpenStack Valence API",
            "description": "Valence is an OpenStack project",
            "versions": [{
                "id": "v1",
                "links": [{"href": "http://127.0.0.1:8181/v1/", "rel": "self"}],
                "min_version": "",
                "status": "CURRENT",
            }],
        })
    );
}

#[tokio::test]
async fn a_slash_at_the_end_and_a_body_of_a_get_make_no_difference() {
    let (_, with) = ask("/v1/").await;
    let (_, without) = send(request("GET", "/v1", "{}")).await;
    assert_eq!(with, without);
    assert_eq!(with["nodes"][0]["href"], "http://127.0.0.1:8181/v1/nodes/");
    assert_eq!(with["media_types"][0]["base"], "application/json");
}

#[tokio::test]
async fn a_route_that_is_not_there_is_told_in_a_problem() {
    let (response, mut body) = ask("/v1/devices/4").await;
    assert_eq!(response.status(), 404);
    body["request_id"] = json!("[id]");
    insta::assert_json_snapshot!(body, @r#"
    {
      "code": "not-found",
      "detail": "there is no `/v1/devices/4`: pooled devices (ExpEther) are not supported",
      "instance": "/v1/devices/4",
      "request_id": "[id]",
      "status": 404,
      "title": "Resource could not be found",
      "type": "urn:valence:problem:not-found"
    }
    "#);
    for path in ["/Systems/1", "/v1/flavors", "/v1/racks/", "/nonsense"] {
        refused(request("GET", path, ""), 404).await;
    }
}

#[tokio::test]
async fn a_method_that_is_not_there_is_told_with_those_that_are() {
    let (response, body) = send(request("PUT", "/v1", "")).await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    assert_eq!(body["code"], "method-not-allowed");
    assert_eq!(body["status"], 405);
}

#[tokio::test]
async fn head_has_no_body() {
    for path in ["/v1", "/v1/devices"] {
        let (response, body) = send(request("HEAD", path, "")).await;
        assert!(response.status() == 200 || response.status() == 404);
        assert_eq!(body, Value::Null);
        assert_ne!(response.headers()["content-length"], "0");
    }
}

#[tokio::test]
async fn every_request_has_an_id_of_its_own_whatever_the_caller_says() {
    let given = "req-9f3d2a8e-4b1c-4d5e-8f60-718293a4b5c6";
    for header in [given, "req-forged\"", "nothing"] {
        let mut request = request("GET", "/nowhere", "");
        request
            .headers_mut()
            .insert("x-openstack-request-id", header.parse().unwrap());
        let (response, body) = send(request).await;
        let id = response.headers()["x-openstack-request-id"]
            .to_str()
            .unwrap();
        assert_eq!(body["request_id"], id);
        assert_ne!(id, header);
        assert!(uuid::Uuid::parse_str(id.strip_prefix("req-").unwrap()).is_ok());
    }
}

#[tokio::test]
async fn a_panic_is_one_requests_own() {
    let (response, body) = ask("/fall").await;
    assert_eq!(response.status(), 500);
    assert_eq!(body["code"], "internal");
    assert!(!body.to_string().contains("as a test wants it"));
}

#[tokio::test]
async fn bodies_are_refused_with_what_is_wrong_and_where() {
    for (body, sentence) in [
        ("[1]", "the body is to be a JSON object, not a list"),
        ("", "`name` is missing"),
        (r#"{"name": 1}"#, "`name` is to be text, not a number"),
        (r#"{"name": ""}"#, "`name` is to be text, not empty"),
        (
            r#"{"nmae": "a"}"#,
            "unknown field `nmae`: did you mean `name`?",
        ),
        (
            r#"{"colour": 1}"#,
            "unknown field `colour`: there are `name`, `title`",
        ),
    ] {
        assert_eq!(
            refused(request("POST", "/greet", body), 400).await,
            sentence
        );
    }
    let broken = refused(request("POST", "/greet", "{\"name\":\n 'a'}"), 400).await;
    assert!(broken.contains("line 2 column 2"), "{broken}");
    let deep = format!("{{\"name\": {}", "[".repeat(100_000));
    let deep = refused(request("POST", "/greet", deep), 400).await;
    assert!(deep.contains("recursion limit"), "{deep}");
    let twice = refused(request("POST", "/greet", "{} {}"), 400).await;
    assert!(twice.contains("trailing characters"), "{twice}");
}

#[tokio::test]
async fn a_body_may_not_be_too_large_nor_of_another_type() {
    let large = format!("{{\"name\": \"{}\"}}", "a".repeat(1 << 20));
    let sentence = refused(request("POST", "/greet", large), 400).await;
    assert_eq!(
        sentence,
        "the body is larger than 1024 KiB, which is `body` of `[server.limits]`"
    );
    let mut form = request("POST", "/greet", "{}");
    form.headers_mut()
        .insert("content-type", "text/plain".parse().unwrap());
    assert!(refused(form, 400).await.contains("application/json"));
}

#[tokio::test]
async fn other_sites_in_a_browser_are_kept_out() {
    let mut other = request("POST", "/greet", r#"{"name": "a"}"#);
    other
        .headers_mut()
        .insert("origin", "https://evil.example".parse().unwrap());
    refused(other, 403).await;
    let mut own = request("POST", "/greet", r#"{"name": "a"}"#);
    own.headers_mut()
        .insert("origin", "http://127.0.0.1:8181".parse().unwrap());
    assert_eq!(send(own).await.0.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_name_that_was_made_to_lead_here_is_refused() {
    let mut rebound = request("POST", "/greet", r#"{"name": "a"}"#);
    let headers = rebound.headers_mut();
    headers.insert("host", "evil.example:8181".parse().unwrap());
    headers.insert("origin", "http://evil.example:8181".parse().unwrap());
    let sentence = refused(rebound, 403).await;
    assert!(sentence.contains("`Host` names neither"), "{sentence}");
    let mut old = request("POST", "/greet", r#"{"name": "a"}"#);
    old.headers_mut().remove("host");
    assert_eq!(send(old).await.0.status(), StatusCode::OK);
}

#[tokio::test]
async fn lists_are_bare_arrays_that_filter_sort_and_page() {
    for (query, names) in [
        ("", vec!["a", "b", "c"]),
        ("?size=big", vec!["a", "c"]),
        ("?size=big&name=c", vec!["c"]),
        ("?sort_key=name&sort_dir=desc", vec!["c", "b", "a"]),
        ("?sort_key=size", vec!["a", "c", "b"]),
        ("?limit=2", vec!["a", "b"]),
        ("?limit=2&marker=2", vec!["c"]),
        ("?marker=3", vec![]),
    ] {
        let (response, body) = ask(&format!("/letters{query}")).await;
        assert_eq!(response.status(), 200, "{query}");
        let found: Vec<_> = body
            .as_array()
            .unwrap()
            .iter()
            .map(|r| &r["name"])
            .collect();
        assert_eq!(found, names, "{query}");
    }
}

#[tokio::test]
async fn the_next_page_is_linked_and_keeps_the_question() {
    let (response, _) = ask("/letters?limit=1&size=big&marker=").await;
    assert_eq!(response.status(), 400);
    let (response, _) = ask("/letters?limit=1&size=big").await;
    assert_eq!(
        response.headers()["link"],
        "<http://127.0.0.1:8181/letters?limit=1&size=big&marker=1>; rel=\"next\""
    );
    let (response, _) = ask("/letters?limit=1&size=big&marker=1").await;
    assert!(!response.headers().contains_key("link"));
}

#[tokio::test]
async fn fields_of_a_list_can_be_chosen() {
    let (_, body) = ask("/letters?limit=1").await;
    assert_eq!(body, json!([{"uuid": "1", "name": "a"}]));
    let (_, body) = ask("/letters?limit=1&detail=true").await;
    assert_eq!(body, json!([{"uuid": "1", "name": "a", "size": "big"}]));
    let (_, body) = ask("/letters?limit=1&fields=size,name").await;
    assert_eq!(body, json!([{"name": "a", "size": "big"}]));
}

#[tokio::test]
async fn what_a_list_does_not_understand_is_refused() {
    for (query, sentence) in [
        ("?sise=big", "unknown option `sise`: did you mean `size`?"),
        ("?limit=0", "`limit` is to be a number above 0, not `0`"),
        ("?limit=-1", "`limit` is to be a number above 0, not `-1`"),
        (
            "?sort_dir=up",
            "`sort_dir` is to be `asc` or `desc`, not `up`",
        ),
        (
            "?name=a&name=b",
            "the option `name` is given more than once",
        ),
        (
            "?detail=perhaps",
            "`detail` is to be `true` or `false`, not `perhaps`",
        ),
    ] {
        let path = format!("/letters{query}");
        assert_eq!(refused(request("GET", &path, ""), 400).await, sentence);
    }
}
