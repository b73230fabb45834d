//! What stays on record of changes, and by which ids.

use serde_json::json;

use super::*;

/// The lines of the audit.
fn audited(valence: &Valence) -> Vec<String> {
    let log = valence.log();
    let lines = log.lines().filter(|line| line.contains("valence::audit: "));
    lines.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_on_record_with_who_what_and_what_came_of_it() {
    // No filter turns it off.
    let valence = guarded().log_filter("off").start();
    let http = http();
    let given = "req-9f3d2a8e-4b1c-4d5e-8f60-718293a4b5c6";
    let ask = async |method: &str, path: &str, who: Option<&str>| {
        let method = method.parse().unwrap();
        let request = http
            .request(method, format!("{}{path}", valence.url()))
            .header("X-OpenStack-Request-ID", given)
            .json(&json!({}));
        let request = match who {
            Some(user) => request.basic_auth(user, Some(format!("{user}-pa55word"))),
            None => request,
        };
        let reply = request.send().await.unwrap();
        let id = reply.headers()["x-openstack-request-id"].to_str().unwrap();
        id.to_owned()
    };
    ask("GET", "/v1/nodes", Some("cy")).await;
    assert_eq!(audited(&valence), [""; 0]);
    for (method, path, who, parts) in [
        (
            "POST",
            "/v1/hooks/reload",
            Some("ann"),
            [
                "caller=\"ann\"",
                "role=\"admin\"",
                "outcome=\"done\" status=200",
            ],
        ),
        (
            "DELETE",
            "/v1/nodes/nobody",
            Some("bob"),
            [
                "caller=\"bob\"",
                "role=\"manager\"",
                "outcome=\"not-found\" status=404",
            ],
        ),
        (
            "POST",
            "/v1/pod_managers",
            Some("cy"),
            [
                "method=\"POST\"",
                "path=\"/v1/pod_managers\"",
                "outcome=\"forbidden\" status=403",
            ],
        ),
        (
            "GET",
            "/v1/nodes",
            Some("eve"),
            [
                "method=\"GET\"",
                "address=\"127.0.0.1\"",
                "outcome=\"unauthorized\" status=401",
            ],
        ),
        (
            "POST",
            "/v1/registrations",
            None,
            [
                "method=\"POST\"",
                "global_request_id=\"req-9f3d2a8e-4b1c-4d5e-8f60-718293a4b5c6\"",
                "outcome=\"unauthorized\" status=401",
            ],
        ),
    ] {
        let before = audited(&valence).len();
        let id = ask(method, path, who).await;
        assert_ne!(id, given);
        let lines = audited(&valence);
        assert_eq!(lines.len(), before + 1, "{method} {path}: {lines:#?}");
        let line = lines.last().unwrap();
        for part in parts
            .into_iter()
            .chain([format!(" request_id=\"{id}\"").as_str()])
        {
            assert!(
                line.contains(part),
                "{method} {path}: no `{part}` in {line}"
            );
        }
    }
}

#[test]
fn no_caller_can_make_a_line_up() {
    let valence = guarded().start();
    // `eve\n` and a line, as the name of a user.
    let forged = "POST /v1/nodes/x%0AINFO%20valence::audit:%20caller=ann/register HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
         Authorization: Basic ZXZlCjIwMjYtMDEtMDFUMDA6MDA6MDAuMDAwMDAwWiAgSU5GTyB2YWxlbmNlOjphdWRpdDogYXVkaXQgY2FsbGVyPSJhbm4iOng=\r\n\
         X-OpenStack-Request-ID: req-9f3d2a8e-4b1c-4d5e-8f60-718293a4b5c6 valence::audit: x\r\n\r\n";
    let answer = raw(&valence, forged.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let lines = audited(&valence);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(!lines[0].contains("caller=\""), "{}", lines[0]);
    assert!(
        lines[0].contains("outcome=\"unauthorized\""),
        "{}",
        lines[0]
    );
    // In the rest of the log the words are found within a line only.
    let begins = |line: &str| line.trim_start().starts_with("INFO valence::audit");
    assert!(!valence.log().lines().any(begins));
}
