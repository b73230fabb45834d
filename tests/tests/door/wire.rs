//! Connections: https, and callers who take their time.

use std::path::Path;
use std::time::Instant;

use reqwest::{Certificate, Client, Identity};
use valence_testbed::Authority;

use super::*;

async fn authority() -> Authority {
    let made = tokio::task::spawn_blocking(Authority::make).await;
    made.unwrap().unwrap()
}

/// A client that trusts `authority`, with the certificate `ours`, if any.
fn client(authority: &Path, ours: Option<&Authority>) -> Client {
    let pem = std::fs::read(authority).unwrap();
    let mut builder = Client::builder()
        .no_proxy()
        .tls_certs_only([Certificate::from_pem(&pem).unwrap()]);
    if let Some(ours) = ours {
        let mut pem = std::fs::read(ours.file("client.pem")).unwrap();
        pem.extend(std::fs::read(ours.file("client-key.pem")).unwrap());
        builder = builder.identity(Identity::from_pem(&pem).unwrap());
    }
    builder.build().unwrap()
}

fn copy(from: &Authority, valence: &Path) {
    for name in ["server.pem", "server-key.pem"] {
        std::fs::copy(from.file(name), valence.join(name)).unwrap();
    }
}

fn secured(authority: &Authority, more: &str) -> Valence {
    let read = |name| std::fs::read_to_string(authority.file(name)).unwrap();
    guarded()
        .configure(&format!(
            "[server.tls]\ncert = \"server.pem\"\nkey = \"server-key.pem\"\n{more}"
        ))
        .file("server.pem", &read("server.pem"))
        .file("server-key.pem", &read("server-key.pem"))
        .file("authority.pem", &read("authority.pem"))
        .start()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_is_exchanged_and_no_connection_is_lost() {
    let (first, second) = (authority().await, authority().await);
    let valence = secured(&first, "");
    let url = valence.url().replace("http://", "https://");
    let old = client(&first.file("authority.pem"), None);
    let new = client(&second.file("authority.pem"), None);
    let get = async |client: &Client, path: &str| client.get(format!("{url}{path}")).send().await;
    let versions: serde_json::Value = get(&old, "/").await.unwrap().json().await.unwrap();
    let link = versions["versions"][0]["links"][0]["href"]
        .as_str()
        .unwrap();
    assert_eq!(link, format!("{url}/v1/"));
    assert!(get(&new, "/").await.is_err());
    assert!(client_over_http(&valence).await.is_err());

    // A certificate without its key changes nothing.
    std::fs::write(valence.directory().join("server-key.pem"), "no key").unwrap();
    valence.signal("HUP");
    let started = Instant::now();
    while !valence
        .complaints()
        .contains("the server's certificate stays as it was")
    {
        assert!(started.elapsed() < Duration::from_secs(60), "not told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let fresh = client(&first.file("authority.pem"), None);
    assert_eq!(get(&fresh, "/").await.unwrap().status(), 200);

    // Without a signal: the files are looked at.
    copy(&second, valence.directory());
    while get(&new, "/").await.is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "never exchanged"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The connection from before goes on, and a new one of that kind does not.
    assert_eq!(get(&old, "/v1").await.unwrap().status(), 200);
    let fresh = client(&first.file("authority.pem"), None);
    assert!(get(&fresh, "/").await.is_err());

    let directory = tempfile::tempdir().unwrap();
    let run = |authority: &Authority| {
        let variables = [
            ("VALENCE_URL", url.clone()),
            ("VALENCE_USERNAME", "cy".into()),
            ("VALENCE_PASSWORD", "cy-pa55word".into()),
            (
                "VALENCE_CACERT",
                authority.file("authority.pem").display().to_string(),
            ),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        Valence::offline_with(directory.path(), &variables, ["node", "list"])
    };
    assert_eq!(run(&second).exit, 0);
    let stranger = run(&first);
    assert_eq!(stranger.exit, 10, "{stranger:?}");
    assert!(
        stranger.stderr.contains("is not to be trusted"),
        "{stranger:?}"
    );
}

async fn client_over_http(valence: &Valence) -> reqwest::Result<reqwest::Response> {
    http().get(valence.url()).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_client_ca_only_holders_of_a_certificate_get_to_the_door() {
    let (own, other) = (authority().await, authority().await);
    let valence = secured(&own, "client_ca = \"authority.pem\"");
    let url = valence.url().replace("http://", "https://");
    let trusted = own.file("authority.pem");
    for (ours, gets_in) in [(Some(&own), true), (Some(&other), false), (None, false)] {
        let request = client(&trusted, ours).get(format!("{url}/v1/nodes"));
        let reply = request.basic_auth("cy", Some("cy-pa55word")).send().await;
        assert_eq!(reply.is_ok_and(|reply| reply.status() == 200), gets_in);
    }
}

#[test]
fn callers_who_take_their_time_are_not_waited_for() {
    let valence = Valence::bare()
        .configure("[server.limits]\nhead_timeout = \"1s\"\nbody_timeout = \"1s\"\nbody = \"1KiB\"\nhead = \"8KiB\"")
        .start();
    // Half a head, and a second request that never comes.
    assert_eq!(
        raw(&valence, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-"),
        ""
    );
    let kept = raw(
        &valence,
        b"GET /healthcheck HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    assert_eq!(kept.matches("HTTP/1.1 200").count(), 1, "{kept}");
    let head = "POST /v1/nodes/manage HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let slow = raw(
        &valence,
        format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes(),
    );
    assert!(slow.starts_with("HTTP/1.1 400"), "{slow}");
    assert!(slow.contains("did not come within 1 seconds"), "{slow}");
    let long = format!("{head}Content-Length: 2000\r\n\r\n{}", "x".repeat(2000));
    let long = raw(&valence, long.as_bytes());
    assert!(long.contains("larger than 1 KiB"), "{long}");
    let header = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
        "x".repeat(20_000)
    );
    let header = raw(&valence, header.as_bytes());
    assert!(header.starts_with("HTTP/1.1 431"), "{header}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_nothing_of_what_was_asked_for_gives_its_place_up() {
    let valence = Valence::bare()
        .configure("[server.limits]\nconnections = 1\nreply_timeout = \"1s\"")
        .start();
    let address = valence.url().trim_start_matches("http://");
    let mut greedy = TcpStream::connect(address).unwrap();
    // More than the system holds on the way, whatever that is.
    let request = b"GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    greedy.write_all(&request.repeat(400)).unwrap();
    let other = http()
        .get(format!("{}/healthcheck", valence.url()))
        .timeout(Duration::from_secs(60));
    assert_eq!(other.send().await.unwrap().status(), 200);
    let mut read = Vec::new();
    // What had been sent comes, and then the end.
    let _ = greedy.read_to_end(&mut read);
    assert!(read.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_finds_no_place_waits_for_one() {
    let valence = Valence::bare()
        .configure("[server.limits]\nconnections = 2\nhead_timeout = \"2s\"")
        .start();
    let address = valence.url().trim_start_matches("http://").to_owned();
    let idle: Vec<_> = (0..6)
        .map(|_| TcpStream::connect(&address).unwrap())
        .collect();
    // The idle ones are closed in time, and those behind them are served.
    let reply = http()
        .get(format!("{}/healthcheck", valence.url()))
        .send()
        .await;
    assert_eq!(reply.unwrap().status(), 200);
    drop(idle);
}
