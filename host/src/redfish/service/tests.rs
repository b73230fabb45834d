//! A service that misbehaves, and what reading it comes to.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::redfish::{ReadError, ReadLimits, ResourcePath, Snapshot, Source as _};
use crate::secret::{Credentials, Secret};

mod idle;
mod login;
mod tasks;
mod thrift;

/// `admin` and `canary`, by Basic authentication.
const BASIC: &str = "Basic YWRtaW46Y2FuYXJ5";

/// A request as the service saw it.
#[derive(Clone, Debug)]
struct Seen {
    line: String,
    headers: HeaderMap,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

/// A service on loopback that answers as it is told, and remembers.
struct Bmc {
    url: url::Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Bmc {
    async fn answering(
        answer: impl Fn(&str, &HeaderMap) -> Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let router = axum::Router::new().fallback(move |request: Request| {
            let line = format!("{} {}", request.method(), request.uri());
            log.lock().unwrap().push(Seen {
                line: line.clone(),
                headers: request.headers().clone(),
            });
            let response = answer(&line, request.headers());
            async move { response }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url: url.parse().unwrap(),
            seen,
        }
    }

    fn settings(&self) -> ServiceSettings {
        ServiceSettings {
            timeout: Duration::from_millis(500),
            ..ServiceSettings::new(self.url.clone())
        }
    }

    fn service(&self) -> Service {
        Service::new(self.settings()).unwrap()
    }

    fn service_with_password(&self) -> Service {
        Service::new(ServiceSettings {
            credentials: Some(Credentials {
                username: "admin".into(),
                password: Secret::new("canary"),
            }),
            ..self.settings()
        })
        .unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

fn system() -> ResourcePath {
    "/redfish/v1/Systems/1".parse().unwrap()
}

fn json_of(body: Value) -> Response {
    Json(body).into_response()
}

fn root_with_sessions() -> Response {
    json_of(json!({"Links": {"Sessions": {"@odata.id": "/redfish/v1/SessionService/Sessions"}}}))
}

fn session(token: &'static str) -> Response {
    let location = "/redfish/v1/SessionService/Sessions/1";
    let headers = [("x-auth-token", token), ("location", location)];
    (StatusCode::CREATED, headers, Json(json!({}))).into_response()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn the_root_is_read_whichever_way_it_is_spelt() {
    for (right, wrong) in [
        ("GET /redfish/v1", StatusCode::NOT_FOUND),
        ("GET /redfish/v1/", StatusCode::NOT_FOUND),
        ("GET /redfish/v1", StatusCode::MOVED_PERMANENTLY),
    ] {
        let bmc = Bmc::answering(move |line, _| {
            if line == right {
                json_of(json!({"Id": "RootService"}))
            } else {
                (wrong, [("location", "/redfish/v1")]).into_response()
            }
        })
        .await;
        let root = bmc.service().fetch(&ResourcePath::root()).await.unwrap();
        assert_eq!(root["Id"], "RootService", "{right}");
    }
}

#[tokio::test]
async fn statuses_are_told_apart() {
    for (status, expected) in [
        (404, "Absent"),
        (401, "Refused"),
        (403, "Refused"),
        (500, "Broken"),
        (405, "Broken"),
        (503, "Unavailable"),
    ] {
        let bmc =
            Bmc::answering(move |_, _| StatusCode::from_u16(status).unwrap().into_response()).await;
        let error = bmc.service().fetch(&system()).await.unwrap_err();
        assert!(
            format!("{error:?}").starts_with(expected),
            "{status}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_and_its_target_learns_nothing() {
    let other = Bmc::answering(|_, _| json_of(json!({"Id": "1"}))).await;
    let target = other.url.join("/redfish/v1/Systems/1").unwrap().to_string();
    let bmc = Bmc::answering(move |line, _| match line {
        "GET /redfish/v1/" => json_of(json!({})),
        _ => (StatusCode::FOUND, [("location", target.as_str())]).into_response(),
    })
    .await;
    let error = bmc
        .service_with_password()
        .fetch(&system())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("redirects"), "{error}");
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn links_to_other_hosts_are_refused_before_anything_is_sent() {
    let other = Bmc::answering(|_, _| json_of(json!({}))).await;
    for link in [
        format!("{}redfish/v1/Systems/1", other.url),
        format!(
            "//127.0.0.1:{}/redfish/v1/Systems/1",
            other.url.port().unwrap()
        ),
    ] {
        let listed = json!({"Members": [{"@odata.id": link}]});
        let bmc = Bmc::answering(move |_, _| json_of(listed.clone())).await;
        let snapshot = Snapshot::new(Arc::new(bmc.service_with_password()), ReadLimits::default());
        let error = snapshot
            .members(&"/redfish/v1/Systems".parse().unwrap())
            .await;
        assert!(matches!(error, Err(ReadError::BadLink { .. })), "{error:?}");
    }
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn compressed_documents_are_read_and_bombs_are_not() {
    let small = gzip(br#"{"Id": "1"}"#);
    let bomb = gzip(&vec![b' '; 16 << 20]);
    let bmc = Bmc::answering(move |line, _| {
        let body = if line.ends_with("/1") { &small } else { &bomb };
        ([(header::CONTENT_ENCODING, "gzip")], body.clone()).into_response()
    })
    .await;
    let service = Service::new(ServiceSettings {
        timeout: Duration::from_secs(10),
        ..bmc.settings()
    })
    .unwrap();
    assert_eq!(service.fetch(&system()).await.unwrap()["Id"], "1");
    let bomb = "/redfish/v1/Systems/2".parse().unwrap();
    let error = service.fetch(&bomb).await.unwrap_err();
    assert!(matches!(error, ReadError::TooMuch { .. }), "{error:?}");
}

#[tokio::test]
async fn a_document_over_the_limit_is_too_much() {
    let bmc = Bmc::answering(|_, _| json_of(json!({"Id": "x".repeat(2000)}))).await;
    let service = Service::new(ServiceSettings {
        max_document: 1000,
        ..bmc.settings()
    })
    .unwrap();
    let error = service.fetch(&system()).await.unwrap_err();
    assert!(matches!(error, ReadError::TooMuch { .. }), "{error:?}");
}

#[tokio::test]
async fn garbage_is_malformed() {
    for body in ["", "<html>", "[1]", "{\"Id\": 1"] {
        let bmc = Bmc::answering(move |_, _| body.into_response()).await;
        let error = bmc.service().fetch(&system()).await.unwrap_err();
        assert!(
            matches!(error, ReadError::Malformed { .. }),
            "{body}: {error:?}"
        );
    }
}

/// A listener that does with each connection, counted from 0, what `serve` says.
async fn raw<F: Future<Output = ()> + Send>(
    serve: impl Fn(usize, tokio::net::TcpStream) -> F + Send + 'static,
) -> Service {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for count in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            serve(count, stream).await;
        }
    });
    Service::new(ServiceSettings {
        timeout: Duration::from_millis(300),
        ..ServiceSettings::new(url.parse().unwrap())
    })
    .unwrap()
}

#[tokio::test]
async fn an_answer_that_never_ends_is_timed_out() {
    for beginning in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let service = raw(move |_, mut stream| async move {
            stream.write_all(beginning.as_bytes()).await.unwrap();
            // One byte every so often does not keep the read alive.
            for _ in 0..50 {
                tokio::time::sleep(Duration::from_millis(50)).await;
                if !beginning.is_empty() && stream.write_all(b" ").await.is_err() {
                    break;
                }
            }
        })
        .await;
        let started = Instant::now();
        let error = service.fetch(&system()).await.unwrap_err();
        assert!(matches!(error, ReadError::TimedOut { .. }), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(2));
    }
}

#[tokio::test]
async fn a_broken_connection_is_tried_once_more() {
    const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    for broken in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let service = raw(move |count, mut stream| async move {
            let answer = if count == 0 { broken } else { WHOLE };
            stream.write_all(answer.as_bytes()).await.unwrap();
        })
        .await;
        assert_eq!(
            service.fetch(&system()).await.unwrap(),
            json!({}),
            "{broken}"
        );
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let service = Service::new(ServiceSettings::new(url.parse().unwrap())).unwrap();
    let error = service.fetch(&system()).await.unwrap_err().to_string();
    assert!(
        error.contains("refused") && !error.contains("http"),
        "{error}"
    );
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let under_way = Arc::new(Mutex::new((0, 0)));
    let count = Arc::clone(&under_way);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(move || {
        let count = Arc::clone(&count);
        async move {
            {
                let mut count = count.lock().unwrap();
                count.0 += 1;
                count.1 = count.1.max(count.0);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            count.lock().unwrap().0 -= 1;
            Body::from("{}")
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let service = Service::new(ServiceSettings {
        concurrency: 2,
        ..ServiceSettings::new(url.parse().unwrap())
    })
    .unwrap();
    let snapshot = Snapshot::new(Arc::new(service), ReadLimits::default());
    snapshot
        .prefetch((0..8).map(|n| format!("/redfish/v1/Systems/{n}").parse().unwrap()))
        .await;
    assert_eq!(under_way.lock().unwrap().1, 2);
}
