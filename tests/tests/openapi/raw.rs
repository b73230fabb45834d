//! Bytes that no client would send, straight into the connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::*;

/// One case: what it is, and its bytes.
struct Case {
    name: String,
    bytes: Vec<u8>,
}

/// So many at a time.
const AT_ONCE: usize = 32;

/// A connection that is still open by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn case(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Case {
    Case {
        name: name.into(),
        bytes: bytes.into(),
    }
}

/// Requests that are not framed as requests are.
fn framings() -> Vec<Case> {
    let lines = [
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /\r\n\r\n",
        "GET\r\n\r\n",
        "GET  /  HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "get / http/1.1\r\nhost: localhost\r\n\r\n",
        "\r\n\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\nConnection: close\r\n\r\n",
        "GET http://evil.example/v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET http://user:password@localhost/v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET //evil.example/v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
        "GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
        "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /v1/nodes#fragment HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}",
    ];
    let mut cases: Vec<_> = lines
        .iter()
        .map(|line| case(format!("{line:?}"), *line))
        .collect();
    let head = "POST /v1/nodes/manage HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n";
    for more in [
        "Content-Length: -1\r\n\r\n{}",
        "Content-Length: +2\r\n\r\n{}",
        "Content-Length: 0x2\r\n\r\n{}",
        "Content-Length: 99999999999999999999999\r\n\r\n{}",
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "Content-Length: 2, 2\r\n\r\n{}",
        "Content-Length: 9223372036854775807\r\n\r\n{}",
        "Content-Length: 2097152\r\n\r\n{}",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nX: trailer\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
        "Transfer-Encoding: gzip\r\n\r\n{}",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        "Expect: something\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        cases.push(case(format!("{more:?}"), format!("{head}{more}")));
    }
    for size in [9_000, 70_000, 1_000_000] {
        let long = "x".repeat(size);
        cases.push(case(
            format!("a path of {size}"),
            format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        ));
        cases.push(case(
            format!("a header of {size}"),
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: {long}\r\n\r\n"),
        ));
        cases.push(case(
            format!("a method of {size}"),
            format!("{long} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        ));
        cases.push(case(format!("a token of {size}"), format!("GET /v1/nodes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Auth-Token: {long}\r\nAuthorization: Basic {long}\r\n\r\n")));
    }
    for count in [99, 200, 5_000] {
        let headers: String = (0..count).map(|n| format!("X-{n}: {n}\r\n")).collect();
        cases.push(case(
            format!("{count} headers"),
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"),
        ));
    }
    for byte in [0x00, 0x0a, 0x7f, 0x80, 0xff_u8] {
        for place in 0..6 {
            let mut bytes =
                b"GET /v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec();
            bytes[place * 8] = byte;
            cases.push(case(format!("{byte:#x} at {}", place * 8), bytes));
        }
    }
    cases
}

/// Bodies that are not what a body is to be.
fn bodies() -> Vec<(String, Vec<u8>)> {
    let deep = 100_000;
    let texts = [
        "",
        " ",
        "null",
        "true",
        "0",
        "\"text\"",
        "[]",
        "[1]",
        "{",
        "}",
        "{}}",
        "{} {}",
        "{\"a\"}",
        "{\"a\":}",
        "{'a': 1}",
        "{\"a\": 1,}",
        "{\"a\": 1e999}",
        "{\"a\": -0.0}",
        "{\"a\": 123456789012345678901234567890}",
        "{\"a\": NaN}",
        "{\"a\": \"\\ud800\"}",
        "{\"a\": \"\\u0000\"}",
        "{\"\\u0000\": {}}",
        "{\"a\": 1, \"a\": 2}",
        "{\"name\": null}",
        "{\"name\": {\"name\": []}}",
        "{\"name\": 1, \"nodes\": {}, \"podm_id\": [], \"url\": 7}",
        "{\"nodes\": [1, null, {}]}",
        "{\"all\": \"yes\"}",
        "{\"authentication\": {\"type\": 1}}",
        "{\"authentication\": [[], {}]}",
        "{\"driver_info\": []}",
        "{\"driver_info\": {\"redfish_password\": {}}}",
        "{\"traits\": {}}",
        "{\"ports\": [[]]}",
        "{\"uuid\": \"x\"}",
        "{\"properties\": {\"a\": {\"b\": {\"c\": [{}]}}}}",
    ];
    let mut all: Vec<_> = texts
        .iter()
        .map(|text| (format!("{text:?}"), text.as_bytes().to_vec()))
        .collect();
    all.push((format!("{deep} lists deep"), "[".repeat(deep).into_bytes()));
    all.push((
        format!("{deep} objects deep"),
        "{\"a\":".repeat(deep).into_bytes(),
    ));
    let closed = format!("{{\"name\": {}{}}}", "[".repeat(120), "]".repeat(120));
    all.push(("120 lists deep, closed".into(), closed.into_bytes()));
    all.push((
        "no UTF-8".into(),
        b"{\"name\": \"\xff\xfe\xc0\x80\"}".to_vec(),
    ));
    all.push((
        "UTF-16".into(),
        "{}".encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ));
    all.push(("a mark before it".into(), b"\xef\xbb\xbf{}".to_vec()));
    all.push(("bytes".into(), (0..=255).collect()));
    all.push((
        "a megabyte of name".into(),
        format!("{{\"name\": \"{}\"}}", "x".repeat((1 << 20) - 20)).into_bytes(),
    ));
    all.push(("100,000 keys".into(), {
        let keys: Vec<_> = (0..100_000).map(|n| format!("\"{n}\":0")).collect();
        format!("{{{}}}", keys.join(",")).into_bytes()
    }));
    all
}

const QUERIES: [&str; 10] = [
    "limit=-1",
    "limit=99999999999999999999999",
    "limit=1&limit=2",
    "marker=%00",
    "sort_key=%ff",
    "fields=,,,",
    "detail=perhaps&fields=uuid",
    "x=%&y=%zz&=&&&",
    "uuid=%E2%80%AE&name=%0d%0a",
    "dry_run=1&wait=99999999999999999999&target=%00",
];

const IDS: [&str; 8] = [
    "%00",
    "%ff",
    "%2F",
    "%2e%2e",
    "%F0%9F%92%A9",
    "'%20OR%201=1",
    "{id}",
    "%0d%0aX:%20y",
];

fn of_operations() -> Vec<Case> {
    let all = operations(&document());
    let bodies = bodies();
    let mut cases = Vec::new();
    for (place, (method, path, operation)) in all.iter().enumerate() {
        let filled = path.replace("{id}", "nobody").replace("{name}", "nobody");
        let head = |path: &str| {
            format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
            )
        };
        if operation["requestBody"].is_object() {
            for (name, body) in &bodies {
                let mut bytes =
                    format!("{}Content-Length: {}\r\n\r\n", head(&filled), body.len()).into_bytes();
                bytes.extend(body);
                cases.push(case(format!("{method} {path} with {name}"), bytes));
            }
            let slow = format!("{}Content-Length: 1000\r\n\r\n{{\"name\": ", head(&filled));
            cases.push(case(format!("{method} {path} slowly"), slow));
        }
        // Each query somewhere, and several everywhere.
        for query in QUERIES.iter().cycle().skip(place).take(4) {
            let bytes = format!(
                "{}Content-Length: 0\r\n\r\n",
                head(&format!("{filled}?{query}"))
            );
            cases.push(case(format!("{method} {path}?{query}"), bytes));
        }
        if filled != *path {
            for id in IDS.iter().cycle().skip(place).take(4) {
                let path = path.replace("{id}", id).replace("{name}", id);
                let bytes = format!("{}Content-Length: 0\r\n\r\n", head(&path));
                cases.push(case(format!("{method} {path}"), bytes));
            }
        }
    }
    cases
}

async fn send(address: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // It may hang up before all of it is sent.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    tokio::time::timeout(PATIENCE, exchange).await.ok()
}

/// The status of an answer, and the body's `code`. None: no answer, but a connection
/// that was closed.
fn told(answer: &[u8]) -> Option<(u16, String)> {
    let text = String::from_utf8_lossy(answer);
    let status = text.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    Some((status, body["code"].as_str().unwrap_or_default().to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_sent_is_our_mistake() {
    let valence = Valence::bare()
        .configure(
            "[server.limits]\nhead_timeout = \"2s\"\nbody_timeout = \"2s\"\nrequests_per_second = 100000",
        )
        .start();
    let address = valence.url().trim_start_matches("http://").to_owned();
    let mut cases = framings();
    cases.extend(of_operations());
    let all = cases.len();
    assert!(all >= 500, "{all} are too few");
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for case in cases {
        let (address, places) = (address.clone(), Arc::clone(&places));
        running.spawn(async move {
            let _place = places.acquire().await;
            let answer = send(&address, &case.bytes).await;
            (case.name, answer)
        });
    }
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    while let Some(done) = running.join_next().await {
        let (name, answer) = done.unwrap();
        let Some(answer) = answer else {
            wrong.push(format!("{name}: the connection hangs"));
            continue;
        };
        let told = told(&answer);
        *statuses
            .entry(told.as_ref().map_or(0, |(status, _)| *status))
            .or_default() += 1;
        if let Some((500, code)) = told
            && code != "hook-failed"
        {
            wrong.push(format!("{name}: {}", String::from_utf8_lossy(&answer)));
        }
    }
    let panics = valence.log().matches("panicked").count();
    println!("{all} raw cases: by status (0: closed without one) {statuses:?}, {panics} panics");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(panics, 0);
    assert_eq!(valence.get("/v1").await.status, 200);
}
