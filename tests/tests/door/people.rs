//! Users of a file, and their roles.

use serde_json::json;

use super::*;

/// Changes, and whether a manager may make them. What they are refused for once they
/// are let in is no matter of the door.
const CHANGES: [(&str, &str, bool); 8] = [
    ("POST", "/v1/nodes/manage", true),
    ("DELETE", "/v1/nodes/nobody", true),
    ("POST", "/v1/nodes/nobody/register", true),
    ("DELETE", "/v1/node/nobody/register/", true),
    ("POST", "/v1/registrations", true),
    ("POST", "/v1/pod_managers", false),
    ("DELETE", "/v1/pod_managers/nobody", false),
    ("POST", "/v1/hooks/reload", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn metrics_take_a_reader_unless_they_are_for_everybody() {
    let ask = async |valence: &Valence, path: &str, user: Option<&str>| {
        let mut request = http().get(format!("{}{path}", valence.url()));
        if let Some(user) = user {
            request = request.basic_auth(user, Some(format!("{user}-pa55word")));
        }
        request.send().await.unwrap().status().as_u16()
    };
    let closed = guarded().start();
    assert_eq!(ask(&closed, "/metrics", None).await, 401);
    assert_eq!(ask(&closed, "/metrics", Some("cy")).await, 200);
    let open = guarded_with("open_metrics = true").start();
    assert_eq!(ask(&open, "/metrics", None).await, 200);
    assert_eq!(ask(&open, "/v1/nodes", None).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_what_their_role_says_and_nothing_else() {
    let valence = guarded().start();
    let http = http();
    let ask = async |method: &str, path: &str, who: Option<(&str, &str)>| {
        let method = method.parse().unwrap();
        let mut request = http.request(method, format!("{}{path}", valence.url()));
        if let Some((user, password)) = who {
            request = request.basic_auth(user, Some(password));
        }
        request.send().await.unwrap()
    };
    for path in ["/", "/v1", "/healthcheck"] {
        assert_eq!(ask("GET", path, None).await.status(), 200, "{path}");
    }
    for who in [None, Some(("ann", "bob-pa55word")), Some(("nobody", "x"))] {
        for (method, path) in [
            ("GET", "/v1/nodes"),
            ("POST", "/v1/hooks/reload"),
            ("GET", "/nowhere"),
        ] {
            let reply = ask(method, path, who).await;
            assert_eq!(reply.status(), 401, "{who:?} {path}");
            let challenge = &reply.headers()["www-authenticate"];
            assert_eq!(challenge, "Basic realm=\"valence\", charset=\"UTF-8\"");
            let body: serde_json::Value = reply.json().await.unwrap();
            assert_eq!(body["code"], "unauthorized");
        }
    }
    for (user, role) in [("cy", 0), ("bob", 1), ("ann", 2)] {
        let password = format!("{user}-pa55word");
        let who = Some((user, password.as_str()));
        for path in [
            "/v1/nodes",
            "/v1/pod_managers/",
            "/v1/hooks",
            "/v1/decisions",
        ] {
            assert_eq!(ask("GET", path, who).await.status(), 200, "{user} {path}");
        }
        for (method, path, is_managers) in CHANGES {
            let allowed = role == 2 || (role == 1 && is_managers);
            let reply = ask(method, path, who).await;
            let status = reply.status();
            assert_eq!(status != 403, allowed, "{user} {method} {path}: {status}");
            if !allowed {
                let body: serde_json::Value = reply.json().await.unwrap();
                assert_eq!(body["code"], "forbidden");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_nobody_hears_that_the_server_is_ready_and_no_more() {
    let valence = guarded().start();
    let http = http();
    let ask = async |who: Option<(&str, &str)>| {
        let mut request = http.get(format!("{}/readyz", valence.url()));
        if let Some((user, password)) = who {
            request = request.basic_auth(user, Some(password));
        }
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), 200);
        reply.json::<serde_json::Value>().await.unwrap()
    };
    for nobody in [None, Some(("cy", "wrong")), Some(("nobody", "x"))] {
        assert_eq!(ask(nobody).await, json!({"ready": true}));
    }
    let more = ask(Some(("cy", "cy-pa55word"))).await;
    assert_eq!(
        (&more["ready"], &more["store"]),
        (&json!(true), &json!("ok"))
    );
    assert_eq!(more["hooks"]["last_reload_refused"], false);
    assert_eq!(more["servers"]["different"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_taken_out_of_the_file_is_out_and_who_is_put_in_is_in() {
    let valence = guarded().start();
    let http = http();
    let status = async |user: &str| {
        let request = http.get(format!("{}/v1/nodes", valence.url()));
        let request = request.basic_auth(user, Some(format!("{user}-pa55word")));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((status("bob").await, status("cy").await), (200, 200));
    let file = valence.directory().join("users");
    let line = |user: &str| {
        let mut lines = USERS.lines();
        lines
            .find(|line| line.starts_with(user))
            .unwrap()
            .to_owned()
    };
    std::fs::write(
        &file,
        format!("{}\ncy:{{SHA}}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n", line("ann")),
    )
    .unwrap();
    assert_eq!((status("ann").await, status("bob").await), (200, 401));
    // Another hash than bcrypt's keeps its user out, and nobody else.
    assert_eq!(status("cy").await, 401);
    assert!(
        valence
            .complaints()
            .contains("`cy` is not hashed with bcrypt")
    );
    std::fs::write(&file, format!("{}\n", line("cy"))).unwrap();
    assert_eq!((status("ann").await, status("cy").await), (401, 200));
    let log = valence.log();
    for user in ["ann", "bob", "cy"] {
        assert!(!log.contains(&format!("{user}-pa55word")), "{user}");
    }
}

#[test]
fn the_command_line_logs_in_and_says_why_it_may_not() {
    let valence = guarded().start();
    let directory = tempfile::tempdir().unwrap();
    let of = |user: &str, password: &str| {
        let variables = [
            ("VALENCE_URL", valence.url()),
            ("VALENCE_USERNAME", user),
            ("VALENCE_PASSWORD", password),
        ];
        variables.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let run = |user: &str, password: &str, arguments: [&str; 2]| {
        Valence::offline_with(directory.path(), &of(user, password), arguments)
    };
    let listed = run("cy", "cy-pa55word", ["node", "list"]);
    assert_eq!(listed.exit, 0, "{listed:?}");
    // What comes as a file is asked for in the same way.
    let export = ["registration", "export", "-"];
    let exported = Valence::offline_with(directory.path(), &of("cy", "cy-pa55word"), export);
    assert_eq!(exported.exit, 0, "{exported:?}");
    assert!(exported.stdout.starts_with('{'), "{exported:?}");
    let wrong = run("cy", "ann-pa55word", ["node", "list"]);
    assert_eq!(wrong.exit, 8, "{wrong:?}");
    assert_eq!(
        wrong.stderr,
        "error: there is no user `cy` with this password\n"
    );
    let nobody = valence.cli(["node", "list"]);
    assert_eq!(nobody.exit, 8, "{nobody:?}");
    assert_eq!(
        nobody.stderr,
        "error: this server asks for a user and a password (`Authorization: Basic`): set \
         `VALENCE_USERNAME` and `VALENCE_PASSWORD`\n"
    );
    let reader = run("cy", "cy-pa55word", ["hook", "reload"]);
    assert_eq!(reader.exit, 8, "{reader:?}");
    assert_eq!(
        reader.stderr,
        "error: `cy` is a reader here, and this takes an admin\n"
    );
}

#[test]
fn a_server_that_would_let_anybody_in_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let serve = |text: &str| {
        let text = format!("[store]\nurl = \"sqlite::memory:\"\n{text}");
        std::fs::write(directory.path().join("valence.toml"), text).unwrap();
        let outcome = Valence::offline_in(directory.path(), ["serve"]);
        assert_eq!(outcome.exit, 2, "{outcome:?}");
        outcome.stderr
    };
    std::fs::write(directory.path().join("old"), "ann:$apr1$x$y\n").unwrap();
    let open = serve("[server]\nlisten = \"0.0.0.0:0\"");
    assert!(open.contains("asks callers for no credentials"), "{open}");
    let old = serve("[api]\nauth = \"http_basic\"\nhtpasswd = \"old\"");
    assert!(old.contains("`ann` is not hashed with bcrypt"), "{old}");
    let missing = serve("[api]\nauth = \"http_basic\"\nhtpasswd = \"missing\"");
    assert!(missing.contains("missing` cannot be read"), "{missing}");
    let no_key = serve("[server.tls]\ncert = \"old\"");
    assert!(no_key.contains("it needs a `key` beside it"), "{no_key}");
    let no_certificate = serve("[server.tls]\ncert = \"old\"\nkey = \"old\"");
    assert!(
        no_certificate.contains("old` has no certificate in PEM"),
        "{no_certificate}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_told_when_to_ask_again_and_others_are_not_held_up() {
    let valence = guarded()
        .configure("[server.limits]\nrequests_per_second = 1")
        .start();
    let http = http();
    let ask = async |user: &str| {
        let request = http.get(format!("{}/v1/nodes", valence.url()));
        let request = request.basic_auth(user, Some(format!("{user}-pa55word")));
        request.send().await.unwrap()
    };
    let mut refused = None;
    for _ in 0..100 {
        let reply = ask("bob").await;
        if reply.status() == 429 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("a 429");
    assert_eq!(refused.headers()["retry-after"], "1");
    let body: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(body["code"], "too-many-requests");
    assert_eq!(ask("cy").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_counted() {
    let valence = guarded().start();
    let http = http();
    let mut statuses = Vec::new();
    for n in 0..40 {
        let request = http.post(format!("{}/v1/nodes/manage", valence.url()));
        let request = request.basic_auth("ann", Some(format!("guess {n}")));
        let reply = request.json(&json!({})).send().await.unwrap();
        statuses.push(reply.status().as_u16());
    }
    assert_eq!(statuses[..20], [401; 20]);
    assert!(statuses[20..].contains(&429), "{statuses:?}");
    assert!(statuses.iter().all(|status| [401, 429].contains(status)));
}
